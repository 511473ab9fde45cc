"""The content security policy: django-csp builds a page's, and what programs get is built once."""

from functools import cache

from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponseBase

from bank.wire.readers import is_machine

HEADER = "Content-Security-Policy"


class ContentPolicy(CSPMiddleware):
    """Writes the policy; only a page may add to it, by `csp_update` or `_csp_update`."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Write the header of an answer."""
        if not is_machine(request):
            answered: HttpResponseBase = super().process_response(request, response)
            return answered
        response.headers.setdefault(HEADER, _for_programs())
        return response


@cache
def _for_programs() -> str:
    policy: str = build_policy()
    return policy
