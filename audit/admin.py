"""The audit viewer: reads the sealed log by the reader's own database login. Reading is recorded, too."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit import merkle, queries
from audit.models import Leaf
from bank.access import permissions
from bank.site.role_bound_admin import RoleBoundAdmin
from bank.site.signals import tell


@admin.register(Leaf)
class LeafAdmin(RoleBoundAdmin):
    """Sealed events, the newest first."""

    view_permission = permissions.AUDIT_READ
    fields = (
        "index",
        "event_id",
        "recorded_at",
        "kind",
        "outcome",
        "subject",
        "target",
        "hash_text",
        "body_text",
    )
    readonly_fields = fields
    list_display = ("index", "recorded_at", "kind", "outcome", "target", "event_id")
    list_filter = ("outcome",)
    search_fields = ("=kind", "=target", "=subject")
    search_help_text = _("A whole kind, target or subject, such as payment.completed or payment:pay_…")
    ordering = ("-index",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Leaf]:
        """Read by the reader's login: the application's own may not."""
        return Leaf.objects.using("reader").order_by("-index")

    @admin.display(description=_("hash"))
    def hash_text(self, leaf: Leaf) -> str:
        """Return the leaf's hash in hex."""
        return bytes(leaf.hash).hex()

    @admin.display(description=_("check proof"))
    def proof(self, leaf: Leaf) -> SafeString:
        """Hash these very bytes, walk the proof to the newest signed root, and say whether it holds."""
        return _verdict(leaf)

    @admin.display(description=_("exact content"))
    def body_text(self, leaf: Leaf) -> SafeString:
        """Return the leaf's bytes, indented to be read."""
        return format_html('<pre class="audit">{}</pre>', _indented(bytes(leaf.body)))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the log, and record that it was read before it is shown."""
        if self.has_view_permission(request):
            tell(request, "audit.read", ("audit", "log"))
        return super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show one event, and record that it was read before it is shown."""
        if self.has_view_permission(request):
            tell(request, "audit.read", ("audit", object_id[:40]))
        return super().change_view(request, object_id, form_url, extra_context)


def _verdict(leaf: Leaf) -> SafeString:
    head = queries.get_checkpoint()
    hashes = queries.inclusion_of(leaf.index, head.size)
    computed = merkle.leaf_hash(bytes(leaf.body))
    holds = merkle.verify_inclusion(leaf.index, head.size, computed, hashes, bytes(head.root))
    sign, said = (
        ("✓", _("This event is in the log, unchanged."))
        if holds
        else ("✗", _("These bytes are NOT what was sealed."))
    )
    way = _("%(steps)d hashes lead from it to the root of the signed head of %(size)d events.")
    return format_html("{} {} {}", sign, said, way % {"steps": len(hashes), "size": head.size})


def _indented(body: bytes) -> str:
    """Return canonical JSON as lines; what is no JSON is shown as it is (it is sealed all the same)."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body.decode("utf-8", "replace")
