"""The type `recurring_payment`: payments to one payee within limits, without asking again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.api.serializers import MoneySerializer
from accounts.authorization_details import NamesAccounts
from accounts.money import Money
from accounts.words import said
from bank.access import permissions as p
from bank.wire.serializers import StrictChoiceField, StrictDateTimeField, StrictSerializer
from oauth.authorization_details import Asked, Choice, read_fields
from oauth.models import Consent, User
from oauth.protocol.failures import InvalidAuthorizationDetails
from payments.authorization_details import debtor, payee
from payments.authorization_details.payee import PayeeDetail
from payments.rules import APPROVAL_SIGN_IN_SECONDS, money_in
from payments.rules.periods import PERIODS, first_limit

LONGEST_DAYS = 366
PERIOD_WORDS = {
    "day": gettext_lazy("day"),
    "week": gettext_lazy("week"),
    "fortnight": gettext_lazy("two weeks"),
    "month": gettext_lazy("month"),
    "half_year": gettext_lazy("half year"),
    "year": gettext_lazy("year"),
}


class LimitDetail(StrictSerializer):
    """What may be paid in each period, and whether periods begin with the calendar's or with the consent."""

    period = StrictChoiceField(choices=list(PERIODS))
    alignment = StrictChoiceField(choices=["calendar", "consent"])
    amount = MoneySerializer()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a fortnight of the calendar: no calendar knows where it begins."""
        if (attrs["period"], attrs["alignment"]) == ("fortnight", "calendar"):
            raise serializers.ValidationError({"alignment": ["Not known."]}, code="no_such_period")
        return attrs


class RecurringDetail(PayeeDetail):
    """What an app writes: the payee, the most in one payment, the most in each period, the end."""

    maximum_amount = MoneySerializer()
    limits = serializers.ListField(child=LimitDetail(), allow_empty=False, max_length=6)
    expires_at = StrictDateTimeField()


class RecurringPayment(NamesAccounts):
    """A consent to payments that the app makes by itself, within what the person saw."""

    name = "recurring_payment"
    kind: str = Consent.Kind.RECURRING
    may_add = frozenset({p.PAYMENTS_READ, p.CONSENTS_READ})
    freshest_sign_in_seconds: int | None = APPROVAL_SIGN_IN_SECONDS
    needs_second_factor = True

    def read(self, fields: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return the detail; raises InvalidAuthorizationDetails."""
        values = read_fields(RecurringDetail, fields)
        _check_amounts(values)
        if not now < values["expires_at"] <= now + timedelta(days=LONGEST_DAYS):
            raise InvalidAuthorizationDetails(f"expires_at must lie in the next {LONGEST_DAYS} days.")
        return {
            "type": self.name,
            **payee.payee_of(values, currency=values["maximum_amount"].currency),
            "maximum_amount": _written(values["maximum_amount"]),
            "limits": [{**limit, "amount": _written(limit["amount"])} for limit in values["limits"]],
            "expires_at": values["expires_at"].isoformat(),
            "starts_on": now.date().isoformat(),
        }

    def needs(self, detail: dict[str, Any]) -> frozenset[str]:
        """Return the permissions that a consent to this gives."""
        return frozenset({p.PAYMENTS_CREATE})

    def ask(self, detail: dict[str, Any], user: User) -> Asked:
        """Say the limits in words, the first short period too."""
        most = said(money_in(detail["maximum_amount"]))
        facts = [(_("To"), payee.name_of(detail)), (_("At most"), _("%(most)s each time") % {"most": most})]
        facts += [(_("And at most"), _limit_in_words(detail, limit)) for limit in detail["limits"]]
        facts += [(_("Reference"), detail["reference"])] if detail["reference"] else []
        return Asked(
            title=_("Let this app pay without asking you again?"),
            amount_text=_("Up to %(most)s") % {"most": most},
            facts=tuple(facts),
            account_number=payee.number_of(detail),
            choose=_("Pay from"),
            warnings=payee.warnings_about(detail, user),
            approve=_("Allow these payments"),
            refuse=_("Don’t allow"),
            consequence=_("You can stop this at any time in Connected apps."),
        )

    def options(self, detail: dict[str, Any], user: User) -> Sequence[Choice]:
        """Return the accounts in the currency of the payments."""
        return debtor.options(detail, user, currency=detail["maximum_amount"]["currency"], amount=None)

    def granted(self, detail: dict[str, Any], chosen: Sequence[str]) -> dict[str, Any]:
        """Return what was asked for, and the account that pays."""
        return {**detail, "debtor_account": chosen[0]}

    def expires_at(self, detail: dict[str, Any], begins_at: datetime) -> datetime:
        """Return the end that was asked for."""
        return datetime.fromisoformat(detail["expires_at"])


def _check_amounts(values: dict[str, Any]) -> None:
    most: Money = values["maximum_amount"]
    limits: list[dict[str, Any]] = values["limits"]
    if any(money.minor <= 0 for money in [most, *(limit["amount"] for limit in limits)]):
        raise InvalidAuthorizationDetails("Each amount is more than zero.")
    if any(limit["amount"].currency != most.currency for limit in limits):
        raise InvalidAuthorizationDetails("All amounts are in one currency.")
    named = [(limit["period"], limit["alignment"]) for limit in limits]
    if len(named) != len(set(named)):
        raise InvalidAuthorizationDetails("Each period is limited once.")


def _limit_in_words(detail: dict[str, Any], limit: dict[str, Any]) -> str:
    words = {"amount": said(money_in(limit["amount"])), "period": PERIOD_WORDS[limit["period"]]}
    whole = _("%(amount)s in each %(period)s") % words
    first = first_limit(limit, detail["starts_on"])
    if first == money_in(limit["amount"]):
        return whole
    return _("%(whole)s; %(first)s in the first, which has begun already") % {
        "whole": whole,
        "first": said(first),
    }


def _written(money: Money) -> dict[str, str]:
    return {"amount": str(money), "currency": money.currency}
