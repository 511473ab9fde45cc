"""The scopes there are: the permissions an app can be given, and `openid`.

The bank's own app acts as whoever signs in: it may be given every right there is, and the roles of that
person cap them. Rights of staff need two factors besides (oauth/actors.py).
"""

from collections.abc import Iterable

from django.utils.translation import gettext

from bank.access.permissions import OWN_SCOPES, PAYMENTS_CREATE, all_permissions, app_scopes

OPENID = "openid"
# Grant management. With openid, what may be asked for by name beside authorization_details.
GRANT_QUERY, GRANT_REVOKE = "grant_management_query", "grant_management_revoke"
_GRANTS = {
    GRANT_QUERY: "To ask the bank what you allowed it",
    GRANT_REVOKE: "To give up what you allowed it",
}
BESIDE_DETAILS = frozenset({OPENID, GRANT_QUERY, GRANT_REVOKE})
_OPENID_SENTENCE = "That it is you who signs in, without your name"


def all_scopes() -> dict[str, str]:
    """Return every scope with the sentence a customer reads for it, or its meaning where none is asked."""
    return {OPENID: _OPENID_SENTENCE, **app_scopes(), **_GRANTS, **_own()}


def in_words() -> dict[str, str]:
    """Return every scope with its sentence in the language of whoever reads."""
    return {name: gettext(sentence) for name, sentence in all_scopes().items()}


def for_a_person(scope: str) -> str:
    """Return a scope string without what no person gives: an app asks for that with a token of its own."""
    return " ".join(name for name in split(scope) if name not in OWN_SCOPES)


def _own() -> dict[str, str]:
    return {name: p.meaning for name, p in all_permissions().items() if name in OWN_SCOPES}


def own_app_scopes() -> dict[str, str]:
    """Return what the bank's own app can be given besides: the rights no third party gets."""
    others = {*app_scopes(), *OWN_SCOPES}
    return {name: p.meaning for name, p in all_permissions().items() if name not in others}


def split(scope: str) -> list[str]:
    """Return the scopes of a scope string (RFC 6749, 3.3) in order, each once."""
    return list(dict.fromkeys(part for part in scope.split(" ") if part))


def permissions_in(scopes: Iterable[str]) -> frozenset[str]:
    """Return the scopes that are permissions."""
    return frozenset(scopes) & {*app_scopes(), *own_app_scopes()}


def sentences(scopes: Iterable[str]) -> list[str]:
    """Return what a customer reads for these scopes, in the order of the page of permissions."""
    asked = frozenset(scopes)
    return [sentence for name, sentence in in_words().items() if name in asked]


def can_pay(scopes: Iterable[str]) -> bool:
    """Return whether these scopes let money leave."""
    return PAYMENTS_CREATE in frozenset(scopes)
