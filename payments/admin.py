"""What staff see of payments, the refused ones too. Nothing is changed here: rates and fees are asked for."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.money import Money
from approvals.operations import request_approval
from bank.access import permissions
from bank.errors import BankError
from bank.privacy.masks import masked_tail, masked_words
from bank.site.role_bound_admin import RoleBoundAdmin
from oauth.actors import actor_for_session
from payments import queries
from payments.models import (
    FeeRule,
    FxQuote,
    FxRate,
    IncomingPayment,
    Payment,
    PaymentBatch,
    PaymentLimit,
    RailDay,
    RailTransfer,
    StandingOrder,
)
from payments.queries.terms import fee_taken
from payments.rules.terms import Fee


@admin.register(Payment)
class PaymentAdmin(RoleBoundAdmin):
    """Payments and what became of them."""

    view_permission = permissions.PAYMENTS_READ_ANY
    fields = (
        "id", "kind", "original_id", "status", "reason_code", "refusal", "amount_text", "debtor_account_id",
        "creditor_account_id", "creditor", "reference", "end_to_end_id", "user", "consent_id",
        "fee_text", "fx_quote_id", "credited_amount", "credited_currency", "batch_id", "batch_item",
        "posting_id", "created_at",
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

    @admin.display(description=_("fee"))
    def fee_text(self, payment: Payment) -> str:
        """Return what it cost besides the amount."""
        fee = fee_taken(payment)
        return f"{fee} {fee.currency}" if fee else "–"

    @admin.display(description=_("outside creditor"))
    def creditor(self, payment: Payment) -> str:
        """Return the name and number of a creditor elsewhere, masked."""
        return _masked_creditor(payment)


def _masked_creditor(order: Payment | StandingOrder) -> str:
    if not order.creditor_iban:
        return "–"
    return f"{masked_words(order.creditor_name)} {masked_tail(order.creditor_iban)}"


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


@admin.register(RailDay)
class RailDayAdmin(RoleBoundAdmin):
    """Days of the rail's book, compared with ours when they were over."""

    view_permission = permissions.RAILS_READ
    fields = ("day", "lines", "differences", "compared_at")
    readonly_fields = fields
    list_display = fields
    ordering = ("-day",)


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
        "id", "status", "amount_text", "debtor_account_id", "creditor_account_id", "creditor",
        "frequency", "interval", "weekend", "starts_on", "ends_on", "next_due_on", "next_run_on", "user",
        "created_at", "ended_at",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "status", "amount_text", "debtor_account_id", "frequency", "next_run_on")
    list_filter = ("status", "frequency")
    ordering = ("-id",)

    @admin.display(description=_("outside creditor"))
    def creditor(self, order: StandingOrder) -> str:
        """Return the name and number of a creditor elsewhere, masked."""
        return _masked_creditor(order)

    @admin.display(description=_("amount"))
    def amount_text(self, order: StandingOrder) -> str:
        """Return the amount of each payment."""
        return f"{Money(order.amount, order.currency)} {order.currency}"


class TermsAdmin(RoleBoundAdmin):
    """Figures that two of staff set: asked for here or at the API, done once somebody else approves."""

    view_permission = permissions.PAYMENTS_READ_ANY
    change_permission = permissions.TERMS_ASK
    add_permission = permissions.TERMS_ASK
    operation: ClassVar[str]

    def asked(self, obj: Any) -> tuple[str, dict[str, Any]]:
        """Return the target and the payload of what the form asks for."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Ask for what the form says; nothing is written yet."""
        obj.pk, payload = self.asked(obj)
        try:
            with transaction.atomic():
                by = actor_for_session(request)
                request_approval(self.operation, obj.pk, payload=payload, reason="Asked in the admin", by=by)
        except BankError as error:
            self.message_user(request, f"{obj.pk}: {error.title()}", messages.ERROR)
        else:
            words = _("%s waits for somebody to approve it.") % obj.pk
            self.message_user(request, words, messages.SUCCESS)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Say nothing: nothing was added."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Say nothing: nothing was changed."""

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go back to the list."""
        return self.response_post_save_add(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Go back to the list."""
        return self.response_post_save_change(request, obj)


@admin.register(FxRate)
class FxRateAdmin(TermsAdmin):
    """Rates of exchange."""

    operation = "fx.rate"
    fields = ("unit_currency", "quoted_currency", "rate")
    list_display = ("id", "rate", "changed_at", "version")
    ordering = ("id",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the pair of a rate that is there."""
        return ("unit_currency", "quoted_currency") if obj else ()

    def asked(self, obj: FxRate) -> tuple[str, dict[str, Any]]:
        """Return the pair and its rate."""
        return f"{obj.unit_currency}-{obj.quoted_currency}", {"rate": f"{obj.rate:f}"}


@admin.register(FeeRule)
class FeeRuleAdmin(TermsAdmin):
    """The schedule of fees, in minor units."""

    operation = "fee.set"
    fields = ("kind", "currency", "fixed", "basis_points", "least", "most")
    list_display = ("id", "fixed", "basis_points", "least", "most", "changed_at", "version")
    ordering = ("id",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep what a line is about."""
        return ("kind", "currency") if obj else ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the form's field; a fee needs no upper bound."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "most":
            field.required = False
        return field

    def asked(self, obj: FeeRule) -> tuple[str, dict[str, Any]]:
        """Return the line and its figures."""
        return f"{obj.kind}-{obj.currency}", {name: getattr(obj, name) for name in Fee._fields}


@admin.register(FxQuote)
class FxQuoteAdmin(RoleBoundAdmin):
    """Quotes, and whether they were used."""

    view_permission = permissions.PAYMENTS_READ_ANY
    fields = (
        "id", "user", "unit_currency", "quoted_currency", "rate", "sell", "buy", "rounding_difference",
        "created_at", "expires_at", "used_at",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "unit_currency", "quoted_currency", "rate", "created_at", "used_at")
    ordering = ("-id",)


@admin.register(PaymentLimit)
class PaymentLimitAdmin(RoleBoundAdmin):
    """Limits of accounts, in minor units; raised by approval."""

    view_permission = permissions.PAYMENTS_READ_ANY
    fields = ("account_id", "per_payment", "per_day", "spent", "spent_on", "version")
    readonly_fields = fields
    list_display = ("account_id", "per_payment", "per_day", "spent", "spent_on")
    ordering = ("account_id",)
