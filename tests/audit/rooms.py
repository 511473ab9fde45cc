"""The log's own views behind the real doors; who calls is what the Authorization header says (JSON)."""

import json
from typing import Any

from django.urls import path
from rest_framework.authentication import BaseAuthentication
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.actor import Actor
from audit.api import views
from bank.access import permissions
from bank.access.gate import page_for


class NamedCaller(BaseAuthentication):
    """Believes the actor in the Authorization header."""

    def authenticate(self, request: Any) -> Any:
        said = request.META.get("HTTP_AUTHORIZATION")
        if not said:
            return None
        fields = json.loads(said)
        held = frozenset(fields.pop("permissions", ()))
        return fields.get("user_id"), Actor(**{"type": "customer", **fields}, permissions=held)

    def authenticate_header(self, request: Any) -> str:
        return 'DPoP algs="ES256"'


class Proof(views.ProofView):
    authentication_classes = [NamedCaller]


class Receipt(views.ReceiptView):
    authentication_classes = [NamedCaller]


class Events(views.EventsView):
    authentication_classes = [NamedCaller]


class Vault(APIView):
    """Something hardly anybody may see."""

    authentication_classes = [NamedCaller]
    permission = permissions.USERS_MANAGE

    def get(self, request: Any) -> Response:
        return Response({"gold": True})


urlpatterns = [
    path("v1/audit/checkpoint", views.CheckpointView.as_view()),
    path("v1/audit/policy", views.PolicyView.as_view()),
    path("v1/audit/events/<uuid:event_id>/receipt", Receipt.as_view()),
    path("v1/audit/consistency", views.ConsistencyView.as_view()),
    path("v1/audit/events", Events.as_view()),
    path("v1/audit/events/<uuid:event_id>/proof", Proof.as_view()),
    path("v1/vault", Vault.as_view()),
    path("vault/", page_for(permissions.USERS_MANAGE)(lambda request: None)),  # type: ignore[arg-type,return-value]
]
