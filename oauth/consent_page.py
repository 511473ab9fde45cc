"""What a person is shown before deciding, from the server's own knowledge: request, app, choices."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bank import clock
from oauth import authorization_details, rules, scopes
from oauth.authorization_details import Asked, Choice, Requested
from oauth.models import Client, Consent, PushedAuthorizationRequest, User
from oauth.protocol.grant_management import MERGE


@dataclass(frozen=True, slots=True)
class Already:
    """What a grant allows that is added to (Grant Management, `merge`): it is shown again, and stays."""

    version: int
    scopes: tuple[str, ...]
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One consent page for one person and one pushed request."""

    request_id: str
    user_id: str
    client: Client
    scopes: tuple[str, ...]
    permissions: frozenset[str]
    sentences: tuple[str, ...]
    choices: tuple[Choice, ...]
    starts_at: datetime
    expires_at: datetime
    redirect_uri: str
    requested: Requested | None = None
    asked: Asked | None = None
    renews: str | None = None
    already: Already | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The page's meaning, ready for JSON, in the words and the language the person reads.

        Amounts and hints may change between look and decision.
        """
        client = self.client
        return {
            "request": self.request_id,
            "language": get_language(),
            "user": self.user_id,
            "client": [client.client_id, client.name, client.organisation, client.purpose],
            "scopes": self.scopes,
            "sentences": self.sentences,
            "choices": [[choice.value, choice.label, choice.eligible] for choice in self.choices],
            "expires_at": self.expires_at.isoformat(),
            "redirect_uri": self.redirect_uri,
            "authorization_details": self.requested and self.requested.detail,
            "asked": self.asked and asdict(self.asked),
            "renews": self.renews,
            "already": self.already and asdict(self.already),
        }

    @property
    def digest(self) -> str:
        """The SHA-256 of the document: what the decision and the receipt are bound to."""
        return rules.digest_of(self.document)

    @property
    def needs_second_factor(self) -> bool:
        """Whether the decision is confirmed with a second factor (PSD2 RTS, Article 5)."""
        return self.requested is not None and self.requested.type.needs_second_factor

    def to_confirm(self, chosen: Sequence[str]) -> dict[str, Any]:
        """Return what a second factor confirms: all of the page, amount and payee in it, and the choice."""
        return {"page": self.digest, "chosen": list(chosen)}

    @property
    def kind(self) -> str:
        """The kind of consent that is asked for."""
        return self.requested.type.kind if self.requested else Consent.Kind.ACCOUNT_ACCESS

    @property
    def types(self) -> tuple[Any, ...]:
        """What the consent would be about."""
        return (self.requested.type,) if self.requested else authorization_details.types_for(self.permissions)

    @property
    def offered(self) -> list[tuple[str, bool]]:
        """Each choice's value and whether it can be chosen."""
        return [(choice.value, choice.eligible) for choice in self.choices]

    @property
    def everything(self) -> list[str]:
        """The values of all that can be chosen: what the bank's own app gets."""
        return [value for value, is_eligible in self.offered if is_eligible]


def build(pushed: PushedAuthorizationRequest, user: User) -> Shown:
    """Return the page for a pushed request and the person who is signed in."""
    already = _already(pushed, user)
    asked = tuple(
        dict.fromkeys([*(already.scopes if already else ()), *scopes.split(pushed.parameters["scope"])])
    )
    permissions = scopes.permissions_in(asked)
    requested = authorization_details.requested_in(pushed)
    starts_at = pushed.created_at + clock.ahead()  # the request itself lives by the real time
    return Shown(
        request_id=pushed.id,
        user_id=user.id,
        client=pushed.client,
        scopes=asked,
        permissions=permissions,
        sentences=tuple(_sentences(asked, permissions)),
        choices=tuple(_as_shared(_choices(permissions, requested, user), already)),
        starts_at=starts_at,
        expires_at=_expires_at(requested, starts_at),
        redirect_uri=pushed.parameters["redirect_uri"],
        requested=requested,
        asked=requested.type.ask(requested.detail, user) if requested else None,
        renews=pushed.parameters.get("grant_id"),
        already=already,
    )


def context(
    shown: Shown, pushed: PushedAuthorizationRequest, user: User, errors: Sequence[object]
) -> dict[str, Any]:
    """Return what the template `oauth/consent.html` is given."""
    return {
        "client": shown.client,
        "sentences": shown.sentences,
        "can_pay": scopes.can_pay(shown.scopes),
        "choices": shown.choices,
        "starts_on": shown.starts_at,
        "expires_at": shown.expires_at,
        "redirect_uri": shown.redirect_uri,
        "errors": list(errors),
        "request_expires_at": pushed.expires_at,
        "signed_in_as": user.username,
        "asked": shown.asked,
        "needs_second_factor": shown.needs_second_factor,
        "renews": shown.renews,
    }


def _already(pushed: PushedAuthorizationRequest, user: User) -> Already | None:
    """Return what is added to, less what the app may no longer ask for; an unknown grant is refused later."""
    if pushed.parameters.get("grant_management_action") != MERGE:
        return None
    consent = Consent.objects.filter(
        id=pushed.parameters["grant_id"], client=pushed.client, user=user, kind=Consent.Kind.ACCOUNT_ACCESS
    ).first()
    if consent is None:
        return None
    allowed = {scopes.OPENID, *pushed.client.scopes}
    decisions = [
        each for type_ in authorization_details.types_of(consent) for each in type_.decisions(consent)
    ]
    return Already(
        version=consent.version,
        scopes=tuple(name for name in scopes.split(consent.scope) if name in allowed),
        chosen=tuple(sorted({each.value for each in decisions if each.state == "included"})),
    )


def _as_shared(choices: Sequence[Choice], already: Already | None) -> list[Choice]:
    """Return the choices; what the grant includes already cannot be chosen again."""
    shared, why_not = already.chosen if already else (), _("Shared with this app already; it stays so.")
    return [
        replace(choice, eligible=False, why_not=why_not) if choice.value in shared else choice
        for choice in choices
    ]


def _sentences(asked: Sequence[str], permissions: frozenset[str]) -> list[str]:
    further = [
        line for type_ in authorization_details.types_for(permissions) for line in type_.describe(permissions)
    ]
    return [*scopes.sentences(asked), *further]


def _expires_at(requested: Requested | None, begins_at: datetime) -> datetime:
    if requested is None:
        return rules.consent_expires_at(begins_at)
    return requested.type.expires_at(requested.detail, begins_at)


def _choices(permissions: frozenset[str], requested: Requested | None, user: User) -> list[Choice]:
    if requested is not None:
        return list(requested.type.options(requested.detail, user))
    return [
        choice for type_ in authorization_details.types_for(permissions) for choice in type_.choices(user)
    ]
