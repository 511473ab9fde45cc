"""What staff see of payments, the refused ones too. Nothing can be changed here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.money import Money
from bank.access import permissions
from bank.privacy.masks import masked_tail, masked_words
from bank.site.role_bound_admin import RoleBoundAdmin
from payments import queries
from payments.models import IncomingPayment, Payment, PaymentBatch, RailTransfer, StandingOrder


@admin.register(Payment)
class PaymentAdmin(RoleBoundAdmin):
    """Payments and what became of them."""

    view_permission = permissions.PAYMENTS_READ_ANY
    fields = (
        "id", "kind", "original_id", "status", "reason_code", "refusal", "amount_text", "debtor_account_id",
        "creditor_account_id", "creditor", "reference", "end_to_end_id", "user", "consent_id",
        "batch_id", "batch_item", "posting_id", "created_at",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "status", "reason_code", "amount_text", "debtor_account_id", "created_at")
    list_filter = ("status", "kind", "currency")
    search_fields = ("end_to_end_id",)
    ordering = ("-id",)

    @admin.display(description=_("amount"))
    def amount_text(self, payment: Payment) -> str:
        """Return the amount."""
        return f"{Money(payment.amount, payment.currency)} {payment.currency}"

    @admin.display(description=_("outside creditor"))
    def creditor(self, payment: Payment) -> str:
        """Return the name and number of a creditor elsewhere, masked."""
        if not payment.creditor_iban:
            return "–"
        return f"{masked_words(payment.creditor_name)} {masked_tail(payment.creditor_iban)}"


@admin.register(PaymentBatch)
class PaymentBatchAdmin(RoleBoundAdmin):
    """Batches: what was announced, and what became of it."""

    view_permission = permissions.PAYMENTS_READ_ANY
    fields = (
        "id", "status", "mode", "debtor_account_id", "number_of_transactions", "control_sum_text", "sha256",
        "user", "announced_at", "executed_at",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "status", "mode", "number_of_transactions", "control_sum_text", "announced_at")
    list_filter = ("status", "mode")
    ordering = ("-id",)

    @admin.display(description=_("control sum"))
    def control_sum_text(self, batch: PaymentBatch) -> str:
        """Return the sum that was announced."""
        return f"{Money(batch.control_sum, batch.currency)} {batch.currency}"


@admin.register(RailTransfer)
class RailTransferAdmin(RoleBoundAdmin):
    """Payments on the rail, those nobody knows about first; above the list, how the rail does now."""

    view_permission = permissions.RAILS_READ
    change_list_template = "admin/payments/rail_transfers.html"
    fields = (
        "payment_id", "state", "tries", "next_try_at", "cancel_asked_at", "settled_on", "returned_on",
        "heard_at", "hold_id",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("payment_id", "state", "tries", "next_try_at", "heard_at", "settled_on")
    list_filter = ("state",)
    ordering = ("-payment_id",)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the breaker and what waits above the list."""
        return super().changelist_view(request, {**(extra_context or {}), "rail": queries.rail_health()})


@admin.register(IncomingPayment)
class IncomingPaymentAdmin(RoleBoundAdmin):
    """Payments from other banks, booked or returned."""

    view_permission = permissions.PAYMENTS_READ_ANY
    fields = (
        "id", "rail_id", "status", "reason_code", "amount_text", "account_id", "debtor", "reference",
        "end_to_end_id", "posting_id", "settled_on", "received_at", "returned_on",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "status", "reason_code", "amount_text", "account_id", "received_at", "returned_on")
    list_filter = ("status", "currency")
    ordering = ("-id",)

    @admin.display(description=_("amount"))
    def amount_text(self, incoming: IncomingPayment) -> str:
        """Return the amount."""
        return f"{Money(incoming.amount, incoming.currency)} {incoming.currency}"

    @admin.display(description=_("who paid"))
    def debtor(self, incoming: IncomingPayment) -> str:
        """Return the name and number of who paid, masked."""
        return f"{masked_words(incoming.debtor_name)} {masked_tail(incoming.debtor_iban)}"


@admin.register(StandingOrder)
class StandingOrderAdmin(RoleBoundAdmin):
    """Standing orders, and when each is due next."""

    view_permission = permissions.PAYMENTS_READ_ANY
    fields = (
        "id", "status", "amount_text", "debtor_account_id", "creditor_account_id", "frequency", "interval",
        "weekend", "starts_on", "ends_on", "next_due_on", "next_run_on", "user", "created_at", "ended_at",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "status", "amount_text", "debtor_account_id", "frequency", "next_run_on")
    list_filter = ("status", "frequency")
    ordering = ("-id",)

    @admin.display(description=_("amount"))
    def amount_text(self, order: StandingOrder) -> str:
        """Return the amount of each payment."""
        return f"{Money(order.amount, order.currency)} {order.currency}"
