"""What can be done with customers, accounts and the ledger."""

from accounts.operations.accounts import close_account, open_account
from accounts.operations.customers import open_customer
from accounts.operations.ledger import Booked, Line, NewPosting, post_entries
from accounts.operations.restrictions import change_overdraft, change_status, lock_account

__all__ = [
    "Booked",
    "Line",
    "NewPosting",
    "change_overdraft",
    "change_status",
    "close_account",
    "lock_account",
    "open_account",
    "open_customer",
    "post_entries",
]
