"""Every type of event an app can be told of, on one page; in the words of the audit trail where it can be.

`permission` is what the consent must allow for the app to be told. None: it is about the consent, or the app,
itself.
"""

from dataclasses import dataclass

from bank.access import permissions as p


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event: what it means in one sentence, and what a consent must allow for it."""

    name: str
    meaning: str
    permission: str | None = None


TRANSACTION_BOOKED = "transaction.booked"
ENDPOINT_TESTED = "webhook_endpoint.tested"

_ALL = (
    # Payments this app made
    EventType("payment.completed", "A payment your app made was carried out.", p.PAYMENTS_READ),
    EventType("payment.refused", "A payment your app made was refused.", p.PAYMENTS_READ),
    EventType("payment.accepted", "A payment to another bank was taken; it is on its way.", p.PAYMENTS_READ),
    EventType("payment.held", "Another bank looks at a payment before it takes it.", p.PAYMENTS_READ),
    EventType("payment.released", "A payment that was held goes on.", p.PAYMENTS_READ),
    EventType("payment.credited", "Another bank has credited a payment that was settled.", p.PAYMENTS_READ),
    EventType(
        "payment.rejected", "Another bank rejected a payment; its money is free again.", p.PAYMENTS_READ
    ),
    EventType("payment.cancelled", "A payment was cancelled; its money is free again.", p.PAYMENTS_READ),
    EventType("payment.returned", "Another bank sent a payment back.", p.PAYMENTS_READ),
    EventType("payment.refunded", "A payment your app made was given back, all or a part.", p.PAYMENTS_READ),
    EventType("payment.reversed", "The bank took back a payment your app made.", p.PAYMENTS_READ),
    # Accounts shared with this app
    EventType(TRANSACTION_BOOKED, "Money came to or left an account.", p.TRANSACTIONS_READ),
    EventType("hold.placed", "Money was set aside on an account.", p.TRANSACTIONS_READ),
    EventType("hold.captured", "Money that had been set aside was booked.", p.TRANSACTIONS_READ),
    EventType("hold.voided", "Money that had been set aside was freed.", p.TRANSACTIONS_READ),
    EventType("hold.expired", "The time of money set aside was up.", p.TRANSACTIONS_READ),
    EventType("statement.made", "The statement of a month was made.", p.TRANSACTIONS_READ),
    EventType("account.frozen", "An account was frozen.", p.ACCOUNTS_READ),
    EventType("account.unfrozen", "A frozen account was released.", p.ACCOUNTS_READ),
    EventType("account.blocked", "An account was blocked for debits or for credits.", p.ACCOUNTS_READ),
    EventType("account.unblocked", "The block of an account was lifted.", p.ACCOUNTS_READ),
    # What customers allowed this app
    EventType("consent.granted", "A customer allowed your app what it asked for."),
    EventType("consent.renewed", "A customer decided anew about a consent."),
    EventType("consent.shortened", "A customer made a consent end sooner."),
    EventType("consent.account_withdrawn", "A customer took an account out of a consent."),
    EventType("consent.used", "The one thing a consent allowed was done."),
    EventType("consent.revoked", "A consent was ended: nothing more is told under it."),
    # The app's own endpoints
    EventType("webhook_endpoint.disabled", "An endpoint was switched off: it failed for too long."),
    EventType(ENDPOINT_TESTED, "You asked the bank to ring once."),
)
EVENT_TYPES = {type_.name: type_ for type_ in _ALL}
NAMES = list(EVENT_TYPES)


def needs_consent(name: str) -> bool:
    """Return whether an event of this type is told only while its consent is in force."""
    return EVENT_TYPES[name].permission is not None
