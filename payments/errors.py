"""What can go wrong with a payment, beyond what the ledger says (accounts/errors.py).

NotFound
├── PaymentNotFound
├── BatchNotFound
├── PayeeNotFound
├── FxQuoteNotFound
└── StandingOrderNotFound
Unauthorized
└── NotTheRail
Forbidden
├── NotAllowedToPay
├── NotTheOneWhoWasPaid
Conflict
├── NotReturnable
├── PayeeExists
├── PaymentOver
├── StandingOrderEnded
├── StandingOrderStateConflict
├── StandingOrdersLeft
└── ConsentMismatch
Refused            each with its reason from ISO 20022's external code list
├── MoreThanPaid    AM09
├── BatchHashMismatch
├── BatchCountMismatch  AM18
├── BatchSumMismatch    AM10
├── BatchRefused        ED05
├── AtomicBatchLeaves
├── NeverDue        DT01
├── ZeroAmount      AM01
├── AmountOverLimit AM02
├── ConsentLimitReached AM02
├── PaymentLimitReached AM02
├── DayLimitReached AM02
├── FxQuoteUsed     AM05
├── FxQuoteExpired  TM01
├── AmountNotAsQuoted   AM12
├── LessThanAgreed  AM06
├── TooLittleToExchange AM06
├── NoRate          AM03
├── RaiseNeedsApproval
├── NoRail          AB08
└── RejectedOutside (the rail's own reason)
Unavailable
└── RailDown
"""

from accounts import errors as accounts
from bank.errors import Conflict, Forbidden, NotFound, Refused, Unauthorized, Unavailable


class PaymentNotFound(NotFound):
    """There is no such payment, or it is not yours."""


class NotAllowedToPay(Forbidden):
    """You can see this account but not pay from it."""


class StandingOrderNotFound(NotFound):
    """There is no such standing order, or it is not yours."""


class StandingOrderEnded(Conflict):
    """The standing order has ended."""


class StandingOrderStateConflict(Conflict):
    """The standing order is not in a state for this."""


class StandingOrdersLeft(Conflict):
    """A standing order still pays from this account: cancel it first."""


class BatchNotFound(NotFound):
    """There is no such batch, or it is not yours."""


class PayeeNotFound(NotFound):
    """There is no such payee, or it is not yours."""


class UnknownPayee(Refused):
    """There is no such payee among yours."""

    reason_code = "AC03"


class PayeeExists(Conflict):
    """This account number is among your payees already."""


class FxQuoteNotFound(NotFound):
    """There is no such quote, or it is not yours."""


class FxQuoteUsed(Refused):
    """The quote was used for another payment."""

    reason_code = "AM05"


class FxQuoteExpired(Refused):
    """The quote is no longer held: ask for a new one."""

    reason_code = "TM01"


class AmountNotAsQuoted(Refused):
    """The amount is not the one that was quoted."""

    reason_code = "AM12"


class LessThanAgreed(Refused):
    """At this quote less would arrive than the customer agreed to."""

    reason_code = "AM06"


class TooLittleToExchange(Refused):
    """Nothing would be left of so little in the other currency."""

    reason_code = "AM06"


class NoRate(Refused):
    """This bank has no rate between these currencies."""

    reason_code = "AM03"


class PaymentLimitReached(Refused):
    """The payment is more than this account's limit for one payment."""

    reason_code = "AM02"


class DayLimitReached(Refused):
    """The payment is more than is left of this account's limit for the day."""

    reason_code = "AM02"


class FeeOutOfBounds(Refused):
    """In a fee nothing is negative or too large, and its most is no less than its least."""


class RaiseNeedsApproval(Refused):
    """A limit is raised only once the bank approves it."""


class BatchHashMismatch(Refused):
    """The file is not the one that was announced: its SHA-256 differs."""


class BatchCountMismatch(Refused):
    """The file does not have the number of payments that was announced."""

    reason_code = "AM18"


class BatchSumMismatch(Refused):
    """The payments of the file do not add up to the control sum that was announced."""

    reason_code = "AM10"


class BatchRefused(Refused):
    """Another payment of the batch was refused, and this batch is paid as a whole or not at all."""

    reason_code = "ED05"


class AtomicBatchLeaves(Refused):
    """A batch paid as a whole pays accounts of this bank only: announce it to be paid item by item."""


class NeverDue(Refused):
    """The standing order would never be due."""

    reason_code = "DT01"


class NotTheOneWhoWasPaid(Forbidden):
    """Only who was paid can give a payment back."""


class NotReturnable(Conflict):
    """There is nothing left of this payment to give back."""


class PaymentOver(Conflict):
    """The payment has ended, or is of a kind that cannot be cancelled."""


class NotTheRail(Unauthorized):
    """This message is not signed by the rail."""


class RailDown(Unavailable):
    """Payments to other banks cannot be taken now; nothing was booked."""


class ConsentMismatch(Forbidden):
    """This is not the payment the customer agreed to."""


class ConsentLimitReached(Refused):
    """The payment is more than the customer allowed this app."""

    reason_code = "AM02"


class MoreThanPaid(Refused):
    """No more can be given back than was paid and not yet given back."""

    reason_code = "AM09"


class ZeroAmount(Refused):
    """The amount of a payment is more than zero."""

    reason_code = "AM01"


class AmountOverLimit(Refused):
    """The amount is larger than this bank moves in one payment."""

    reason_code = "AM02"


class NoRail(Refused):
    """This bank is not connected to others."""

    reason_code = "AB08"


class RejectedOutside(Refused):
    """The rail, or the bank of who should be paid, rejected the payment."""


# Every reason a payment is kept as rejected for, by the code that is kept with it.
REFUSALS: dict[str, type[Refused]] = {
    **accounts.REFUSALS,
    **{
        error.code: error
        for error in (
            MoreThanPaid,
            accounts.SameAccount,
            ZeroAmount,
            AmountOverLimit,
            ConsentLimitReached,
            PaymentLimitReached,
            DayLimitReached,
            FxQuoteUsed,
            FxQuoteExpired,
            AmountNotAsQuoted,
            LessThanAgreed,
            NoRail,
            BatchRefused,
            UnknownPayee,
            RejectedOutside,
        )
    },
}
