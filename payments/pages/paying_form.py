"""What every order on the bank's own pages asks for, and how it is signed and carried along."""

from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.account_numbers import grouped, read_iban
from accounts.money import InvalidAmount, Money
from accounts.queries import find_account_by_iban, list_accounts
from accounts.rules import masked
from accounts.words import said, typed
from audit.actor import Actor
from bank.access.permissions import ACCOUNTS_READ_ANY
from bank.wire.form_fields import FreeTextField
from oauth.actors import without
from payments.pages.payee_name_field import PayeeNameField
from payments.queries.terms import fee_for
from payments.rules import Outside, PaymentOrder


def read_amount(text: str, currency: str) -> Money:
    """Return what somebody typed as money; raises ValidationError."""
    try:
        return Money.parse(typed(text), currency)
    except InvalidAmount as error:
        words = _("Write an amount such as 12.50, in the account’s currency.")
        raise forms.ValidationError(words) from error


class AccountsForm(forms.Form):
    """A form with `debtor_account`, one of the person's own."""

    def __init__(self, data: Any, *, owned_by: Actor) -> None:
        super().__init__(data)
        self.accounts = {
            account.id: account for account in list_accounts(owned_by=without(owned_by, ACCOUNTS_READ_ANY))
        }
        self.offer("debtor_account")

    def offer(self, field: str) -> None:
        """Let a field choose among the person's accounts."""
        chosen: Any = self.fields[field]
        chosen.choices = [
            (account.id, f"{account.name} {masked(account.last4)} ({account.currency})")
            for account in self.accounts.values()
        ]

    def own_words(self, account_id: str) -> str:
        """Return one of the person's accounts in words."""
        account = self.accounts[account_id]
        return f"{account.name} {masked(account.last4)}"

    def carried(self) -> dict[str, str]:
        """Return the hidden fields that bring a valid form back; any change of them changes the facts."""
        told = self.cleaned_data
        return {name: "" if told[name] is None else str(told[name]) for name in self.fields}


class PayingForm(AccountsForm):
    """From which account, to whom and to which number, how much, and what for."""

    debtor_account = forms.ChoiceField(label=_("From"))
    payee_name = PayeeNameField(label=_("Name of the payee"))
    payee_iban = forms.CharField(label=_("Account number of the payee (IBAN)"), max_length=42)
    amount = forms.CharField(label=_("Amount"), max_length=20, help_text=_("Such as 12.50"))
    reference = FreeTextField(label=_("Reference"), required=False)

    def __init__(self, data: Any, *, owned_by: Actor) -> None:
        super().__init__(data, owned_by=owned_by)
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
                cleaned["money"] = read_amount(cleaned["amount"], account.currency)
            except forms.ValidationError as error:
                self.add_error("amount", error)
        if "money" in cleaned and cleaned["money"].minor <= 0:
            self.add_error("amount", _("The amount is more than zero."))
        return cleaned

    @cached_property
    def account_here(self) -> str | None:
        """The id of the payee's account, where it is one of this bank."""
        return find_account_by_iban(self.cleaned_data["payee_iban"])

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
        """Return what the second factor is bound to: all of it (PSD2 RTS, Article 5: amount and payee)."""
        money = self.cleaned_data["money"]
        return {**self.carried(), "amount": str(money), "currency": money.currency}

    def shown(self) -> dict[str, Any]:
        """Return the order in words, with its fee."""
        told = self.cleaned_data
        fee = fee_for(told["money"], "internal" if self.account_here else "external")
        return {
            "payee": told["payee_name"],
            "fee": said(fee) if fee.minor else "",
            "iban": grouped(told["payee_iban"]),
            "account": self.own_words(told["debtor_account"]),
            "reference": told["reference"],
        }
