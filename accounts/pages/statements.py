"""The statements of an account, to look through and to take away."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import queries
from accounts import statements as forms
from accounts.errors import StatementNotFound
from accounts.money import Money
from accounts.pages.views import as_customer
from accounts.statements.files import FORM_OF, buffered, headers_of
from accounts.words import said
from bank.access.gate import SIGNED_IN, page_for
from bank.access.rate_limits import limit

SHOWN = 60


@page_for(SIGNED_IN)
@limit("pages")
@require_safe
def statements(request: HttpRequest, account_id: str) -> HttpResponse:
    """List the statements of one's own account, the newest first."""
    me = as_customer(request)
    account = queries.get_account(account_id, owned_by=me)
    rows = [
        (found, said(Money(found.closing_balance, found.currency)))
        for found in queries.list_statements(account, seen_by=me, limit=SHOWN)
    ]
    return render(request, "accounts/statements.html", {"account": account, "rows": rows, "forms": FORM_OF})


@page_for(SIGNED_IN)
@limit("pages")
@require_safe
def statement(request: HttpRequest, account_id: str, statement_id: str, form: str) -> StreamingHttpResponse:
    """Hand out one statement as a file; raises NotFound for somebody else's, or a form that is none."""
    if form not in FORM_OF:
        raise StatementNotFound()
    found = queries.get_statement(account_id, statement_id, seen_by=as_customer(request))
    name = FORM_OF[form]
    return StreamingHttpResponse(buffered(forms.pieces(found, name)), headers=headers_of(found, name))
