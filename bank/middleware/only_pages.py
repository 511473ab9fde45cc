"""Django's middleware for pages, left out for programs: an API call has no session, no cookie and no form.

Being left out is not only speed: a session cookie can never authenticate an API call by accident.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string
from whitenoise.middleware import WhiteNoiseMiddleware

from bank.wire.readers import is_machine

Handler = Callable[[HttpRequest], HttpResponseBase]
STAFF_PATHS = ("/admin/", "/staff/")


class OnlyPages:
    """Passes programs' requests on, and hands all others to the middleware it is mixed into."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        if is_machine(request):
            return self.get_response(request)  # type: ignore[no-any-return]
        answer: HttpResponseBase = super().__call__(request)  # type: ignore[misc]
        return answer


class StaticFiles(OnlyPages, WhiteNoiseMiddleware):  # type: ignore[misc]
    """Static files: those collected, if there are any; outside production, those of the source."""

    def add_files(self, root: str, prefix: str | None = None) -> None:
        """Serve what lies in a directory; one that does not exist holds nothing."""
        if Path(root).is_dir():
            super().add_files(root, prefix)


class Language(OnlyPages, LocaleMiddleware):
    """The language a page is in: what the visitor chose, or what the browser asks for.

    Programs are answered in English, also by a thread that made a French page a moment ago. So are staff in
    their rooms, whose tables and fields have English names (docs/decisions/0035-languages.md).
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, and leave no language behind in the thread."""
        try:
            return super().__call__(request)
        finally:
            translation.deactivate()

    def process_request(self, request: HttpRequest) -> None:
        """Choose the language."""
        if request.path.startswith(STAFF_PATHS):
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Say which language it is, and what it was chosen by."""
        patch_vary_headers(response, ("Cookie",))
        return super().process_response(request, response)


class Sessions(OnlyPages, SessionMiddleware):
    """Sessions."""


class Common(OnlyPages, CommonMiddleware):
    """Appended slashes."""


class Csrf(OnlyPages, CsrfViewMiddleware):
    """Forms from elsewhere refused; runs before the view, so programs are let through there too."""

    def process_view(self, request: HttpRequest, *view: Any) -> Any:
        """Check the form's token."""
        return None if is_machine(request) else super().process_view(request, *view)


class Authentication(OnlyPages, AuthenticationMiddleware):
    """The person signed in."""


class Messages(OnlyPages, MessageMiddleware):
    """Notes shown once."""


class Idle:
    """Sessions nobody used for a while ended (settings.IDLE_MIDDLEWARE: the pages' own rule)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._for_pages = import_string(settings.IDLE_MIDDLEWARE)(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        answer: HttpResponseBase = (self.get_response if is_machine(request) else self._for_pages)(request)
        return answer
