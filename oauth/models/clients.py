"""The apps that may ask for tokens."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from oauth.dot_models import AbstractApplication, ClientSecretField

NO_AUTHENTICATION = "none"
PRIVATE_KEY_JWT = "private_key_jwt"
SUBJECTS = (
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)
# What staff look at before an app goes live; its keys it changes by itself.
REVIEWED = ("name", "redirect_uris", "scopes", "organisation", "purpose", "homepage", "privacy_notice")
_STATUS_CHANGES = pgtrigger.UpdateOf("status")  # type: ignore[no-untyped-call]
# At the end of a transaction an app in review has a request that waits: staff see it, or nobody would.
_ASKED_FOR = """
    IF EXISTS (SELECT 1 FROM public.oauth_client c WHERE c.id = NEW.id AND c.status = 'in_review')
       AND NOT EXISTS (SELECT 1 FROM public.approvals_approval a WHERE a.operation = 'client.live'
                          AND a.target_id = NEW.client_id AND a.status = 'PENDING') THEN
        RAISE EXCEPTION 'nobody asked for the review of %', NEW.client_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'client_in_review_is_asked_for';
    END IF;
    RETURN NULL;
"""
# What goes live is what this very transaction approved, by somebody else than its developer.
_APPROVED = """
    IF NOT public.approved_in_this_transaction(ARRAY['client.live'], NEW.client_id, jsonb_build_object(
            'status', 'live', 'name', NEW.name, 'redirect_uris', NEW.redirect_uris, 'scopes', NEW.scopes))
       OR EXISTS (SELECT 1 FROM public.approvals_approval a WHERE a.operation = 'client.live'
                     AND a.target_id = NEW.client_id AND a.status = 'APPROVED'
                     AND a.decided_at = now() + public.bank_ahead() AND a.decided_by_id = NEW.user_id) THEN
        RAISE EXCEPTION 'nobody else approved that % goes live', NEW.client_id
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'client_goes_live_by_approval';
    END IF;
    RETURN NEW;
"""


class Client(AbstractApplication):  # type: ignore[misc]
    """An app that may ask for tokens (RFC 6749 client), registered with the keys it authenticates with.

    Fields carry the names of the client metadata registry (RFC 7591, RFC 9126, RFC 9449) where there is one.
    """

    class Status(models.TextChoices):
        """The life of an app. In the sandbox each that is switched on works; in production, live ones."""

        SANDBOX = "sandbox"
        IN_REVIEW = "in_review"
        LIVE = "live"
        SUSPENDED = "suspended"
        CLOSED = "closed", "Deregistered by its owner"

    client_secret = ClientSecretField(max_length=255, blank=True, default="", editable=False)
    hash_client_secret = models.BooleanField(default=False, editable=False)
    token_endpoint_auth_method = models.CharField(max_length=32, default=PRIVATE_KEY_JWT)
    client_jwks = models.JSONField(default=dict, blank=True)
    client_jwks_uri = models.URLField(blank=True, default="")
    require_pushed_authorization_requests = models.BooleanField(default=True)
    dpop_bound_access_tokens = models.BooleanField(default=True)
    tls_client_certificate_bound_access_tokens = models.BooleanField(default=False)
    # One of these says whose certificate a client with `tls_client_auth` shows (RFC 8705, 2.1.2).
    tls_client_auth_subject_dn = models.CharField(max_length=512, blank=True, default="")
    tls_client_auth_san_dns = models.CharField(max_length=255, blank=True, default="")
    tls_client_auth_san_uri = models.CharField(max_length=512, blank=True, default="")
    tls_client_auth_san_ip = models.CharField(max_length=45, blank=True, default="")
    tls_client_auth_san_email = models.CharField(max_length=254, blank=True, default="")
    id_token_signed_response_alg = models.CharField(max_length=8, default="PS256")
    scopes = ArrayField(models.CharField(max_length=64), default=list)
    authorization_details_types = ArrayField(  # RFC 9396, 10; none named: all that its scopes allow
        models.CharField(max_length=64), default=list, blank=True
    )
    first_party = models.BooleanField(default=False)
    organisation = models.CharField(max_length=120, blank=True, default="")
    purpose = models.CharField(max_length=200, blank=True, default="")
    homepage = models.URLField(blank=True, default="")
    privacy_notice = models.URLField(blank=True, default="")
    backchannel_logout_uri = models.URLField(blank=True, default="")
    is_active = models.BooleanField(default=True)

    # Its life (oauth/operations/client_life.py); `user` is its developer's login, if it has one.
    status = models.CharField(max_length=16, choices=Status, default=Status.SANDBOX)
    review_note = models.CharField(max_length=300, blank=True, default="")

    # Dynamic registration (RFC 7591, RFC 7592)
    software_id = models.CharField(max_length=255, blank=True, default="")
    software_version = models.CharField(max_length=64, blank=True, default="")
    registration_token_checksum = models.CharField(max_length=64, blank=True, default="", editable=False)
    initial_access_token = models.ForeignKey(
        "oauth.InitialAccessToken", null=True, on_delete=models.PROTECT, related_name="clients"
    )

    # Message signing, by policy of the app (RFC 9101, JARM, RFC 9701, RFC 9421)
    require_signed_request_object = models.BooleanField(default=False)
    request_object_signing_alg = models.CharField(max_length=8, blank=True, default="")
    authorization_signed_response_alg = models.CharField(max_length=8, blank=True, default="")
    introspection_signed_response_alg = models.CharField(max_length=8, blank=True, default="")
    require_http_message_signatures = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Client"]]

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="client_status_is_known",
                condition=Q(status__in=["sandbox", "in_review", "live", "suspended", "closed"]),
            ),
            models.CheckConstraint(
                name="client_that_ended_is_switched_off",
                condition=~Q(status__in=["suspended", "closed"]) | Q(is_active=False),
            ),
            models.CheckConstraint(
                name="client_keys_stand_in_one_place", condition=Q(client_jwks_uri="") | Q(client_jwks={})
            ),
            # FAPI 2.0, 5.3.2.1: a token is bound to a key or to a certificate, the explorer's to none.
            models.CheckConstraint(
                name="client_binds_its_tokens_in_one_way",
                condition=Q(dpop_bound_access_tokens=True, tls_client_certificate_bound_access_tokens=False)
                | Q(dpop_bound_access_tokens=False, tls_client_certificate_bound_access_tokens=True)
                | Q(
                    token_endpoint_auth_method=NO_AUTHENTICATION,
                    dpop_bound_access_tokens=False,
                    tls_client_certificate_bound_access_tokens=False,
                ),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="client_status_moves_on",
                field="status",
                transitions=[
                    ("sandbox", "in_review"),
                    ("in_review", "live"),
                    ("in_review", "sandbox"),
                    *((status, "suspended") for status in ("sandbox", "in_review", "live")),
                    ("suspended", "sandbox"),
                    *((status, "closed") for status in ("sandbox", "in_review", "live", "suspended")),
                ],
            ),
            pgtrigger.Trigger(
                name="client_in_review_is_asked_for",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | _STATUS_CHANGES,
                condition=pgtrigger.Q(new__status="in_review"),
                timing=pgtrigger.Deferred,
                func=_ASKED_FOR,
            ),
            pgtrigger.Trigger(
                name="client_goes_live_by_approval",
                when=pgtrigger.Before,
                operation=_STATUS_CHANGES,
                condition=pgtrigger.Q(new__status="live") & ~pgtrigger.Q(old__status="live"),
                func=_APPROVED,
            ),
        ]

    def is_usable(self, request: object) -> bool:
        """Return whether the app may do anything at all now."""
        return self.is_active

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Return whether a redirect URI is registered, character by character (RFC 9700, 2.1)."""
        return uri in self.redirect_uris.split()

    @property
    def certificate_subject(self) -> dict[str, str]:
        """The registered `tls_client_auth_*` metadata that is not empty."""
        return {name: value for name in SUBJECTS if (value := getattr(self, name))}

    @property
    def works_here(self) -> bool:
        """Whether the app may do anything in this bank: in production, only once staff let it."""
        return self.is_active and (settings.SANDBOX or self.status == self.Status.LIVE)

    @property
    def is_confidential(self) -> bool:
        """Whether the app authenticates itself; every app does but the explorer of the sandbox."""
        return self.token_endpoint_auth_method != NO_AUTHENTICATION
