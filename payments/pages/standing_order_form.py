"""The form of a standing order, or of a payment on a later day."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.errors import AccountClosed, SameAccount, UnknownAccount
from accounts.money import CurrencyMismatch
from audit.actor import Actor
from bank import clock
from bank.errors import BankError
from bank.language import in_words
from bank.wire.form_fields import DayField
from payments.errors import AmountOverLimit, NeverDue, NoRail, NotAllowedToPay
from payments.operations import NewStandingOrder, check_standing_order
from payments.pages.paying_form import PayingForm
from payments.pages.standing_order_words import WEEKENDS, how_often
from payments.rules import due_dates

PREVIEWED = 4
FREQUENCIES = (("once", _("Once")), ("week", _("Weekly")), ("month", _("Monthly")), ("year", _("Yearly")))
# Beside which field an error of the bank stands.
FIELD_OF: dict[type[BankError], str] = {
    AccountClosed: "debtor_account",
    NotAllowedToPay: "debtor_account",
    UnknownAccount: "payee_iban",
    SameAccount: "payee_iban",
    CurrencyMismatch: "payee_iban",
    NoRail: "payee_iban",
    AmountOverLimit: "amount",
    NeverDue: "starts_on",
}


class StandingOrderForm(PayingForm):
    """The same payment again and again, or once on a later day."""

    frequency = forms.ChoiceField(label=_("How often"), choices=FREQUENCIES, initial="month")
    interval = forms.IntegerField(
        label=_("Every how many weeks, months or years"),
        help_text=_("1 is each of them, 2 every second one, 12 at most."),
        min_value=1,
        max_value=12,
        initial=1,
        required=False,
    )
    starts_on = DayField(label=_("First on"))
    ends_on = DayField(label=_("Last on"), required=False, help_text=_("Leave it empty for no end."))
    weekend = forms.ChoiceField(label=_("When the day is on a weekend"), choices=WEEKENDS)

    def clean(self) -> dict[str, Any]:
        """Read a single payment as every first time, whatever else stands there."""
        cleaned = super().clean() or {}
        if cleaned.get("frequency") == "once" or cleaned.get("interval") is None:
            cleaned["interval"] = 1
        return cleaned

    def is_possible(self, *, by: Actor) -> bool:
        """Ask the bank whether it would keep this order; what speaks against it stands beside its field."""
        try:
            check_standing_order(self.wanted(), by=by)
        except tuple(FIELD_OF) as error:
            self.add_error(self._field_of(error), in_words(error))
        return not self.errors

    def _field_of(self, error: BankError) -> str:
        """The account that is closed is the payer's, or else the payee's."""
        is_open = self.accounts[self.cleaned_data["debtor_account"]].status != "CLOSED"
        return "payee_iban" if isinstance(error, AccountClosed) and is_open else FIELD_OF[type(error)]

    def wanted(self) -> NewStandingOrder:
        """Return the valid form as an order."""
        return NewStandingOrder(self.order(), self.rule())

    def rule(self) -> due_dates.Rule:
        """Return when it is due."""
        told = self.cleaned_data
        return due_dates.Rule(
            told["frequency"], told["interval"], told["starts_on"], told["ends_on"], told["weekend"]
        )

    def facts(self) -> dict[str, str]:
        """Return what the second factor is bound to."""
        return {"what": "standing_order", **super().facts()}

    def shown(self) -> dict[str, Any]:
        """Return the order in words, with the first days it is paid on."""
        rule, today = self.rule(), due_dates.bank_day(clock.now())
        due = due_dates.next_due(rule, today, count=PREVIEWED + 1)
        return {
            **super().shown(),
            "how_often": how_often(rule.frequency, rule.interval),
            "ends_on": rule.ends_on,
            "days": [(day, max(today, due_dates.paid_on(rule, day))) for day in due[:PREVIEWED]],
            "goes_on": len(due) > PREVIEWED,
        }
