"""Exchange: a rate set by two of staff, a quote held for a moment, and used once."""

from decimal import Decimal

from django.db import transaction

from accounts.money import Money
from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.public_ids import uuid7
from payments.errors import (
    AmountNotAsQuoted,
    FxQuoteExpired,
    FxQuoteNotFound,
    FxQuoteUsed,
    LessThanAgreed,
    NoRate,
)
from payments.models import FxQuote, FxRate
from payments.operations.agreements import agree_to_exchange
from payments.rules import PaymentOrder
from payments.rules.exchange import HELD_FOR, exchange


def quote_exchange(amount: Money, *, unit_currency: str, quoted_currency: str, by: Actor) -> FxQuote:
    """Hold the present rate for the person who asks; `amount` is fixed, in either currency.

    Raises NoRate, FxQuoteNotFound for nobody, TooLittleToExchange, AmountOverLimit; for an app
    InvalidAccessToken, ConsentUsed, and ConsentMismatch for what its customer did not agree to.
    """
    if by.user_id is None:
        raise FxQuoteNotFound()
    with transaction.atomic():
        least = agree_to_exchange(amount, unit_currency=unit_currency, quoted_currency=quoted_currency, by=by)
        rate = FxRate.objects.filter(id=f"{unit_currency}-{quoted_currency}").first()
        if rate is None or amount.currency not in (unit_currency, quoted_currency):
            raise NoRate()
        quote = _quoted(rate, amount, by.user_id)
        quote.consent_id, quote.least = _consent_of(by), least.minor if least else None
        quote.save(force_insert=True)
        quote.refresh_from_db(fields=["created_at"])
        changes = {"sell": quote.sell, "buy": quote.buy, "rate": f"{quote.rate}"}
        record(
            "fx.quoted", by=by, target=("fx_quote", quote.id), event_id=quote.last_event_id, changes=changes
        )
    return quote


def take_quote(order: PaymentOrder, *, by: Actor) -> FxQuote:
    """Return the quote of an order, nobody else using it until the transaction ends.

    An app takes what it had held under the same consent, a person what they had held themselves. Raises
    FxQuoteNotFound, FxQuoteUsed, FxQuoteExpired, AmountNotAsQuoted, LessThanAgreed.
    """
    try:
        own = FxQuote.objects.filter(user_id=by.user_id, consent_id=_consent_of(by))
        quote = own.select_for_update(no_key=True).get(id=order.fx_quote)
    except (FxQuote.DoesNotExist, ValueError) as error:
        raise FxQuoteNotFound() from error
    if quote.used_at is not None:
        raise FxQuoteUsed()
    if quote.expires_at <= clock.now():
        raise FxQuoteExpired()
    if order.amount != Money(quote.sell, quote.unit_currency):
        raise AmountNotAsQuoted()
    if quote.least is not None and quote.buy < quote.least:
        raise LessThanAgreed()
    return quote


def use_quote(quote: FxQuote, payment_id: str, *, by: Actor) -> None:
    """Mark a quote that was taken as used by a payment."""
    previous = quote.last_event_id
    quote.used_at, quote.version, quote.last_event_id = clock.now(), quote.version + 1, uuid7()
    quote.save(update_fields=["used_at", "version", "last_event_id"])
    record(
        "fx.quote_used",
        by=by,
        target=("fx_quote", quote.id),
        target_seq=quote.version,
        previous_event=previous,
        event_id=quote.last_event_id,
        changes={"payment": payment_id},
    )


def lock_rate(pair: str) -> FxRate | None:
    """Return the rate of a pair such as GBP-EUR, nobody else setting it until the transaction ends."""
    return FxRate.objects.select_for_update().filter(id=pair).first()


def set_rate(pair: str, rate: Decimal, *, by: Actor) -> FxRate:
    """Set what one unit of the first currency is worth in the second. Called by four eyes alone."""
    with transaction.atomic():
        kept = lock_rate(pair)
        unit, quoted = pair.split("-")
        row = kept or FxRate(id=pair, unit_currency=unit, quoted_currency=quoted, version=0)
        before, previous = row.rate, row.last_event_id
        row.rate, row.changed_at, row.version = rate, clock.now(), row.version + 1
        row.last_event_id = uuid7()
        changed = ["rate", "changed_at", "version", "last_event_id"]
        row.save(force_insert=kept is None, update_fields=changed if kept else None)
        record(
            "fx.rate_set",
            by=by,
            target=("fx_rate", pair),
            target_seq=row.version,
            previous_event=previous,
            event_id=row.last_event_id,
            changes={"rate": (f"{before}" if kept else "", f"{rate}")},
        )
    return row


def _consent_of(by: Actor) -> str | None:
    """Return the consent that a quote is held under: an app's; none for a person, or the bank's own app."""
    return by.consent_id if by.bound_to_consent else None


def _quoted(rate: FxRate, amount: Money, user_id: str) -> FxQuote:
    found = exchange(
        amount, rate.rate, unit_currency=rate.unit_currency, quoted_currency=rate.quoted_currency
    )
    return FxQuote(
        user_id=user_id,
        unit_currency=rate.unit_currency,
        quoted_currency=rate.quoted_currency,
        rate=rate.rate,
        sell=found.sell.minor,
        buy=found.buy.minor,
        rounding_difference=found.difference,
        expires_at=clock.now() + HELD_FOR,
        last_event_id=uuid7(),
    )
