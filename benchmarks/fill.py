"""Fills the bank: `python -m benchmarks.fill people NUMBER | crowd NUMBER | codes NUMBER`; prints JSON.

People come in through the operations everybody uses: login, customer, account, app, request, consent. The
crowd is one set-based load by the application's own role, under the ledger's triggers. Codes are issued for
real consents.
"""

import json
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.peers.stock_dot.pkce import challenge

VERIFIER = "v" * 64
REDIRECT_URI = "https://app.example/callback"
SCOPE = "openid accounts:read balances:read transactions:read payments:create payments:read"
HISTORY = 300
BATCH = 10_000
RICH_MINOR = 10**9
_SQL = Path(__file__).parent / "sql"


def people(number: int) -> dict[str, Any]:
    """Open `number` customers with an account each, one app, and a consent of each for it."""
    from audit.actor import system

    by = system("benchmark")
    known: dict[str, Any] = json.load(sys.stdin)
    client = _register(known["public_jwk"], by)
    payers = [_open_payer(place, client, known["jkt"], by) for place in range(number)]
    deposit([payer["account"] for payer in payers for _ in range(HISTORY)])
    return {"client_id": client.client_id, "payers": payers}


def _register(public_jwk: dict[str, str], by: Any) -> Any:
    from oauth.operations import register_client

    client = register_client(
        name="Load", redirect_uris=[REDIRECT_URI], scope=SCOPE, jwks={"keys": [public_jwk]}, by=by
    )
    # As the peer beside it signs (measures/oidc_provider.py); RSA of 3072 bits costs a millisecond.
    client.id_token_signed_response_alg = "ES256"  # noqa: S105 - an algorithm
    client.save(update_fields=["id_token_signed_response_alg"])
    return client


def _open_payer(place: int, client: Any, jkt: str, by: Any) -> dict[str, str]:
    from accounts.account_numbers import new_iban
    from accounts.operations import open_account
    from bank.access.roles import CUSTOMER
    from oauth.operations.new_logins import create_login

    login = create_login(f"payer{place}", password=os.urandom(16).hex(), roles=[CUSTOMER], by=by)
    customer = open_customer(f"payer{place}", login.id, by)
    account = open_account(
        name="Current account",
        kind="current",
        currency="GBP",
        iban=new_iban(),
        holders={customer: "owner"},
        by=by,
    )
    pushed_id, consent_id = _consent(login, account.id, client, jkt)
    return {"account": account.id, "request": pushed_id, "consent": consent_id}


def open_customer(name: str, user_id: str | None, by: Any) -> str:
    """Open a customer; return its id."""
    from accounts.operations import open_customer as opened

    customer_id: str = opened(
        user_id=user_id,
        given_name=name,
        family_name="Load",
        email=f"{name}@mail.example",
        phone="+44 20 7946 0000",
        birth_date=date(1990, 1, 1),
        address="1 Load Street",
        by=by,
    ).id
    return customer_id


def _consent(login: Any, account_id: str, client: Any, jkt: str) -> tuple[str, str]:
    """Take the way of a person: the app pushes, the page is shown, the person agrees."""
    from audit.actor import Actor
    from oauth import consent_page
    from oauth.actors import actor_for_client
    from oauth.operations import grant_consent, note_what_was_shown, push_request
    from oauth.queries import find_pushed_request
    from oauth.sign_in import TWO_FACTORS, SignIn

    parameters = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPE,
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
        "nonce": "n" * 32,
    }
    pushed = push_request(client=client, parameters=parameters, dpop_jkt=jkt, by=actor_for_client(client))
    found = find_pushed_request(pushed.request_uri, client.client_id)
    assert found is not None
    person = Actor(type="customer", user_id=login.id, permissions=login.permissions)
    shown = consent_page.build(found, login)
    note_what_was_shown(request_id=found.id, digest=shown.digest, by=person)
    signed_in = SignIn(acr=TWO_FACTORS, amr=("pwd", "otp"), auth_time=datetime.now(UTC))
    consent = grant_consent(shown=shown, chosen=[account_id], signed_in=signed_in, by=person)
    return found.id, consent.id


def crowd(number: int) -> dict[str, Any]:
    """Open `number` accounts at once, a thousand to a customer, and put money on each."""
    from audit.actor import system
    from bank.public_ids import decode

    by = system("benchmark")
    customers = [open_customer(f"crowd{place}", None, by) for place in range(max(1, number // 1000))]
    owners = [decode("cus", customer) for customer in customers]
    _run("crowd", first=1, last=number, customers=owners)
    for first in range(1, number + 1, BATCH):
        numbers = range(first, min(first + BATCH, number + 1))
        deposit([account_id(each) for each in numbers])
    return {"accounts": number}


def account_id(number: int) -> str:
    """Return the public id of an account of the crowd."""
    from uuid import UUID

    from bank.public_ids import encode

    return encode("acc", UUID(int=number))


def deposit(account_ids: list[str]) -> None:
    """Book a deposit on each of the accounts; one named twice gets two."""
    from bank.public_ids import decode, uuid7s

    for start in range(0, len(account_ids), BATCH):
        part = [decode("acc", each) for each in account_ids[start : start + BATCH]]
        ids = {name: uuid7s(len(part)) for name in ("postings", "events", "debits", "credits")}
        if _run("deposits", accounts=part, amount=RICH_MINOR, **ids) != len(part):
            raise RuntimeError("the ledger refused the opening balances")


def _run(name: str, **values: Any) -> int:
    """Run a statement of `benchmarks/sql/` in a transaction; return how many rows it wrote."""
    from django.db import connection, transaction

    with transaction.atomic(durable=True), connection.cursor() as cursor:
        # The tables are empty as far as the planner knows: without this it plans to read them whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute((_SQL / f"{name}.sql").read_text(), values)
        return int(cursor.rowcount)


def codes(number: int) -> list[str]:
    """Issue `number` codes, in turn for each of the consents given on standard input."""
    from django.db import transaction
    from django.utils import timezone

    from oauth.dot import flows
    from oauth.dot.facts import Facts
    from oauth.models import Consent, PushedAuthorizationRequest

    payers = json.load(sys.stdin)
    pairs = [
        (
            PushedAuthorizationRequest.objects.select_related("client").get(id=payer["request"]),
            Consent.objects.select_related("client", "user").get(id=payer["consent"]),
        )
        for payer in payers
    ]
    with transaction.atomic():
        return [
            _code_in(flows.issue_code(*pairs[place % len(pairs)], Facts(now=timezone.now())))
            for place in range(number)
        ]


def _code_in(location: str) -> str:
    return parse_qs(urlsplit(location).query)["code"][0]


def main() -> None:
    """Do what the command line says."""
    import django

    django.setup()
    what = {"people": people, "crowd": crowd, "codes": codes}[sys.argv[1]]
    print(json.dumps(what(int(sys.argv[2]))))


if __name__ == "__main__":
    main()
