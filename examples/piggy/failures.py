"""When it does not go well: denied, ended, too often, out of reach, each said in plain words."""

import requests
from flask import Flask, redirect, render_template, url_for
from requests_oauth2client import AuthorizationResponseError, InvalidIdToken, OAuth2Error
from requests_oauth2client.exceptions import InvalidAuthResponse
from werkzeug.exceptions import HTTPException

from examples.piggy.bank import AccessEnded, BankRefused
from examples.piggy.customer import NotConnected, forget
from examples.piggy.words import refusal

DENIED = "You chose not to share. Piggy has seen nothing. You can change your mind at any time."
MISFIT = "The bank's answer did not fit Piggy's question, so Piggy threw it away. Please connect again."
EXPIRED = "The request was not finished in time, or the bank could not finish it. Please connect again."
REJECTED = "The bank did not accept Piggy's request. Please connect again; if that does not help, tell Piggy."


def register(app: Flask) -> None:
    """Give every expected failure its page."""
    app.register_error_handler(NotConnected, lambda _: redirect(url_for("pages.home"), 303))
    app.register_error_handler(AccessEnded, _access_ended)
    app.register_error_handler(BankRefused, _bank_refused)
    app.register_error_handler(AuthorizationResponseError, _not_shared)
    app.register_error_handler(OAuth2Error, lambda _: _page(502, "Connecting did not work", REJECTED))
    app.register_error_handler(InvalidAuthResponse, _misfit)
    app.register_error_handler(InvalidIdToken, _misfit)
    app.register_error_handler(requests.RequestException, _out_of_reach)
    app.register_error_handler(HTTPException, _own_failure)


def _access_ended(_: AccessEnded) -> tuple[str, int]:
    forget()
    text = (
        "You stopped sharing with Piggy, or the time you allowed is over. "
        "Piggy can see nothing any more and has forgotten what it knew. Connect again if you like."
    )
    return _page(401, "Piggy is no longer connected", text)


def _bank_refused(refused: BankRefused) -> tuple[str, int]:
    if refused.status == requests.codes.too_many_requests:
        pause = refused.retry_after_seconds or "some"
        return _page(429, "A little too fast", f"The bank asks for a break of {pause} s. Then try again.")
    if refused.status == requests.codes.not_found:
        return _page(404, "Not found", "The bank knows no such thing among what you share with Piggy.")
    return _page(refused.status, "The bank said no", refusal(refused))


def _not_shared(answer: AuthorizationResponseError) -> tuple[str, int]:
    if answer.error == "access_denied":
        return _page(403, "Nothing was shared", DENIED)
    return _page(400, "Connecting did not work", EXPIRED)


def _misfit(_: ValueError) -> tuple[str, int]:
    return _page(400, "Connecting did not work", MISFIT)


def _out_of_reach(_: requests.RequestException) -> tuple[str, int]:
    return _page(503, "The bank is out of reach", "Nothing was lost. Please try again in a minute.")


def _own_failure(failure: HTTPException) -> tuple[str, int]:
    return _page(failure.code or 500, failure.name, failure.description or "")


def _page(status: int, title: str, text: str) -> tuple[str, int]:
    return render_template("failure.html", title=title, text=text), status
