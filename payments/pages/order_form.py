"""The form of a payment on the bank's own pages, and what of it is shown, signed and carried along."""

from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.account_numbers import read_iban
from accounts.money import InvalidAmount, Money
from accounts.queries import find_account_by_iban, list_accounts
from accounts.rules import masked
from accounts.words import said
from audit.actor import Actor
from bank.access.permissions import ACCOUNTS_READ_ANY
from bank.privacy.card_numbers import refuse_card_numbers
from oauth.actors import without
from payments.queries.terms import fee_for
from payments.rules import Outside, PaymentOrder
from payments.words import grouped


class OrderForm(forms.Form):
    """From which account, how much, to whom, and what for."""

    debtor_account = forms.ChoiceField(label=_("From"))
    payee_name = forms.CharField(
        label=_("Name of the payee"), max_length=70, validators=[refuse_card_numbers]
    )
    payee_iban = forms.CharField(label=_("Account number of the payee (IBAN)"), max_length=42)
    amount = forms.CharField(label=_("Amount"), max_length=20, help_text=_("Such as 12.50"))
    reference = forms.CharField(
        label=_("Reference"), max_length=140, required=False, validators=[refuse_card_numbers]
    )

    def __init__(self, data: Any, *, owned_by: Actor) -> None:
        super().__init__(data)
        self.accounts = {
            account.id: account for account in list_accounts(owned_by=without(owned_by, ACCOUNTS_READ_ANY))
        }
        chosen: Any = self.fields["debtor_account"]
        chosen.choices = [
            (account.id, f"{account.name} {masked(account.last4)} ({account.currency})")
            for account in self.accounts.values()
        ]
        self.fields["amount"].widget.attrs.update(inputmode="decimal", autocomplete="off")
        self.fields["payee_iban"].widget.attrs.update(autocapitalize="characters", spellcheck="false")

    def clean_payee_iban(self) -> str:
        """Return a sound IBAN without its spaces; raises ValidationError."""
        try:
            return read_iban(self.cleaned_data["payee_iban"])
        except ValueError as error:
            raise forms.ValidationError(_("This is no account number. Check each character.")) from error

    def clean(self) -> dict[str, Any]:
        """Read the amount in the currency of the account; adds an error to `amount`."""
        cleaned = super().clean() or {}
        account = self.accounts.get(cleaned.get("debtor_account", ""))
        if account and "amount" in cleaned:
            try:
                cleaned["money"] = Money.parse(cleaned["amount"], account.currency)
            except InvalidAmount:
                self.add_error("amount", _("Write an amount such as 12.50, in the account’s currency."))
        if "money" in cleaned and cleaned["money"].minor <= 0:
            self.add_error("amount", _("The amount is more than zero."))
        return cleaned

    def order(self) -> PaymentOrder:
        """Return the valid form as an order; an account number of this bank is paid inside it."""
        told = self.cleaned_data
        here = self._account_here
        return PaymentOrder(
            debtor_account=told["debtor_account"],
            amount=told["money"],
            creditor_account=here,
            creditor=None if here else Outside(told["payee_name"], told["payee_iban"]),
            reference=told["reference"],
        )

    @cached_property
    def _account_here(self) -> str | None:
        return find_account_by_iban(self.cleaned_data["payee_iban"])

    def facts(self) -> dict[str, str]:
        """Return what the second factor is bound to: all of it (PSD2 RTS, Article 5: amount and payee)."""
        told = self.cleaned_data
        return {
            "what": "payment",
            "debtor_account": told["debtor_account"],
            "payee_name": told["payee_name"],
            "payee_iban": told["payee_iban"],
            "amount": str(told["money"]),
            "currency": told["money"].currency,
            "reference": told["reference"],
        }

    def carried(self) -> dict[str, str]:
        """Return the hidden fields that bring the order back; any change of them changes the facts."""
        return {name: self.cleaned_data[name] for name in self.fields}

    def shown(self) -> dict[str, str]:
        """Return the order in words."""
        told, account = self.cleaned_data, self.accounts[self.cleaned_data["debtor_account"]]
        fee = fee_for(told["money"], "internal") if self._account_here else None
        return {
            "payee": told["payee_name"],
            "iban": grouped(told["payee_iban"]),
            "account": f"{account.name} {masked(account.last4)}",
            "reference": told["reference"],
            "fee": said(fee) if fee and fee.minor else "",
        }
