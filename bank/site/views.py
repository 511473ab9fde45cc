"""Front pages: the four doors, the developers' page, help, and the API explorer."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from bank.access import permissions as p
from bank.access.gate import PUBLIC, page_for
from bank.access.rate_limits import limit
from bank.site.status import live_status

# Ticked beforehand in the explorer's window; the description names more scopes than an app can be given.
EXPLORER_SCOPES = (p.ACCOUNTS_READ, p.BALANCES_READ, p.TRANSACTIONS_READ, p.PAYMENTS_CREATE, p.PAYMENTS_READ)


@page_for(PUBLIC)
@limit("pages")
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Show the four doors, the live status, and a command that works as pasted."""
    return render(request, "site/landing.html", {"status": live_status(), "curl": curl_to_paste()})


@page_for(PUBLIC)
@limit("pages")
@require_safe
def developers(request: HttpRequest) -> HttpResponse:
    """Show what an app needs, in order."""
    sentences = {name: gettext(sentence) for name, sentence in p.app_scopes().items()}
    context = {"scopes": sentences.items(), "issuer": settings.PUBLIC_ORIGIN, "curl": curl_to_paste()}
    return render(request, "site/developers.html", context)


@page_for(PUBLIC)
@limit("pages")
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Answer what people ask most."""
    return render(request, "site/help.html", {"security_contact": settings.SECURITY_CONTACT})


@page_for(PUBLIC)
@limit("explorer")
@require_safe
def explorer(request: HttpRequest) -> HttpResponse:
    """Show Swagger UI over the bank's own OpenAPI document, all of it served from here."""
    client_id = settings.EXPLORER_CLIENT_ID if settings.SANDBOX else ""
    context = {"explorer_client_id": client_id, "explorer_scope": " ".join(EXPLORER_SCOPES)}
    return render(request, "site/explorer.html", context)


@page_for(PUBLIC)
@limit("explorer")
@require_safe
def explorer_redirect(request: HttpRequest) -> HttpResponse:
    """Receive the explorer's authorization response; a view, so that it carries the bank's own headers."""
    return render(request, "site/explorer_redirect.html")


@page_for(PUBLIC)
@limit("pages")
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language that was chosen in a cookie, and go back to the page it was chosen on."""
    return set_language(request)


def curl_to_paste() -> str:
    """Return a command that asks the running bank who it is, trusting the sandbox's own authority."""
    trust = "--cacert var/tls/ca.pem " if settings.SANDBOX else ""
    return f"curl {trust}{settings.PUBLIC_ORIGIN}/.well-known/openid-configuration"
