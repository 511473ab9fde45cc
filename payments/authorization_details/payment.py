"""The type `payment_initiation`: one payment, of exactly this amount to exactly this payee, once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.api.serializers import MoneySerializer
from accounts.authorization_details import NamesAccounts
from accounts.money import Money
from accounts.words import said
from bank.access import permissions as p
from bank.wire.serializers import StrictCharField
from oauth.authorization_details import Asked, Choice, read_fields
from oauth.models import Consent, User
from oauth.protocol.failures import InvalidAuthorizationDetails
from payments.authorization_details import debtor, exchange, payee
from payments.authorization_details.exchange import ExchangeDetail
from payments.authorization_details.payee import PayeeDetail
from payments.queries.terms import fee_for
from payments.rules import APPROVAL_SIGN_IN_SECONDS, money_in

APPROVAL_HOURS = 24  # to make the payment, and to read what became of it


class PaymentDetail(PayeeDetail):
    """What an app writes: the payment as it will make it, and what it may become in another currency."""

    amount = MoneySerializer()
    exchange = ExchangeDetail(required=False)
    end_to_end_id = StrictCharField(max_length=35, required=False, allow_blank=True, default="")


class PaymentInitiation(NamesAccounts):
    """A consent to one payment."""

    name = "payment_initiation"
    kind: str = Consent.Kind.PAYMENT
    may_add = frozenset({p.PAYMENTS_READ, p.CONSENTS_READ})
    freshest_sign_in_seconds: int | None = APPROVAL_SIGN_IN_SECONDS
    needs_second_factor = True

    def read(self, fields: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return the detail; raises InvalidAuthorizationDetails."""
        values = read_fields(PaymentDetail, fields)
        amount: Money = values["amount"]
        if amount.minor <= 0:
            raise InvalidAuthorizationDetails("The amount of a payment is more than zero.")
        exchanged = exchange.exchange_of(values)
        arrives_in = values["exchange"]["currency_of_transfer"] if exchanged else amount.currency
        return {
            "type": self.name,
            "amount": {"amount": str(amount), "currency": amount.currency},
            **payee.payee_of(values, currency=arrives_in),
            "end_to_end_id": values["end_to_end_id"],
            **exchanged,
        }

    def needs(self, detail: dict[str, Any]) -> frozenset[str]:
        """Return the right to pay, and to have a rate held where the payment is exchanged."""
        return frozenset({p.PAYMENTS_CREATE, *([p.FX_QUOTE] if "exchange" in detail else [])})

    def ask(self, detail: dict[str, Any], user: User) -> Asked:
        """Say the payment, the amount first."""
        money = money_in(detail["amount"])
        amount, fee, arriving = said(money), fee_for(money, _kind(detail)), exchange.arriving(detail)
        facts = [(_("To"), payee.name_of(detail)), *exchange.facts(detail, arriving)]
        facts += [(_("Reference"), detail["reference"])] if detail["reference"] else []
        facts += [(_("Fee"), said(fee))] if fee.minor else []
        facts += [(_("When"), _("Now. It cannot be changed after you approve."))]
        return Asked(
            title=_("Approve this payment?"),
            amount_text=amount,
            facts=tuple(facts),
            account_number=payee.number_of(detail),
            choose=_("Pay from"),
            warnings=(*payee.warnings_about(detail, user), *exchange.warnings(detail, arriving)),
            approve=_("Approve %(amount)s") % {"amount": amount},
            refuse=_("Cancel payment"),
            consequence=_("If you cancel, you go back to the app and no money moves."),
        )

    def options(self, detail: dict[str, Any], user: User) -> Sequence[Choice]:
        """Return the accounts, with what is left on each after the payment."""
        amount = money_in(detail["amount"])
        return debtor.options(detail, user, currency=amount.currency, amount=amount)

    def granted(self, detail: dict[str, Any], chosen: Sequence[str]) -> dict[str, Any]:
        """Return what was asked for, and the account that pays."""
        return {**detail, "debtor_account": chosen[0]}

    def expires_at(self, detail: dict[str, Any], begins_at: datetime) -> datetime:
        """Return the next day."""
        return begins_at + timedelta(hours=APPROVAL_HOURS)


def _kind(detail: dict[str, Any]) -> str:
    """Return what kind of payment it would be: each has its fee."""
    if "exchange" in detail:
        return "fx"
    return "external" if payee.is_outside(detail) else "internal"
