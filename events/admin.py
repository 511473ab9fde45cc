"""What staff see of webhooks: where apps are told, and what waits or failed. Changed by the apps alone."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from bank.access import permissions
from bank.site.role_bound_admin import RoleBoundAdmin
from events.models import WebhookDelivery, WebhookEndpoint


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(RoleBoundAdmin):
    """Endpoints and how they do; their secrets are nobody's to see."""

    view_permission = permissions.CLIENTS_READ
    fields = (
        "id", "client", "url", "description", "event_types", "status", "disabled_reason", "failures",
        "failing_since", "previous_secret_until", "created_at",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "client", "url", "status", "disabled_reason", "failures", "failing_since")
    list_filter = ("status",)
    list_select_related = ("client",)
    ordering = ("-failures", "id")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(RoleBoundAdmin):
    """Deliveries, the newest first; what was sent is the developer's to read."""

    view_permission = permissions.CLIENTS_READ
    fields = (
        "id", "event_type", "number", "endpoint_id", "status", "attempts", "next_at", "created_at",
        "ended_at",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "event_type", "endpoint_id", "status", "attempts", "next_at", "ended_at")
    list_filter = ("status",)
    list_select_related = ("event",)
    ordering = ("-id",)

    @admin.display(description=_("event"))
    def event_type(self, delivery: WebhookDelivery) -> str:
        """Return what the app is told of."""
        return delivery.event.type

    @admin.display(description=_("number"))
    def number(self, delivery: WebhookDelivery) -> int:
        """Return the event's number in the app's feed."""
        return delivery.event.number
