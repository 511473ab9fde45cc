"""Who is to be paid: as an app writes it, and as the payer reads it."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts import rules
from accounts.account_numbers import grouped, is_here
from accounts.errors import AccountClosed, UnknownAccount
from accounts.money import CurrencyMismatch
from accounts.queries import Payee, find_payee, require_payee
from bank.wire.serializers import PublicIdField, StrictCharField, StrictSerializer
from oauth.models import User
from oauth.protocol.failures import InvalidAuthorizationDetails
from payments import queries


class OutsideDetail(StrictSerializer):
    """A payee at another bank."""

    name = StrictCharField(max_length=70)
    iban = StrictCharField(max_length=34)


class PayeeDetail(StrictSerializer):
    """Who is paid, from which account if the app may choose, and what is written with it."""

    type = StrictCharField(max_length=64)
    creditor_account = PublicIdField(prefix="acc", required=False)
    creditor_name = StrictCharField(max_length=70, required=False)
    creditor = OutsideDetail(required=False)
    debtor_account = PublicIdField(prefix="acc", required=False)
    reference = StrictCharField(max_length=140, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one creditor; its name belongs to an account here."""
        if ("creditor_account" in attrs) == ("creditor" in attrs):
            raise serializers.ValidationError({"creditor": ["Name one."]}, code="one_creditor")
        if "creditor_name" in attrs and "creditor" in attrs:
            raise serializers.ValidationError({"creditor_name": ["Name one."]}, code="one_creditor")
        return attrs


def payee_of(values: dict[str, Any], *, currency: str) -> dict[str, Any]:
    """Return the members about the payee, who is paid in a currency; raises InvalidAuthorizationDetails."""
    creditor = values.get("creditor_account")
    if creditor is not None:
        _require_payee(creditor, currency)
    if creditor is not None and creditor == values.get("debtor_account"):
        raise InvalidAuthorizationDetails("Debtor and creditor are the same account.")
    names = ("creditor_account", "creditor_name", "debtor_account")
    said: dict[str, Any] = {name: values[name] for name in names if name in values}
    if "creditor" in values:
        said["creditor"] = dict(values["creditor"])
    return {**said, "reference": values["reference"]}


def name_of(detail: dict[str, Any]) -> str:
    """Return what the payee is called."""
    name = detail["creditor"]["name"] if "creditor" in detail else detail.get("creditor_name", "")
    return name or _("An account at Harbour Bank")


def is_outside(detail: dict[str, Any]) -> bool:
    """Return whether the payee's account is at another bank: a number of this bank is paid inside it."""
    return "creditor" in detail and not is_here("".join(detail["creditor"]["iban"].split()))


def number_of(detail: dict[str, Any]) -> str:
    """Return the payee's account number: in groups of four, or masked for an account here."""
    if "creditor" in detail:
        return grouped(detail["creditor"]["iban"])
    payee = _here(detail, None)
    return rules.masked(payee.last4) if payee else ""


def warnings_about(detail: dict[str, Any], user: User) -> tuple[str, ...]:
    """Return what the payer should think about before paying this payee: the payee check, in words."""
    if "creditor" in detail:
        return (_("Harbour Bank cannot check a name at another bank. Check it with the payee."),)
    payee = _here(detail, user)
    if payee is None:
        return (_("This account no longer exists."),)
    if payee.is_payers_own:
        return ()
    said = [*_about_the_name(detail, payee)]
    if not queries.has_paid_before(user.id, detail["creditor_account"]):
        said.append(_("You have not paid this account before. Check with the payee if you are not sure."))
    return tuple(said)


def _require_payee(account_id: str, currency: str) -> None:
    try:
        require_payee(account_id, currency=currency)
    except UnknownAccount as error:
        raise InvalidAuthorizationDetails("There is no account to pay to under creditor_account.") from error
    except AccountClosed as error:
        raise InvalidAuthorizationDetails("The creditor_account is closed.") from error
    except CurrencyMismatch as error:
        raise InvalidAuthorizationDetails(f"The creditor_account is not in {currency}.") from error


def _about_the_name(detail: dict[str, Any], payee: Payee) -> list[str]:
    if payee.name_matches:
        return []
    if "creditor_name" in detail:
        return [_("The name is not that of the account’s holder. Somebody may want to deceive you.")]
    return [_("The app did not say whose account this is.")]


def _here(detail: dict[str, Any], user: User | None) -> Payee | None:
    return find_payee(
        detail["creditor_account"],
        called=detail.get("creditor_name", ""),
        payer_id=user.id if user else None,
    )
