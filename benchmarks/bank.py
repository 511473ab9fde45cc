"""The bank under load: filled, started with its own commands, and asked with real tokens and proofs."""

import json
import random
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import psycopg

from benchmarks import load, proofs
from benchmarks.fill import REDIRECT_URI, VERIFIER, account_id
from benchmarks.machine import CpuShares
from benchmarks.place import Place
from benchmarks.wire import Address, Outcome, ask, build
from deploy.local.readiness import answers

PAYERS = 64
TOKEN_GOOD_FOR_SECONDS = 150
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@dataclass
class BankUnderLoad:
    """A running bank and one app that its customers allowed to read and to pay."""

    place: Place
    address: Address
    jwk: dict[str, str]
    client_id: str
    payers: list[dict[str, str]]
    accounts: int
    refresh_tokens: list[str] = field(default_factory=list)
    access_tokens: list[str] = field(default_factory=list)
    fresh_until: float = 0.0

    @property
    def origin(self) -> str:
        """The public origin, which is also the issuer."""
        return self.place.bank.plan.origin

    # --- Tokens

    def codes(self, number: int) -> list[str]:
        """Issue codes for the customers' consents, in turn; each is good for a minute."""
        made: list[str] = json.loads(
            self.place.run_python(
                ["-m", "benchmarks.fill", "codes", str(number)],
                self.place.bank.environment("command"),
                log="fill",
                stdin=json.dumps(self.payers),
            )
        )
        return made

    def token_requests(self, forms: Sequence[dict[str, str]]) -> list[bytes]:
        """Return signed token requests: a client assertion and a DPoP proof each."""
        url = f"{self.origin}/oauth/token"
        proofs_of_key = proofs.sign_dpop(self.jwk, "POST", url, [""] * len(forms))
        assertions = proofs.sign_assertions(self.jwk, self.client_id, self.origin, len(forms))
        return [
            self._token_request(form, proof, assertion)
            for form, proof, assertion in zip(forms, proofs_of_key, assertions, strict=True)
        ]

    def _token_request(self, form: dict[str, str], proof: str, assertion: str) -> bytes:
        signed = {
            **form,
            "client_id": self.client_id,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        }
        headers = {**_FORM, "DPoP": proof}
        return build("POST", "/oauth/token", self.address.authority, headers, urlencode(signed).encode())

    def sign_in(self) -> None:
        """Give every customer's app its first tokens, by codes."""
        forms = [code_form(code) for code in self.codes(len(self.payers))]
        answered = [self._tokens(request) for request in self.token_requests(forms)]
        self.refresh_tokens = [tokens["refresh_token"] for tokens in answered]
        self._keep(answered)

    def keep_fresh(self) -> None:
        """Refresh the access tokens when they will not last another round."""
        if time.monotonic() > self.fresh_until:
            forms = [{"grant_type": "refresh_token", "refresh_token": token} for token in self.refresh_tokens]
            self._keep([self._tokens(request) for request in self.token_requests(forms)])

    def _keep(self, answered: Sequence[dict[str, Any]]) -> None:
        self.access_tokens = [tokens["access_token"] for tokens in answered]
        self.fresh_until = time.monotonic() + TOKEN_GOOD_FOR_SECONDS

    def _tokens(self, request: bytes) -> dict[str, Any]:
        status, body = ask(self.address, request)
        if status != 200:
            raise load.LoadFailed(f"token endpoint: {status} {body[:500]!r}")
        tokens: dict[str, Any] = json.loads(body)
        return tokens

    # --- Requests

    def payment_requests(self, number: int) -> list[bytes]:
        """Return signed payments of a penny, each from another customer to somebody of the crowd."""
        self.keep_fresh()
        turns = [place % len(self.payers) for place in range(number)]
        signed = self._proofs("POST", "/v1/payments", turns)
        return [self._payment(turn, proof) for turn, proof in zip(turns, signed, strict=True)]

    def _payment(self, turn: int, proof: str) -> bytes:
        order = {
            "debtor_account": self.payers[turn]["account"],
            "creditor_account": account_id(random.randint(1, self.accounts)),
            "amount": {"amount": "0.01", "currency": "GBP"},
            "reference": "rent",
        }
        headers = {
            **self._authorization(turn, proof),
            "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_urlsafe(18),
        }
        return build("POST", "/v1/payments", self.address.authority, headers, json.dumps(order).encode())

    def page_requests(self, number: int, *, limit: int = 50) -> list[bytes]:
        """Return signed requests for the newest page of each customer's transactions."""
        self.keep_fresh()
        asked: list[bytes] = []
        for turn, payer in enumerate(self.payers):
            path = f"/v1/accounts/{payer['account']}/transactions"
            share = [turn] * len(range(turn, number, len(self.payers)))
            headers = [self._authorization(turn, proof) for proof in self._proofs("GET", path, share)]
            asked += [build("GET", f"{path}?limit={limit}", self.address.authority, each) for each in headers]
        random.shuffle(asked)
        return asked

    def _proofs(self, method: str, path: str, turns: Sequence[int]) -> list[str]:
        tokens = [self.access_tokens[turn] for turn in turns]
        return proofs.sign_dpop(self.jwk, method, self.origin + path, tokens)

    def _authorization(self, turn: int, proof: str) -> dict[str, str]:
        return {
            "Authorization": f"DPoP {self.access_tokens[turn]}",
            "DPoP": proof,
            "Accept": "application/json",
        }

    # --- Load

    def drive(self, requests: Sequence[bytes], *, seconds: float, expect: int) -> tuple[Outcome, CpuShares]:
        """Drive requests over 16 connections; return what came of it and whose CPU it took."""
        with CpuShares({name: _pids_of(self.place, name) for name in MEASURED}) as cpu:
            outcome = load.run(self.address, requests, connections=16, seconds=seconds, expect=expect)
        cpu.cores["load generator"] = outcome.cpu_seconds / cpu.seconds
        return outcome, cpu


MEASURED = ("web", "postgres", "broker", "worker", "beat")


def _pids_of(place: Place, name: str) -> Any:
    return lambda: place.pids(name)


def code_form(code: str) -> dict[str, str]:
    """Return the form that redeems a code."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }


def start(place: Place, *, accounts: int) -> BankUnderLoad:
    """Fill the bank, start web, worker and beat, and sign the customers in."""
    jwk = proofs.new_jwk()
    filled = _fill(place, jwk, accounts)
    seal_all(place)
    begin(place)
    found = BankUnderLoad(
        place=place,
        address=place.address(place.bank.plan.port),
        jwk=jwk,
        client_id=filled["client_id"],
        payers=filled["payers"],
        accounts=accounts,
    )
    found.sign_in()
    return found


def begin(place: Place) -> None:
    """Start the bank's processes and wait until they answer."""
    bank = place.bank
    web = place.start(bank.web())
    place.wait_for(web, lambda: answers(bank.plan.port, "/readyz", bank.certificates.ca))
    for program in (bank.worker(), bank.beat()):
        process = place.start(program)
        place.wait_for(process, bank.ready_file(program.name).exists)


def seal_all(place: Place) -> float:
    """Seal what waits in a process of its own, with the worker's rights; return events per second."""
    said = place.run_python(["-m", "benchmarks.seal"], place.bank.environment("worker"), log="sealing")
    done = json.loads(said)
    return float(done["events"] / done["seconds"])


def _fill(place: Place, jwk: dict[str, str], accounts: int) -> dict[str, Any]:
    env = place.bank.environment("command")
    known = json.dumps({"public_jwk": proofs.public_part(jwk), "jkt": proofs.thumbprint(jwk)})
    place.run_python(["-m", "benchmarks.fill", "crowd", str(accounts)], env, log="fill")
    filled: dict[str, Any] = json.loads(
        place.run_python(["-m", "benchmarks.fill", "people", str(PAYERS)], env, log="fill", stdin=known)
    )
    with psycopg.connect(place.superuser_url(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return filled
