"""`manage.py check --deploy` fails when the authorization server is not FAPI 2.0 any more."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.core.exceptions import ImproperlyConfigured

from bank.access.addresses import is_narrow
from oauth import rules, signing_keys
from oauth.protocol import clock, jose, mtls, revocation_lists, software_statement

_GATES = ("IMPLICIT_GRANT", "PASSWORD_GRANT", "PKCE_METHOD", "ACCESS_TOKEN_TRANSPORT", "AUTHZ_RESPONSE_ISS")
_MORE_GATES = (
    "TOKEN_STORAGE",
    "REFRESH_TOKEN",
    "REDIRECT_URI_SCHEME",
    "REDIRECT_URI_MATCHING",
    "PKCE_REQUIRED",
)
DEMANDED: dict[str, Any] = {
    "PKCE_REQUIRED": True,
    "ROTATE_REFRESH_TOKEN": False,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "ALLOW_URI_WILDCARDS": False,
    "REQUEST_APPROVAL_PROMPT": "force",
    "DCR_ENABLED": False,
    "CIMD_ENABLED": False,
    **{f"COMPLIANT_BCP_RFC9700_{gate}": True for gate in (*_GATES, *_MORE_GATES)},
}
SWAPPED = {
    "OAUTH2_PROVIDER_APPLICATION_MODEL": "oauth.Client",
    "OAUTH2_PROVIDER_GRANT_MODEL": "oauth.Grant",
    "OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL": "oauth.AccessToken",
    "OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL": "oauth.RefreshToken",
    "OAUTH2_PROVIDER_ID_TOKEN_MODEL": "oauth.IDToken",
}
# A key first: a request that brings both is refused there, whatever the token is worth.
AUTHENTICATION = [
    "oauth.api.api_keys.ApiKeyAuthentication",
    "oauth.api.authentication.TokenAuthentication",
]


@register(Tags.security, deploy=True)
def check_fapi(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return an Error for each setting below the profile, and an Info for each part that is not in use."""
    errors: list[CheckMessage] = [Error(message, id=f"oauth.{number}") for number, message in _failures()]
    return errors + [Info(message, id=f"oauth.{number}") for number, message in _not_in_use()]


def _not_in_use() -> Iterator[tuple[str, str]]:
    if not settings.MTLS_ORIGIN:
        yield "I001", "mutual TLS is off: MTLS_ORIGIN names no origin that asks for client certificates"
    elif not settings.CLIENT_CERTIFICATE_AUTHORITIES:
        yield (
            "I002",
            "tls_client_auth is off: CLIENT_CERTIFICATE_AUTHORITIES names nobody who may issue certificates",
        )
    if not settings.DPOP_NONCE_SECONDS:
        yield "I003", "DPoP proofs need no nonce of this server: DPOP_NONCE_SECONDS is 0"
    if settings.SANDBOX:
        yield "I004", "the sandbox's explorer may come without PAR, DPoP and authentication"


def _failures() -> Iterator[tuple[str, str]]:
    provider = settings.OAUTH2_PROVIDER
    for name, wanted in DEMANDED.items():
        if provider.get(name) != wanted:
            yield "E001", f"OAUTH2_PROVIDER[{name!r}] must be {wanted!r}"
    for name, wanted in SWAPPED.items():
        if getattr(settings, name, None) != wanted:
            yield "E002", f"{name} must be {wanted!r}"
    yield from _failures_of_times()
    yield from _failures_of_keys()
    yield from _failures_of_surroundings()
    yield from _failures_of_mutual_tls()
    yield from _failures_of_registration()


def _failures_of_times() -> Iterator[tuple[str, str]]:
    if rules.CODE_SECONDS > 60 or rules.ACCESS_TOKEN_SECONDS > 300 or rules.REQUEST_SECONDS >= 600:
        yield "E003", "codes live 60 seconds, access tokens 300, pushed requests under 600, at most"
    if not 10 <= clock.MOST_SECONDS_AHEAD <= 60:
        yield "E009", "clocks of clients may be 10 seconds ahead, and not over 60"
    if settings.DPOP_NONCE_SECONDS < 0:
        yield "E013", "DPOP_NONCE_SECONDS must be a number of seconds, or 0 for none"


def _failures_of_keys() -> Iterator[tuple[str, str]]:
    if set(jose.ALGORITHMS) - {"PS256", "ES256", "EdDSA", "Ed25519"} or jose.SMALLEST_RSA_BITS < 2048:
        yield "E004", "only PS256, ES256 and EdDSA with Ed25519, and RSA from 2048 bits, are allowed"
    try:
        for algorithm in signing_keys.SIGNING_ALGORITHMS:
            signing_keys.signing_key(algorithm)
    except ImproperlyConfigured as error:
        yield "E005", str(error)


def _failures_of_surroundings() -> Iterator[tuple[str, str]]:
    origin = urlsplit(settings.PUBLIC_ORIGIN)
    if origin.scheme != "https" or origin.path or origin.query:
        yield "E006", "PUBLIC_ORIGIN, the issuer, must be https://host[:port] and nothing more"
    caches: dict[str, Any] = settings.CACHES
    if not caches["default"]["BACKEND"].endswith("RedisCache"):
        yield "E007", "the replay stores need a cache that all processes share"
    authentication: Any = settings.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"]
    if list(authentication) != AUTHENTICATION:
        yield "E008", "the API must know no authentication but the API key of services and the access token"


def _failures_of_mutual_tls() -> Iterator[tuple[str, str]]:
    origin = urlsplit(settings.MTLS_ORIGIN)
    if settings.MTLS_ORIGIN and (
        origin.scheme != "https" or origin.path or settings.PUBLIC_ORIGIN == settings.MTLS_ORIGIN
    ):
        yield "E010", "MTLS_ORIGIN must be https://host[:port], and not the public origin"
    if not all(is_narrow(hop) for hop in settings.CLIENT_CERTIFICATE_PROXIES):
        yield (
            "E011",
            "CLIENT_CERTIFICATE_PROXIES must name networks of our own hops, none wider than /16 or /48",
        )
    if settings.CLIENT_CERTIFICATE_AUTHORITIES and not _authorities_can_be_read():
        yield "E012", "CLIENT_CERTIFICATE_AUTHORITIES must be the path of a PEM bundle of certificates"
    if settings.CLIENT_CERTIFICATE_REVOCATIONS and not _revocations_can_be_read():
        yield "E014", "CLIENT_CERTIFICATE_REVOCATIONS must be the path of a PEM bundle of revocation lists"


def _failures_of_registration() -> Iterator[tuple[str, str]]:
    path = settings.SOFTWARE_STATEMENT_ISSUERS_FILE
    if path and not software_statement.read_issuers(path):
        yield "E015", "SOFTWARE_STATEMENT_ISSUERS_FILE must be a JSON file of issuers, each with a JWK Set"


def _authorities_can_be_read() -> bool:
    try:
        return bool(mtls.read_authorities(settings.CLIENT_CERTIFICATE_AUTHORITIES))
    except (OSError, ValueError):
        return False


def _revocations_can_be_read() -> bool:
    try:
        return bool(revocation_lists.read(settings.CLIENT_CERTIFICATE_REVOCATIONS))
    except (OSError, ValueError):
        return False
