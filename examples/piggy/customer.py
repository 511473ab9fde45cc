"""What Piggy may do for the customer behind this browser: the bank's API, one function per question."""

from collections.abc import Iterator
from typing import Any

from flask import current_app, request, session
from requests_oauth2client import BearerToken, TokenSerializer

from examples.piggy.bank import IDEMPOTENCY_KEY, Bank
from examples.piggy.news import News

RENEW_SECONDS_BEFORE_THE_END = 20
Json = dict[str, Any]


class NotConnected(Exception):
    """Nobody connected an account in this browser."""


def bank() -> Bank:
    """Return Piggy's line to the bank."""
    line: Bank = current_app.extensions["bank"]
    return line


def news() -> News:
    """Return what the bank tells Piggy by itself."""
    told: News = current_app.extensions["news"]
    return told


def is_connected() -> bool:
    """Say whether this browser's customer connected an account."""
    return "token" in session


def remember(token: BearerToken) -> None:
    """Keep the token with this browser's session, on Piggy's side."""
    session["token"] = TokenSerializer().dumps(token).decode()


def forget() -> None:
    """Forget this browser's customer, and what arrived on the accounts they shared."""
    news().forget(session.get("accounts", []))
    session.start_anew()  # type: ignore[attr-defined]


def token() -> BearerToken:
    """Return a token that is still good, renewed when about to end; raises NotConnected or AccessEnded."""
    if not is_connected():
        raise NotConnected
    held = TokenSerializer().loads(session["token"].encode())
    if held.is_expired(RENEW_SECONDS_BEFORE_THE_END):
        held = bank().renew(held)
        remember(held)
    return held


def accounts() -> list[Json]:
    """Return the accounts the customer chose to share."""
    return list(_every_page("/accounts"))


def account(account_id: str) -> Json:
    """Return one account."""
    return _get(f"/accounts/{account_id}")


def balance(account_id: str) -> Json:
    """Return what can be spent now: an amount with its currency."""
    balances = _get(f"/accounts/{account_id}/balances")["data"]
    return next(entry["amount"] for entry in balances if entry["kind"] == "available")


def transactions(account_id: str, cursor: str = "") -> Json:
    """Return one page of transactions, the newest first: `data`, `has_more`, `next_cursor`."""
    return _get(f"/accounts/{account_id}/transactions", limit="25", **({"cursor": cursor} if cursor else {}))


def transactions_since(account_id: str, day: str) -> Iterator[Json]:
    """Yield every transaction booked on or after this day."""
    return _every_page(f"/accounts/{account_id}/transactions", **{"from": day})


def pay(order: Json, idempotency_key: str) -> Json:
    """Make a payment; the same key never pays twice. Raises BankRefused with the bank's reason."""
    headers = {IDEMPOTENCY_KEY: idempotency_key}
    payment: Json = bank().call("POST", "/payments", token(), json=order, headers=headers).json()
    return payment


def _get(path: str, **query: str) -> Json:
    found: Json = bank().call("GET", path, token(), params=query, headers=_customer_is_here()).json()
    return found


def _every_page(path: str, **query: str) -> Iterator[Json]:
    page = _get(path, limit="100", **query)
    yield from page["data"]
    while page["has_more"]:
        page = _get(path, limit="100", cursor=page["next_cursor"], **query)
        yield from page["data"]


def _customer_is_here() -> dict[str, str]:
    """Tell the bank that the customer is looking: without them an app may ask four times a day only."""
    return {"x-fapi-customer-ip-address": request.remote_addr or "127.0.0.1"}
