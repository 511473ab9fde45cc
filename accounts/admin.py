"""What staff see of accounts and entries: masked, and nothing to change."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.customer_admin import is_id
from accounts.models import Account, AccountHolder, Entry, Hold, Statement
from accounts.money import Money
from approvals.operations import request_approval
from bank import clock
from bank.access import permissions
from bank.errors import BankError
from bank.privacy.masks import masked_tail
from bank.site.role_bound_admin import RoleBoundAdmin
from oauth.actors import actor_for_session


class HolderInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who holds the account, by customer id."""

    model = AccountHolder
    fields = readonly_fields = ("customer_id", "role")
    can_delete = False
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(permissions.ACCOUNTS_READ_ANY)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Account)
class AccountAdmin(RoleBoundAdmin):
    """Accounts and what they hold."""

    view_permission = permissions.ACCOUNTS_READ_ANY
    fields = (
        "id", "name", "kind", "status", "number", "booked_text", "held_text", "overdraft_text", "last_seq",
        "opened_at", "closed_at", "version",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "name", "number", "kind", "status", "booked_text")
    list_filter = ("kind", "status", "currency")
    search_fields = ("last4",)
    search_help_text = _("The last four characters of the number, or the account's id")
    ordering = ("-id",)
    inlines: ClassVar = [HolderInline]
    actions = ("ask_to_freeze", "ask_to_unfreeze")

    def has_freeze_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may ask for it; somebody else decides."""
        return self._holds(request, permissions.ACCOUNTS_FREEZE)

    @admin.action(description=_("Ask that these be frozen"), permissions=["freeze"])
    def ask_to_freeze(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Ask for each; it is done once somebody else approves."""
        self._ask(request, queryset, "account.freeze")

    @admin.action(description=_("Ask that these be released"), permissions=["freeze"])
    def ask_to_unfreeze(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Ask for each; it is done once somebody else approves."""
        self._ask(request, queryset, "account.unfreeze")

    def _ask(self, request: HttpRequest, queryset: QuerySet[Account], operation: str) -> None:
        by = actor_for_session(request)
        for account_id in queryset.values_list("id", flat=True):
            try:
                request_approval(operation, account_id, payload={}, reason="Asked in the admin", by=by)
            except BankError as error:
                self.message_user(request, f"{account_id}: {error.title()}", messages.ERROR)
            else:
                self.message_user(
                    request, _("%s waits for somebody to approve it.") % account_id, messages.SUCCESS
                )

    @admin.display(description=_("number"))
    def number(self, account: Account) -> str:
        """Return the last four characters of the number."""
        return masked_tail(account.last4)

    @admin.display(description=_("booked"))
    def booked_text(self, account: Account) -> str:
        """Return the booked balance."""
        return _money(account.booked, account.currency)

    @admin.display(description=_("held"))
    def held_text(self, account: Account) -> str:
        """Return what is set aside."""
        return _money(account.held, account.currency)

    @admin.display(description=_("overdraft limit"))
    def overdraft_text(self, account: Account) -> str:
        """Return how far below zero it may go."""
        return _money(account.overdraft_limit, account.currency)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        """Find by id or by the last four characters."""
        term = search_term.strip()
        if is_id("acc", term):
            return queryset.filter(id=term), False
        return super().get_search_results(request, queryset, term)


@admin.register(Entry)
class EntryAdmin(RoleBoundAdmin):
    """The lines of the ledger. Nobody changes them, nor could: the database refuses."""

    view_permission = permissions.ACCOUNTS_READ_ANY
    fields = ("id", "account", "seq", "direction", "amount_text", "balance_text", "posting_id", "booked_at")
    readonly_fields = fields
    list_display = ("id", "account_id", "seq", "direction", "amount_text", "balance_text", "booked_at")
    list_filter = ("direction", "currency")
    ordering = ("-id",)

    @admin.display(description=_("amount"))
    def amount_text(self, entry: Entry) -> str:
        """Return the amount."""
        return _money(entry.amount, entry.currency)

    @admin.display(description=_("balance after"))
    def balance_text(self, entry: Entry) -> str:
        """Return the balance after this entry."""
        return _money(entry.balance_after, entry.currency)


@admin.register(Hold)
class HoldAdmin(RoleBoundAdmin):
    """Money set aside. Only who it was set aside for takes it or gives it up."""

    view_permission = permissions.ACCOUNTS_READ_ANY
    fields = (
        "id", "present", "account_id", "creditor_account_id", "amount_text", "captured_text", "reference",
        "placed_at", "expires_at", "ended_at", "version",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "present", "account_id", "amount_text", "placed_at", "expires_at")
    list_filter = ("status", "currency")
    ordering = ("-id",)

    @admin.display(description=_("state"))
    def present(self, hold: Hold) -> str:
        """Return the state by the clock."""
        return hold.present_status(clock.now())

    @admin.display(description=_("amount"))
    def amount_text(self, hold: Hold) -> str:
        """Return what was set aside."""
        return _money(hold.amount, hold.currency)

    @admin.display(description=_("captured"))
    def captured_text(self, hold: Hold) -> str:
        """Return what was taken of it."""
        return "–" if hold.captured is None else _money(hold.captured, hold.currency)


@admin.register(Statement)
class StatementAdmin(RoleBoundAdmin):
    """Statements and the digests of their forms."""

    view_permission = permissions.ACCOUNTS_READ_ANY
    fields = (
        "id", "account_id", "begins_on", "ends_on", "first_seq", "last_seq", "opening_text", "closing_text",
        "sha256", "made_at",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "account_id", "begins_on", "opening_text", "closing_text", "made_at")
    list_filter = ("begins_on", "currency")
    ordering = ("-id",)

    @admin.display(description=_("opening balance"))
    def opening_text(self, statement: Statement) -> str:
        """Return the balance it begins with."""
        return _money(statement.opening_balance, statement.currency)

    @admin.display(description=_("closing balance"))
    def closing_text(self, statement: Statement) -> str:
        """Return the balance it ends with."""
        return _money(statement.closing_balance, statement.currency)


def _money(minor: int, currency: str) -> str:
    return f"{Money(minor, currency)} {currency}"
