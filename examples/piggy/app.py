"""Piggy put together: pages, sessions, forms that carry a token, and a strict security policy."""

import os
import secrets
from collections.abc import Callable

from flask import Flask, Response, abort, request, session

from examples.piggy import failures, words
from examples.piggy.bank import Bank
from examples.piggy.browser_sessions import BrowserSessions
from examples.piggy.news import News
from examples.piggy.pages import bank_news, callback, pages
from examples.piggy.settings import NEWS_PATH, Settings

# Nothing from elsewhere, no script at all. The Connect form leads to the bank, so the bank may follow it.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {bank}; "
    "base-uri 'none'; frame-ancestors 'none'"
)
STRANGE_FORM = "This form did not come from Piggy, or it is too old. Go back, reload the page and try again."


def create_app() -> Flask:
    """Return Piggy, told by the environment where its bank is and who Piggy is there."""
    settings = Settings.from_environ(os.environ)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 16 * 1024
    app.session_interface = BrowserSessions(settings.state_dir)
    app.extensions["bank"] = Bank(settings)
    app.extensions["news"] = News(settings.state_dir)
    app.register_blueprint(pages)
    app.add_url_rule(settings.callback_path, view_func=callback)
    app.add_url_rule(NEWS_PATH, view_func=bank_news, methods=["POST"])
    app.before_request(refuse_strange_forms)
    app.after_request(security_headers(settings.bank_url))
    app.jinja_env.globals.update(form_token=form_token, bank_url=settings.bank_url)
    app.jinja_env.filters.update(money=words.money, day=words.day)
    failures.register(app)
    return app


def form_token() -> str:
    """Return the secret every form of this browser carries."""
    token: str = session.setdefault("form_token", secrets.token_urlsafe(16))
    return token


def refuse_strange_forms() -> None:
    """Refuse a form that did not come from Piggy's own page (cross-site request forgery)."""
    if request.endpoint == bank_news.__name__:
        return  # the bank carries no token of ours: it signs
    sent = request.form.get("form_token", "")
    if request.method == "POST" and not secrets.compare_digest(sent.encode(), form_token().encode()):
        abort(403, STRANGE_FORM)


def security_headers(bank_url: str) -> Callable[[Response], Response]:
    """Return what adds the security headers to every answer."""

    def add(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY.format(bank=bank_url)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    return add
