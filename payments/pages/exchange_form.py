"""The forms of an exchange between one's own accounts: what to exchange, and the quote that is accepted."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.money import Money
from accounts.words import said
from audit.actor import Actor
from bank import clock
from bank.language import in_words
from payments.errors import AmountOverLimit, NoRate, TooLittleToExchange
from payments.operations.exchange import quote_exchange
from payments.pages.paying_form import AccountsForm, read_amount
from payments.queries.terms import fee_for, get_quote
from payments.rules import PaymentOrder
from payments.words import said_rate

FIXED = (("sell", _("leaves the first account")), ("buy", _("arrives on the second account")))
# Beside which field an error of the bank stands.
FIELD_OF = {NoRate: "creditor_account", TooLittleToExchange: "amount", AmountOverLimit: "amount"}


class ExchangeForm(AccountsForm):
    """From which account to which, and the amount that is fixed on one side."""

    debtor_account = forms.ChoiceField(label=_("From"))
    creditor_account = forms.ChoiceField(label=_("To"))
    amount = forms.CharField(label=_("Amount"), max_length=20, help_text=_("Such as 12.50"))
    fixed = forms.ChoiceField(label=_("Exactly this amount"), choices=FIXED)

    def __init__(self, data: Any, *, owned_by: Actor) -> None:
        super().__init__(data, owned_by=owned_by)
        self.offer("creditor_account")
        self.initial["creditor_account"] = self._first_of_another_currency()
        self.fields["amount"].widget.attrs.update(inputmode="decimal", autocomplete="off")

    def _first_of_another_currency(self) -> str | None:
        currencies = {account.id: account.currency for account in self.accounts.values()}
        first = next(iter(currencies.values()), None)
        return next((account_id for account_id, currency in currencies.items() if currency != first), None)

    def clean(self) -> dict[str, Any]:
        """Read the amount in the currency of the account it is fixed on; adds an error to `amount`."""
        cleaned = super().clean() or {}
        side = "creditor_account" if cleaned.get("fixed") == "buy" else "debtor_account"
        if "amount" in cleaned and cleaned.get(side):
            try:
                cleaned["money"] = read_amount(cleaned["amount"], self.accounts[cleaned[side]].currency)
            except forms.ValidationError as error:
                self.add_error("amount", error)
        return cleaned

    def quoted(self, *, by: Actor) -> dict[str, str] | None:
        """Ask the bank to hold its rate; return what accepts it, or None with an error beside its field."""
        told = self.cleaned_data
        sold, bought = (self.accounts[told[side]].currency for side in ("debtor_account", "creditor_account"))
        try:
            quote = quote_exchange(told["money"], unit_currency=sold, quoted_currency=bought, by=by)
        except tuple(FIELD_OF) as error:
            self.add_error(FIELD_OF[type(error)], in_words(error))
            return None
        return {name: told[name] for name in ("debtor_account", "creditor_account")} | {"fx_quote": quote.id}


class QuoteForm(AccountsForm):
    """A quote, and the accounts it is for; its amounts are the quote's own."""

    debtor_account = forms.ChoiceField()
    creditor_account = forms.ChoiceField()
    fx_quote = forms.CharField(max_length=40)

    def __init__(self, data: Any, *, owned_by: Actor) -> None:
        super().__init__(data, owned_by=owned_by)
        self.offer("creditor_account")
        self.by = owned_by

    def clean(self) -> dict[str, Any]:
        """Find the quote; raises FxQuoteNotFound for somebody else's."""
        cleaned = super().clean() or {}
        cleaned["quote"] = get_quote(cleaned.get("fx_quote", ""), owned_by=self.by)
        return cleaned

    def order(self) -> PaymentOrder:
        """Return the payment that takes the quote."""
        told = self.cleaned_data
        return PaymentOrder(
            told["debtor_account"], self.sell, told["creditor_account"], fx_quote=told["quote"].id
        )

    @property
    def sell(self) -> Money:
        """What leaves the first account."""
        return Money(self.cleaned_data["quote"].sell, self.cleaned_data["quote"].unit_currency)

    @property
    def buy(self) -> Money:
        """What arrives on the second."""
        return Money(self.cleaned_data["quote"].buy, self.cleaned_data["quote"].quoted_currency)

    def facts(self) -> dict[str, str]:
        """Return what the second factor is bound to."""
        amounts = {"sell": f"{self.sell} {self.sell.currency}", "buy": f"{self.buy} {self.buy.currency}"}
        return {"what": "exchange", **self.carried(), **amounts}

    def shown(self) -> dict[str, Any]:
        """Return the quote in words, with the seconds it is still held."""
        told, quote = self.cleaned_data, self.cleaned_data["quote"]
        fee = fee_for(self.sell, "fx")
        left = int((quote.expires_at - clock.now()).total_seconds())
        return {
            "sell": said(self.sell),
            "buy": said(self.buy),
            "rate": said_rate(quote.unit_currency, quote.quoted_currency, Decimal(quote.rate)),
            "debtor": self.own_words(told["debtor_account"]),
            "creditor": self.own_words(told["creditor_account"]),
            "fee": said(fee) if fee.minor else "",
            "until": quote.expires_at,
            "seconds_left": max(0, left),
        }
