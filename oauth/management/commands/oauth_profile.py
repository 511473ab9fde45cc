"""Prints the security profile the authorization server keeps now, and each client's policy."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from oauth import rules, signing_keys
from oauth.checks import check_fapi
from oauth.endpoints.client_authentication import methods
from oauth.endpoints.metadata import server
from oauth.models import Client
from oauth.protocol import clock, dpop, jose, software_statement

Row = tuple[str, str, str]


class Command(BaseCommand):
    help = "Print the profile in force: each setting, what is off, the keys, every client's policy."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument("--strict", action="store_true", help="fail when a setting is below the profile")

    def handle(self, *args: Any, **options: Any) -> None:
        profile = read_profile()
        self.stdout.write(json.dumps(profile, indent=2) if options["json"] else "\n".join(_told(profile)))
        if options["strict"] and profile["below_the_profile"]:
            raise CommandError("the server is below the profile")


def read_profile() -> dict[str, Any]:
    """Return what is in force: settings with their source, what is wrong or off, keys, clients."""
    found = check_fapi(None)
    return {
        "issuer": settings.PUBLIC_ORIGIN,
        "environment": settings.ENVIRONMENT,
        "settings": [{"name": name, "value": value, "by": by} for name, value, by in _settings()],
        "below_the_profile": [f"{message.id}: {message.msg}" for message in found if message.is_serious()],
        "not_in_use": [f"{message.id}: {message.msg}" for message in found if not message.is_serious()],
        "signing_keys": [_key(known) for known in signing_keys.all_keys()]
        if settings.OAUTH_SIGNING_KEYS
        else [],
        "clients": [_client(client) for client in Client.objects.order_by("client_id")],
    }


def _settings() -> Iterator[Row]:
    told = server()
    yield "pushed authorization requests", "required" + _but_the_explorer(), "FAPI 2.0, 5.3.2.2; RFC 9126"
    yield "client authentication", ", ".join(methods()), "FAPI 2.0, 5.3.2.1; RFC 7523, RFC 8705"
    yield "access tokens", "bound to a key or a certificate" + _but_the_explorer(), "RFC 9449, RFC 8705"
    yield "mutual TLS", settings.MTLS_ORIGIN or "off", "RFC 8705"
    yield (
        "certificates taken back",
        settings.CLIENT_CERTIFICATE_REVOCATIONS or "not asked about",
        "RFC 5280, 5",
    )
    yield "software statements", ", ".join(_issuers()) or "of nobody", "RFC 7591, 2.3"
    yield "DPoP nonces", _seconds(settings.DPOP_NONCE_SECONDS), "RFC 9449, 8"
    yield "PKCE", ", ".join(told["code_challenge_methods_supported"]), "RFC 7636"
    yield "issuer in answers", "always", "RFC 9207"
    yield "refresh tokens", "not rotated, bound to client and consent", "FAPI 2.0, 5.3.2.1"
    yield from _lives()
    yield from _cryptography()
    yield "response modes", ", ".join(told["response_modes_supported"]), "JARM"
    yield (
        "authorization details",
        ", ".join(told["authorization_details_types_supported"]) or "off",
        "RFC 9396",
    )


def _issuers() -> list[str]:
    return sorted(software_statement.read_issuers(settings.SOFTWARE_STATEMENT_ISSUERS_FILE))


def _lives() -> Iterator[Row]:
    yield "authorization code", _seconds(rules.CODE_SECONDS), "FAPI 2.0, 5.3.2.1: 60 s at most"
    yield "pushed request", _seconds(rules.REQUEST_SECONDS), "FAPI 2.0, 5.3.2.2: under 600 s"
    yield "access token", _seconds(rules.ACCESS_TOKEN_SECONDS), "decision 4"
    yield (
        "clocks ahead",
        _seconds(clock.MOST_SECONDS_AHEAD),
        "FAPI 2.0, 5.3.2.1: 10 s fine, over 60 s refused",
    )
    yield "proofs", f"{_seconds(dpop.OLDEST_SECONDS)} old at most, each used once", "RFC 9449, 11.1"


def _cryptography() -> Iterator[Row]:
    yield "algorithms of clients", ", ".join(jose.ALGORITHMS), "FAPI 2.0, 5.4"
    yield "algorithms of the bank", ", ".join(signing_keys.SIGNING_ALGORITHMS), "FAPI 2.0, 5.4"
    yield "RSA keys", f"{jose.SMALLEST_RSA_BITS} to {jose.LARGEST_RSA_BITS} bits", "FAPI 2.0, 5.4"


def _key(known: signing_keys.SigningKey) -> dict[str, Any]:
    return {
        "kid": known.key.kid,
        "alg": known.key.alg,
        "signs": known.signs(str(known.key.alg), time.time()),
        "signs_from": _moment(known.signs_from),
        "published_until": _moment(known.published_until),
    }


def _client(client: Client) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "status": client.status if client.is_active else f"{client.status}, switched off",
        "authentication": client.token_endpoint_auth_method,
        "tokens_bound_to": _binding(client),
        "signing": _signing(client),
        "first_party": client.first_party,
        "scope": " ".join(client.scopes),
    }


def _binding(client: Client) -> str:
    if client.tls_client_certificate_bound_access_tokens:
        return "certificate"
    return "key" if client.dpop_bound_access_tokens else "nothing"


def _signing(client: Client) -> list[str]:
    """Return which messages this client signs, or has signed, by its policy (FAPI 2.0 Message Signing)."""
    policy = {
        "requests": client.require_signed_request_object,
        "answers": bool(client.authorization_signed_response_alg),
        "introspection": bool(client.introspection_signed_response_alg),
        "payments": client.require_http_message_signatures,
    }
    return [name for name, is_on in policy.items() if is_on]


def _told(profile: dict[str, Any]) -> Iterator[str]:
    yield f"{profile['issuer']} ({profile['environment']})"
    for row in profile["settings"]:
        yield f"  {row['name']:<30} {row['value']:<60} {row['by']}"
    for title, name in (("below the profile", "below_the_profile"), ("not in use", "not_in_use")):
        yield f"{title}:"
        yield from (f"  {message}" for message in profile[name] or ["nothing"])
    yield "signing keys:"
    for key in profile["signing_keys"]:
        state = "signs" if key["signs"] else "published"
        yield f"  {key['alg']} {key['kid']} {state}, from {key['signs_from']} until {key['published_until']}"
    yield "clients:"
    for client in profile["clients"]:
        signed = ", ".join(client["signing"]) or "nothing"
        yield (
            f"  {client['client_id']}: {client['status']}; {client['authentication']}; tokens bound to "
            f"{client['tokens_bound_to']}; signs {signed}; {client['scope']}"
        )


def _but_the_explorer() -> str:
    return ", but of the sandbox's explorer" if settings.SANDBOX else ""


def _seconds(number: int) -> str:
    return f"{number} s" if number else "off"


def _moment(seconds: float) -> str:
    return "always" if seconds in (0, float("inf")) else datetime.fromtimestamp(seconds, UTC).isoformat()
