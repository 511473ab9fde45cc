"""What can be done with customers, accounts and the ledger."""

from accounts.operations.accounts import (
    close_account,
    close_own_account,
    free_iban,
    open_account,
    open_own_account,
)
from accounts.operations.customers import (
    change_kyc_status,
    correct_customer,
    lock_customer,
    lock_customer_by_id,
    open_customer,
    record_change,
)
from accounts.operations.holders import change_holder, present_holders
from accounts.operations.holds import capture_hold, expire_holds, place_hold, void_hold
from accounts.operations.leaving import SetAside, keep, let_go, set_aside, set_aside_many, take_in
from accounts.operations.ledger import (
    Booked,
    Line,
    Movement,
    NewPosting,
    lock_standings,
    post_entries,
    send_movements,
)
from accounts.operations.restrictions import change_overdraft, change_status, lock_account
from accounts.operations.search import index_all_histories, index_histories, index_history
from accounts.operations.statements import make_due_statements, make_statement

__all__ = [
    "Booked",
    "Line",
    "Movement",
    "NewPosting",
    "SetAside",
    "capture_hold",
    "change_holder",
    "change_kyc_status",
    "change_overdraft",
    "change_status",
    "close_account",
    "close_own_account",
    "correct_customer",
    "expire_holds",
    "free_iban",
    "index_all_histories",
    "index_histories",
    "index_history",
    "keep",
    "let_go",
    "lock_account",
    "lock_customer",
    "lock_customer_by_id",
    "lock_standings",
    "make_due_statements",
    "make_statement",
    "open_account",
    "open_customer",
    "open_own_account",
    "place_hold",
    "post_entries",
    "present_holders",
    "record_change",
    "send_movements",
    "set_aside",
    "set_aside_many",
    "take_in",
    "void_hold",
]
