"""Canary strings of a customer go through a whole bank, and are found nowhere in clear.

Then each is planted where a leak would put it, and the same search must find it, or it proves nothing.
"""

import base64
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from joserfc import jwk

from deploy.local.postgres import bundled_binaries
from deploy.local.state import State
from deploy.local.valkey import Valkey
from examples.tour.doorbell import Doorbell
from examples.tour.outside_app import OutsideApp
from tests.privacy.test_dump import disguises
from tests.support.fapi_client import FapiClient, HttpsTransport, Person, Reply
from tests.support.live import LiveBank
from tests.support.own_app import OwnApp

pytestmark = [pytest.mark.live, pytest.mark.slow]

CANARIES = {
    "given name": "Kanarienvogela",
    "family name": "Zeisiggesang",
    "e-mail": "zeisig.gesang@canary.example",
    "telephone": "+44 7700 900461",
    "address": "17 Finkenschlag Lane, Gimpelheim",
    "birth date": "1971-03-29",
    "payee": "Stieglitz Rotkehlchen",
    "payee's number": "DE89370400440532013000",
    "reference": "nachtigall-4711-strophe",
}
TOLD_APP, SCOPE_OF_TOLD_APP = "webhook_app", "openid accounts:read payments:read payments:create"
# Where the register says that something lies in clear in the database: what people write for others to read.
IN_CLEAR_IN_THE_DATABASE = {"reference"}

# The cluster's own files hold what the dump holds. A mail is what its owner was written, and the book of the
# rail is another company's: a payment outside tells it who pays whom (Regulation (EU) 2023/1113, Article 4).
ELSEWHERE = {"postgres", "mail", "run", "book"}


class Listener:
    """Writes down every command the broker and the cache get, arguments and all: also what is soon gone."""

    END = "this-is-all"

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url)
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with self._client.monitor() as monitor:
            while self.END not in (command := monitor.next_command())["command"]:
                self.heard.append(f"{command['db']} {command['command']}".encode())

    def stop(self) -> list[bytes]:
        """Return what was heard."""
        self._client.echo(self.END)
        self._thread.join(5)
        return self.heard


def walk(bank: LiveBank, told_app: OwnApp) -> list[str]:
    """Be a customer with canaries: correct, pay by an app too, fail, export; return error pages."""
    alice = bank["users"]["alice"]
    app = signed_in_at(bank, "own_app", "alice", "A1")
    told: list[Reply] = []
    corrected = {
        "given_name": CANARIES["given name"], "family_name": CANARIES["family name"],
        "email": CANARIES["e-mail"], "phone": CANARIES["telephone"], "address": CANARIES["address"],
        "birth_date": CANARIES["birth date"],
    }  # fmt: skip
    assert call(app, "PATCH", "/me", corrected).status == 200
    outside = {"name": CANARIES["payee"], "iban": CANARIES["payee's number"]}
    order = {
        "debtor_account": alice["accounts"]["A1"], "creditor": outside,
        "amount": {"amount": "1.00", "currency": "GBP"}, "reference": CANARIES["reference"],
    }  # fmt: skip
    app.post("/payments", order, key="canary-1")
    app.post("/payments", order, key="canary-1")
    told_app.post("/payments", {**order, "debtor_account": bank["users"]["carol"]["accounts"]["C2"]})
    told.append(app.post("/payments", {**order, "amount": {"amount": "999999.00", "currency": "GBP"}}))
    told.append(app.post("/payments", {**order, "unknown": CANARIES["e-mail"]}))
    told.append(call(app, "PATCH", "/me", {"email": "x", "address": 7}))
    told.append(app.get(f"/accounts/{CANARIES['family name']}"))
    told.append(app.get(f"/accounts?q={CANARIES['family name']}"))
    asked = app.post("/me/exports").json["id"]
    document = made(app, asked)
    assert CANARIES["family name"] in document
    assert CANARIES["payee"] in document
    assert call(app, "PUT", "/me/restriction", {"ground": "accuracy"}).status == 200
    assert all(reply.status >= 400 for reply in told[1:])
    return [reply.text for reply in told if "error" in reply.headers.get("Content-Type", "problem")]


def doorbell_of(bank: LiveBank) -> Doorbell:
    """Have everything that happens under the other app's consents told to a server of ours."""
    bell = Doorbell(bank.ca_file.with_name("server.pem"), bank.ca_file.with_name("server.key"))
    app = OutsideApp(bank["base_url"], str(bank.ca_file), bank["clients"][TOLD_APP])
    app.discover()
    app.act_for_itself("events:read webhooks:manage")
    assert app.call("POST", "/webhook-endpoints", json={"url": bell.url}).status_code == 201
    return bell


def rings_until(bell: Doorbell, type_: str) -> list[bytes]:
    """Return the messages that came until one of this type did; raises queue.Empty when none does."""
    bodies: list[str] = []
    while not any(type_ in body for body in bodies):
        bodies.append(bell.next_ring(within_seconds=60)[1])
    return [body.encode() for body in bodies]


def signed_in_at(bank: LiveBank, name: str, username: str, account: str, scope: str = "") -> OwnApp:
    """Sign a customer in at an app, and share an account with it for what it asks: all it may, by default."""
    user = bank["users"][username]
    registered, transport = bank["clients"][name], HttpsTransport(bank["base_url"], str(bank.ca_file))
    key = jwk.import_key(registered["private_jwk"])
    client = FapiClient(transport, registered["client_id"], key, registered["redirect_uri"])
    page = client.authorize_url(client.push(scope=scope or registered["scope"]).json["request_uri"])
    person = Person(transport)
    person.sign_in(page, user["username"], user["password"], user["totp_secret"])
    answered = person.open(page)
    if answered.status == 200:
        answered = person.decide(page, accounts=[user["accounts"][account]])
    return OwnApp(client, client.redeem(answered.answer["code"]).json["access_token"])


def call(app: OwnApp, method: str, path: str, body: Any = None) -> Reply:
    return app.client.call(method, f"/v1{path}", app.token, body, {})


def made(app: OwnApp, export: str) -> str:
    """Wait for the worker to make the document, and read it."""
    deadline = time.monotonic() + 90
    while app.get(f"/me/exports/{export}").json["status"] != "READY":
        assert time.monotonic() < deadline, "the export was not made"
        time.sleep(1)
    return app.get(f"/me/exports/{export}/document").text


def places(bank: LiveBank, heard: list[bytes], rings: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield everything the bank keeps or sent, by name: dump, files, broker, cache, webhooks."""
    dumped = subprocess.run(
        [bundled_binaries() / "pg_dump", "--dbname", bank["database_url"], "--no-owner"],
        env={"PATH": os.environ["PATH"]}, capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    yield "the database", dumped.stdout
    for file in sorted(path for path in bank.state.rglob("*") if path.is_file()):
        if not ELSEWHERE & {*file.relative_to(bank.state).parts, file.stem}:
            yield file.name, file.read_bytes()
    for name, number in (("broker", b"0 "), ("cache", b"1 ")):
        yield name, b"\n".join(command for command in heard if command.startswith(number))
    yield "webhooks", b"\n".join(rings)


def found(bank: LiveBank, heard: list[bytes], rings: list[bytes]) -> list[str]:
    """Return each canary with the place it lies in, in clear, in hex or in base64."""
    return [
        f"{name} in {place}"
        for place, content in places(bank, heard, rings)
        for name, value in CANARIES.items()
        if not (place == "the database" and name in IN_CLEAR_IN_THE_DATABASE)
        if any(disguise in content for disguise in disguises(value).values())
    ]


def leak(bank: LiveBank, broker: str) -> set[str]:
    """Put canaries where bad code would: log, table, arguments of a task, cache; return what to find."""
    with (bank.state / "logs" / "web.log").open("a") as log:
        log.write('{"event": "corrected ' + CANARIES["e-mail"] + '"}\n')
    with psycopg.connect(bank["database_url"], autocommit=True) as superuser:
        superuser.execute(
            "UPDATE oauth_user SET username = %s WHERE username = 'bob'", [CANARIES["family name"]]
        )
    task = base64.b64encode(json.dumps([[CANARIES["telephone"]], {}, {}]).encode())
    redis.Redis.from_url(broker).lpush("celery-canary", task)
    redis.Redis.from_url(f"{broker.rpartition('/')[0]}/1").set("canary", CANARIES["address"])
    return {
        "e-mail in web.log", "family name in the database", "telephone in broker", "address in cache",
        "payee in webhooks",
    }  # fmt: skip


class TestCanaries:
    def test_are_found_nowhere_in_clear_but_where_they_are_planted(self, tmp_path: Path) -> None:
        bank = LiveBank(tmp_path / "bank").start()
        try:
            broker = Valkey(State(bank.state), port=bank.port + 3).url(0)
            listener = Listener(broker)
            bell = doorbell_of(bank)
            pages = walk(bank, signed_in_at(bank, TOLD_APP, "carol", "C2", SCOPE_OF_TOLD_APP))
            rings = rings_until(bell, "payment.completed")
            time.sleep(3)  # what comes later, comes
            assert found(bank, listener.heard, rings) == []
            assert [name for name, value in CANARIES.items() for page in pages if value in page] == []
            planted = leak(bank, broker)
            rings.append(CANARIES["payee"].encode())
            assert planted <= set(found(bank, listener.stop(), rings))
        finally:
            bank.stop()
