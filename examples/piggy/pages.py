"""Piggy's pages: connect, accounts, transactions, spending, send money, disconnect."""

import uuid
from datetime import UTC, datetime, timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from requests import RequestException
from requests_oauth2client import AuthorizationRequestSerializer, OAuth2Error
from werkzeug.wrappers import Response

from examples.piggy import customer, words
from examples.piggy.bank import AccessEnded, BankRefused
from examples.piggy.news import NotTheBank
from examples.piggy.spending import spending_by_category

SPENDING_DAYS = 90
pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> Response | str:
    """Say what Piggy does; whoever is connected goes on to the accounts."""
    return _to("accounts") if customer.is_connected() else render_template("connect.html")


@pages.post("/connect")
def connect() -> Response:
    """Tell the bank what Piggy asks for and send the browser there."""
    asked, bank_page = customer.bank().push_request()
    session["asked"] = AuthorizationRequestSerializer().dumps(asked).decode()
    return redirect(bank_page, 303)


def callback() -> Response:
    """Take the bank's answer: a code becomes a token."""
    if "asked" not in session:
        flash("The bank's answer belongs to no question Piggy asked in this browser. Please connect again.")
        return _to("home")
    asked = AuthorizationRequestSerializer().loads(session.pop("asked").encode())
    token = customer.bank().redeem(asked, request.url)  # type: ignore[arg-type]  # it is what `connect` put there
    session.start_anew()  # type: ignore[attr-defined]
    customer.remember(token)
    _expect_news()
    return _to("accounts")


def bank_news() -> tuple[str, int]:
    """Hear what the bank tells; what is not signed by it is refused."""
    try:
        customer.news().hear(request.get_data(), {name.lower(): value for name, value in request.headers})
    except NotTheBank:
        return "", 401
    return "", 204


@pages.get("/accounts")
def accounts() -> str:
    """List the shared accounts with what can be spent from each."""
    shared = customer.accounts()
    session["accounts"] = [each["id"] for each in shared]
    return render_template(
        "accounts.html",
        rows=[(each, customer.balance(each["id"])) for each in shared],
        arrivals=customer.news().arrivals({each["id"]: each["name"] for each in shared}),
    )


@pages.get("/accounts/<account_id>")
def account(account_id: str) -> str:
    """Show one account: what is in it and a page of what happened."""
    return render_template(
        "account.html",
        account=customer.account(account_id),
        balance=customer.balance(account_id),
        page=customer.transactions(account_id, request.args.get("cursor", "")),
    )


@pages.get("/accounts/<account_id>/spending")
def spending(account_id: str) -> str:
    """Show what the money of the last months went to."""
    since = datetime.now(UTC).date() - timedelta(days=SPENDING_DAYS)
    slices = spending_by_category(customer.transactions_since(account_id, since.isoformat()))
    return render_template(
        "spending.html", account=customer.account(account_id), slices=slices, days=SPENDING_DAYS
    )


@pages.get("/accounts/<account_id>/send")
def send_form(account_id: str) -> str:
    """Ask whom and how much. The form carries an idempotency key: sent twice, it pays once."""
    return _send_page(account_id, {})


@pages.post("/accounts/<account_id>/send")
def send(account_id: str) -> Response | tuple[str, int]:
    """Send the money; when the bank refuses, the form comes back with the reason."""
    try:
        payment = customer.pay(_order(account_id), request.form["idempotency_key"])
    except BankRefused as refused:
        if refused.status == 429 or refused.status >= 500:  # may be tried again as it is
            raise
        return _send_page(account_id, request.form, words.refusal(refused)), refused.status
    flash(f"{words.money(payment['amount'])} sent: {words.payment_status(payment['status'])}.")
    return _to("account", account_id=account_id)


@pages.post("/disconnect")
def disconnect() -> Response:
    """Give the tokens back to the bank and forget everything about this customer."""
    if customer.is_connected():
        customer.bank().give_back(customer.token())
    customer.forget()
    flash("Piggy is disconnected and has forgotten your data.")
    return _to("home")


def _expect_news() -> None:
    """Ask the bank, once, to tell Piggy when money moves. Piggy works without that, too."""
    news = customer.news()
    with news.registering:
        try:
            if not news.is_expected():
                news.expect(customer.bank().ask_to_be_told())
        except (AccessEnded, BankRefused, OAuth2Error, RequestException):
            current_app.logger.warning("the bank does not tell Piggy what happens")


def _order(account_id: str) -> customer.Json:
    form = {name: value.strip() for name, value in request.form.items()}
    return {
        "debtor_account": account_id,
        "creditor_account": form["other"] or form["to"],
        "amount": {"amount": form["amount"], "currency": form["currency"]},
        "reference": form["reference"],
    }


def _send_page(account_id: str, typed: customer.Json, problem: str = "") -> str:
    account = customer.account(account_id)
    alike = (one for one in customer.accounts() if one["currency"] == account["currency"])
    return render_template(
        "send.html",
        account=account,
        balance=customer.balance(account_id),
        others=[one for one in alike if one["id"] != account_id],
        typed=typed,
        problem=problem,
        idempotency_key=uuid.uuid4(),
    )


def _to(page: str, **values: str) -> Response:
    return redirect(url_for(f"pages.{page}", _external=False, **values), 303)
