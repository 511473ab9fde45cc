"""What can go wrong with accounts and the ledger.

NotFound
├── AccountNotFound
├── TransactionNotFound
├── HoldNotFound
├── StatementNotFound
└── CustomerNotFound
Conflict
├── AccountNotEmpty
├── AccountShared
├── TooManyAccounts
├── HoldersUnchanged
├── HoldEnded
├── AccountStateConflict
├── OverdraftInUse
├── NothingToCorrect
├── IdentityStands
└── EmailTaken
Forbidden
├── NotTheOwner
├── NotTheDebtor
└── NotTheCreditor
Refused            each with its reason from ISO 20022's external code list
├── InsufficientFunds   AM04
├── AccountClosed       AC04
├── AccountBlocked      AC06
├── UnknownAccount      AC03
├── SameAccount         AG01
├── NotVerified
├── OverdraftTooLarge   AM02
├── HoldTooSmall        AM02
├── HoldTooLong
├── HoldOfNothing       AM01
└── money.CurrencyMismatch  AM03
"""

from accounts.money import CurrencyMismatch
from bank.errors import BankError, Conflict, Forbidden, NotFound, Refused


class AccountNotFound(NotFound):
    """There is no such account, or it is not yours."""


class TransactionNotFound(NotFound):
    """There is no such transaction on this account."""


class HoldNotFound(NotFound):
    """There is no such hold, or it is not yours."""


class StatementNotFound(NotFound):
    """There is no such statement of this account."""


class CustomerNotFound(NotFound):
    """There is no customer record for this login."""


class AccountNotEmpty(Conflict):
    """The account still holds money."""


class AccountShared(Conflict):
    """An app can still use the account: stop sharing it first."""


class TooManyAccounts(Conflict):
    """You have as many open accounts as this bank keeps for one person."""


class HoldersUnchanged(Conflict):
    """This would not change who holds the account, or would leave it without its owner."""


class AccountStateConflict(Conflict):
    """The account's present status does not allow this."""


class OverdraftInUse(Conflict):
    """The account is further below zero than this limit allows."""


class NothingToCorrect(Conflict):
    """This is what the bank has already."""


class IdentityStands(Conflict):
    """This customer's identity counts as verified already."""


class EmailTaken(Conflict):
    """Another customer has this e-mail address."""


class InsufficientFunds(Refused):
    """The account does not hold enough money."""

    reason_code = "AM04"


class AccountClosed(Refused):
    """The account is closed."""

    reason_code = "AC04"


class AccountBlocked(Refused):
    """The account is blocked for this."""

    reason_code = "AC06"


class HoldEnded(Conflict):
    """The hold has been captured or voided, or its time is up."""


class NotTheDebtor(Forbidden):
    """You can see this account but not set its money aside."""


class NotTheCreditor(Forbidden):
    """Only who the money was set aside for can do this."""


class NotTheOwner(Forbidden):
    """Only the owner of the account can do this."""


class NotVerified(Refused):
    """The bank has not yet verified who you are."""


class HoldTooSmall(Refused):
    """Less was set aside than this."""

    reason_code = "AM02"


class OverdraftTooLarge(Refused):
    """This bank lends no such amount."""

    reason_code = "AM02"


class HoldOfNothing(Refused):
    """More than zero has to be set aside or captured."""

    reason_code = "AM01"


class HoldTooLong(Refused):
    """Money is set aside until a moment of the next thirty days."""


class UnknownAccount(Refused):
    """There is no account to pay to under this id."""

    reason_code = "AC03"


class SameAccount(Refused):
    """Debtor and creditor are the same account."""

    reason_code = "AG01"


# What the ledger says when a rule of the bank says no (accounts/sql/post_entries_by_index.sql).
REFUSALS: dict[str, type[Refused]] = {
    "insufficient_funds": InsufficientFunds,
    "account_closed": AccountClosed,
    "account_blocked": AccountBlocked,
    "unknown_account": UnknownAccount,
    "currency_mismatch": CurrencyMismatch,
}
# The same for lines that capture a hold, which no payment does.
ANSWERS: dict[str, type[BankError]] = {
    **REFUSALS,
    "hold_ended": HoldEnded,
    "hold_too_small": HoldTooSmall,
}
