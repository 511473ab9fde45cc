"""The form of a payment on the bank's own pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.words import said
from bank.wire.form_fields import FreeTextField
from payments.pages.paying_form import PayingForm
from payments.queries.terms import fee_for
from payments.rules import Outside, PaymentOrder


class OrderForm(PayingForm):
    """A payment, now."""

    field_order = ("debtor_account", "payee_name")
    payee_name = FreeTextField(label=_("Name of the payee"), max_length=70)

    def order(self) -> PaymentOrder:
        """Return the valid form as an order; an account number of this bank is paid inside it."""
        told, here = self.cleaned_data, self.account_here
        return PaymentOrder(
            debtor_account=told["debtor_account"],
            amount=told["money"],
            creditor_account=here,
            creditor=None if here else Outside(told["payee_name"], told["payee_iban"]),
            reference=told["reference"],
        )

    def facts(self) -> dict[str, str]:
        """Return what the second factor is bound to."""
        return {"what": "payment", **super().facts()}

    def shown(self) -> dict[str, Any]:
        """Return the order in words, with its fee."""
        told = self.cleaned_data
        fee = fee_for(told["money"], "internal" if self.account_here else "external")
        return {
            **super().shown(),
            "payee": told["payee_name"],
            "fee": said(fee) if fee.minor else "",
        }
