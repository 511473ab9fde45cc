"""What staff see of customers: masked as the register says, and nothing to change."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from bank.access import permissions
from bank.privacy import register
from bank.privacy.masks import masked, masked_words
from bank.public_ids import decode
from bank.site.role_bound_admin import RoleBoundAdmin
from bank.site.signals import tell


@admin.register(Customer)
class CustomerAdmin(RoleBoundAdmin):
    """Customers, masked. To find one, type the whole e-mail address or the id."""

    view_permission = permissions.CUSTOMERS_READ
    fields = (
        "id",
        "masked_name",
        "masked_email",
        "masked_phone",
        "masked_birth_date",
        "masked_address",
        "kyc_status",
        "restricted",
        "unmask",
        "login",
        "created_at",
        "erased_at",
    )
    readonly_fields = fields
    list_display = ("id", "masked_name", "masked_email", "kyc_status", "created_at")
    list_filter = ("kyc_status",)
    list_select_related = ("user",)
    search_fields = ("id",)
    search_help_text = _("The whole e-mail address, or the customer's id")
    ordering = ("-id",)

    @admin.display(description=_("name"))
    def masked_name(self, customer: Customer) -> str:
        """Return the name with first letters only."""
        return masked_words(f"{customer.given_name or ''} {customer.family_name or ''}")

    @admin.display(description=_("e-mail"))
    def masked_email(self, customer: Customer) -> str:
        """Return the address with first letters only."""
        return as_registered(customer, "email")

    @admin.display(description=_("telephone"))
    def masked_phone(self, customer: Customer) -> str:
        """Return the last two digits only."""
        return as_registered(customer, "phone")

    @admin.display(description=_("date of birth"))
    def masked_birth_date(self, customer: Customer) -> str:
        """Return that there is one."""
        return as_registered(customer, "birth_date")

    @admin.display(description=_("address"))
    def masked_address(self, customer: Customer) -> str:
        """Return that there is one."""
        return as_registered(customer, "address")

    @admin.display(description=_("use restricted"))
    def restricted(self, customer: Customer) -> str:
        """Return since when and on which ground of Article 18 the person restricted the use of their data."""
        user = customer.user
        return (
            f"{user.restricted_at:%Y-%m-%d}, {user.restriction_ground}"
            if user and user.restricted_at
            else "–"
        )

    @admin.display(description=_("in clear"))
    def unmask(self, customer: Customer) -> str:
        """Lead to where one field is shown, for a purpose and a case."""
        return format_html(
            '<a href="{}">{}</a>', reverse("unmask-field", args=[customer.id]), _("See a field")
        )

    @admin.display(description=_("login"))
    def login(self, customer: Customer) -> str:
        """Return the login's name."""
        return str(customer.user) if customer.user else "–"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """Find by exact e-mail (blind index) or exact id; nothing else can be searched in ciphertext."""
        term = search_term.strip()
        if not term:
            return queryset, False
        matching = Q(email_index=term) | Q(id=term) if is_id("cus", term) else Q(email_index=term)
        return queryset.filter(matching), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show one customer, and record that it was looked at before it is shown."""
        customer = self.get_object(request, object_id)
        if customer is not None and self.has_view_permission(request, customer):
            tell(request, "customer.viewed", ("customer", customer.id))
        return super().change_view(request, object_id, form_url, extra_context)


def as_registered(customer: Customer, name: str) -> str:
    """Return a field as the register says that staff see it."""
    fields = {field.name: field for field in register.table("accounts.Customer").fields}
    return masked(getattr(customer, name), fields[name].mask)


def is_id(prefix: str, text: str) -> bool:
    """Say whether the text is a public id of this kind."""
    try:
        decode(prefix, text)
    except ValueError:
        return False
    return True
