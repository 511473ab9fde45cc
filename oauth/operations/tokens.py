"""Codes and tokens: issued, refreshed, revoked. Only hashes are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from bank.database.statements import Write, insertion
from bank.public_ids import decode
from oauth import rules, token_row
from oauth.actors import token_reference
from oauth.models import AccessToken, Client, Consent, Grant, OwnToken, RefreshToken
from oauth.operations.consents import revoke_consent
from oauth.protocol.secrets import checksum


@dataclass(frozen=True, slots=True)
class Issued:
    """The secrets of one token response, before they are given away."""

    access_token: str
    refresh_token: str
    scope: str
    seconds: int
    now: datetime


def keep_code(
    *, code: str, consent: Consent, parameters: Mapping[str, str], cnf: Mapping[str, str], now: datetime
) -> Grant:
    """Keep a new authorization code by its hash, for a minute (FAPI 2.0, 5.3.2.1)."""
    return Grant.objects.create(
        code=checksum(code),
        application=consent.client,
        user_id=consent.user_id,
        consent=consent,
        expires=now + timedelta(seconds=rules.CODE_SECONDS),
        redirect_uri=parameters["redirect_uri"],
        scope=consent.scope,
        code_challenge=parameters["code_challenge"],
        code_challenge_method=parameters["code_challenge_method"],
        nonce=parameters.get("nonce", ""),
        cnf=dict(cnf),
    )


def lock_code(*, code: str, client: Client) -> Grant | None:
    """Return this app's code with its consent and login, locked: of two redemptions one waits."""
    return token_row.lock_code(checksum(code), client.pk)


def lock_refresh_token(*, token: str, client: Client) -> RefreshToken | None:
    """Return this app's live refresh token, locked: a revocation comes before or after."""
    return token_row.lock_refresh_token(checksum(token), client.pk)


def issue_for_code(*, grant: Grant, issued: Issued, cnf: Mapping[str, str], by: Actor) -> None:
    """Keep the tokens a code was redeemed for, and that it was."""
    writes = [Write(_REDEEMED, [issued.now, grant.pk])]
    if issued.refresh_token:
        writes.append(_refresh_token(grant, issued, cnf))
    access_token = _access_token(grant.consent, grant.application_id, issued, cnf)
    source = {"source_refresh_token_id": "(SELECT id FROM refresh)"} if issued.refresh_token else {}
    writes += [_used(grant.consent, issued), insertion(access_token, **source)]
    target = ("token", token_reference(access_token.token_checksum))
    record("token.issued", by=by, target=target, along=writes)


def issue_for_refresh(
    *, refresh_token: RefreshToken, issued: Issued, cnf: Mapping[str, str], by: Actor
) -> None:
    """Keep one more access token of a refresh token; the earlier ones live on (no rotation)."""
    consent = refresh_token.consent
    access_token = _access_token(consent, refresh_token.application_id, issued, cnf)
    access_token.source_refresh_token = refresh_token
    target = ("token", token_reference(access_token.token_checksum))
    record("token.refreshed", by=by, target=target, along=[_used(consent, issued), insertion(access_token)])


def issue_own(*, client: Client, issued: Issued, cnf: Mapping[str, str], by: Actor) -> None:
    """Keep an app's token for itself."""
    token = OwnToken(
        token_checksum=checksum(issued.access_token),
        client=client,
        scope=issued.scope,
        cnf=dict(cnf),
        created_at=issued.now,
        expires_at=issued.now + timedelta(seconds=issued.seconds),
    )
    with transaction.atomic():
        token.save(force_insert=True)
        record("token.issued", by=by, target=("token", token_reference(token.token_checksum)), reason="own")


def note_code_reuse(*, grant: Grant, by: Actor) -> None:
    """End everything a code gave when the code comes back: somebody else may hold it (RFC 6749, 4.1.2)."""
    target = ("consent", grant.consent_id)
    record("token.reuse_detected", by=by, target=target, outcome="denied", reason="code_replayed")
    revoke_consent(grant.consent_id, by=by, reason="code_replayed")


def revoke_token(*, token: str, client: Client, by: Actor) -> None:
    """Take back one access token, or a refresh token and with it the whole consent (RFC 7009, 2.1).

    An app that gives its refresh token back is done: a consent nobody can use again would only look active.
    """
    with transaction.atomic():
        refresh_token = lock_refresh_token(token=token, client=client)
        if refresh_token:
            _revoke_refresh_token(refresh_token, by)
        elif _delete_access_token(token, client):
            record("token.revoked", by=by, target=("token", token_reference(checksum(token))))


def _delete_access_token(token: str, client: Client) -> bool:
    of_a_person = AccessToken.objects.filter(token_checksum=checksum(token), application=client)
    own = OwnToken.objects.filter(token_checksum=checksum(token), client=client)
    return bool(of_a_person.delete()[0] or own.delete()[0])


def _revoke_refresh_token(refresh_token: RefreshToken, by: Actor) -> None:
    refresh_token.revoked = timezone.now()
    refresh_token.save(update_fields=["revoked"])
    AccessToken.objects.filter(source_refresh_token=refresh_token).delete()
    reference = token_reference(refresh_token.token_checksum)
    record("token.revoked", by=by, target=("token", reference))
    for_person = replace(by, user_id=refresh_token.user_id, consent_id=refresh_token.consent_id)
    revoke_consent(refresh_token.consent_id, by=for_person, reason="given_back")


_REDEEMED = "UPDATE oauth_grant SET redeemed_at = %s WHERE id = %s"
_USED = "UPDATE oauth_consent SET last_used_at = %s WHERE id = %s"


def _used(consent: Consent, issued: Issued) -> Write:
    """Note the use of a consent: the five minutes of a token are how exactly `last_used_at` is known."""
    return Write(_USED, [issued.now, decode("con", consent.id)])


def _refresh_token(grant: Grant, issued: Issued, cnf: Mapping[str, str]) -> Write:
    """Keep a refresh token, to which the access token beside it refers."""
    row = RefreshToken(
        token_checksum=checksum(issued.refresh_token),
        application_id=grant.application_id,
        user_id=grant.user_id,
        consent_id=grant.consent_id,
        scope=grant.scope,
        cnf=_for_life(cnf),
    )
    return insertion(row, name="refresh")


def _for_life(cnf: Mapping[str, str]) -> dict[str, str]:
    """A key binds the refresh token; a certificate, which is renewed, does not (RFC 8705, 7.1)."""
    return {"jkt": cnf["jkt"]} if "jkt" in cnf else {}


def _access_token(
    consent: Consent, application_id: int, issued: Issued, cnf: Mapping[str, str]
) -> AccessToken:
    return AccessToken(
        token_checksum=checksum(issued.access_token),
        application_id=application_id,
        user_id=consent.user_id,
        consent=consent,
        scope=issued.scope,
        expires=issued.now + timedelta(seconds=issued.seconds),
        cnf=dict(cnf),
    )
