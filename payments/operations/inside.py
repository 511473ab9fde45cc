"""Payments between accounts of this bank: transfer, exchange and fee in one call of the ledger."""

from uuid import UUID

from accounts.errors import UnknownAccount
from accounts.money import Money
from accounts.operations import Line, NewPosting, post_entries
from accounts.queries import PaymentParties, get_internal_account
from audit.actor import Actor
from payments.models import FxQuote, Payment
from payments.operations.exchange import take_quote, use_quote
from payments.operations.fees import fee_posting, record_fee
from payments.queries.terms import Terms
from payments.rules import PaymentOrder


def book(
    payment: Payment, order: PaymentOrder, parties: PaymentParties, terms: Terms, *, event_id: UUID, by: Actor
) -> None:
    """Book a payment and its fee; raises UnknownAccount, as `take_quote`, and the ledger's Refused."""
    if parties.creditor_id is None:
        raise UnknownAccount()
    quote = take_quote(order, by=by) if order.fx_quote else None
    lines = _exchanged(parties, quote) if quote else _straight(parties, order.amount)
    posting = NewPosting(kind="transfer", lines=lines, event_id=event_id, reference=order.reference)
    fee = terms.fee(order.amount, payment.kind)
    charged = fee_posting(parties.debtor_id, fee, payment.id) if fee.minor else None
    post_entries([posting, charged] if charged else [posting])
    payment.posting_id, payment.fee = posting.id, fee.minor
    payment.status = Payment.Status.COMPLETED
    if quote:
        payment.fx_quote_id = quote.id
        payment.credited_amount, payment.credited_currency = quote.buy, quote.quoted_currency
        use_quote(quote, payment.id, by=by)
    if charged:
        record_fee(charged, by=by)


def _straight(parties: PaymentParties, amount: Money) -> tuple[Line, ...]:
    return Line(parties.debtor_id, -amount), Line(str(parties.creditor_id), amount)


def _exchanged(parties: PaymentParties, quote: FxQuote) -> tuple[Line, ...]:
    """Return four lines: the bank's fx accounts take what is sold and give what is bought."""
    sell, buy = Money(quote.sell, quote.unit_currency), Money(quote.buy, quote.quoted_currency)
    return (
        Line(parties.debtor_id, -sell),
        Line(get_internal_account("fx", sell.currency), sell),
        Line(get_internal_account("fx", buy.currency), -buy),
        Line(str(parties.creditor_id), buy),
    )
