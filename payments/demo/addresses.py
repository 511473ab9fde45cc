"""The demo on another port: where the bank's own example apps are sent back to follows them."""

from typing import Any

from django.conf import settings

from oauth.operations.clients import change_redirect_uris
from payments.demo.secrets import redirect_uri_of
from payments.demo.seeding import BY, explorer_redirect_uri


def follow(known: dict[str, Any], *, piggy_origin: str) -> None:
    """Lead Piggy and the explorer home to where they run now, in the registry and in `known`."""
    piggy = known["clients"]["piggy"]
    piggy["redirect_uri"] = redirect_uri_of("piggy", piggy_origin)
    change_redirect_uris(piggy["client_id"], [piggy["redirect_uri"]], by=BY)
    change_redirect_uris(settings.EXPLORER_CLIENT_ID, [explorer_redirect_uri()], by=BY)
