"""Customers, accounts and the ledger: shape, and the rules the database keeps by itself.

What a constraint cannot say (zero sums, gapless numbers, append only) is said by the triggers of
`accounts/sql/ledger_rules.sql` and `ledger_rules_by_statement.sql`; the one way to write the ledger is the
function of `accounts/sql/post_entries_by_index.sql`.
"""

from accounts.models.accounts import INTERNAL_KINDS, Account, AccountHolder
from accounts.models.consents import ConsentAccount
from accounts.models.customers import Customer
from accounts.models.holds import Hold
from accounts.models.ledger import Entry, NewestEntry, Posting
from accounts.models.search import SearchAmounts, SearchIndex, SearchPage
from accounts.models.statements import Statement

__all__ = [
    "INTERNAL_KINDS",
    "Account",
    "AccountHolder",
    "ConsentAccount",
    "Customer",
    "Entry",
    "Hold",
    "NewestEntry",
    "Posting",
    "SearchAmounts",
    "SearchIndex",
    "SearchPage",
    "Statement",
]
