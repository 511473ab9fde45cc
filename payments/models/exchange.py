"""Currency exchange: the rates staff keep, and quotes that hold one for a moment."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from bank.clock import BankNow
from bank.public_ids import PublicIdField


class FxRate(models.Model):
    """What one unit of a currency is worth in another, when the bank buys the one and sells the other."""

    # Written with an approval of exactly this rate (payments/sql/terms.sql).
    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, UPDATE (rate, changed_at, version, last_event_id)",
    }

    id = models.CharField(max_length=7, primary_key=True)  # GBP-EUR
    unit_currency = models.CharField(max_length=3)
    quoted_currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    changed_at = models.DateTimeField(db_default=BankNow())
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="fx_rate_is_positive", condition=Q(rate__gt=0)),
            models.CheckConstraint(
                name="fx_rate_is_between_two_currencies", condition=~Q(unit_currency=F("quoted_currency"))
            ),
        ]


class FxQuote(models.Model):
    """A rate and both amounts, held for one payment for a short time."""

    # What was quoted never changes; it is used once.
    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, UPDATE (used_at, version, last_event_id)"}

    id = PublicIdField(prefix="fxq", primary_key=True)
    user = models.ForeignKey("oauth.User", on_delete=models.PROTECT, related_name="fx_quotes")
    # Held for an app: the one consent it pays under, and the least the person agreed to (quoted currency).
    consent = models.ForeignKey("oauth.Consent", null=True, on_delete=models.PROTECT, db_index=False)
    least = models.BigIntegerField(null=True)
    unit_currency = models.CharField(max_length=3)
    quoted_currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    sell = models.BigIntegerField()  # minor units of the unit currency: what the debtor pays
    buy = models.BigIntegerField()  # minor units of the quoted currency: what the creditor gets
    # What `buy` is above `sell` times the rate, in the quoted currency; the bank's fx account keeps it.
    rounding_difference = models.DecimalField(max_digits=20, decimal_places=12)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=BankNow())
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="fx_quote_exchanges_something", condition=Q(sell__gt=0, buy__gt=0)),
            models.CheckConstraint(
                name="only_a_quote_of_a_consent_has_a_least",
                condition=Q(least__isnull=True) | Q(least__gt=0, consent__isnull=False),
            ),
        ]
