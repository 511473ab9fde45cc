"""What can be asked of accounts. `owned_by` decides whose: somebody else's is not found."""

from accounts.queries.accounts import (
    account_holdings,
    find_account_by_iban,
    find_accounts_by_iban,
    find_email,
    get_account,
    get_customer,
    get_internal_account,
    get_settlement_account,
    get_suspense_account,
    list_accounts,
)
from accounts.queries.balances import balance_at, has_funds
from accounts.queries.holds import (
    find_pending,
    get_hold,
    held_now,
    list_holds,
    list_pending,
    set_aside_since,
    spendable,
)
from accounts.queries.parties import PaymentParties, find_payment_parties, payer_of
from accounts.queries.payees import (
    Payee,
    check_holder_name,
    currency_of_customer_account,
    find_payee,
    require_payee,
)
from accounts.queries.statements import get_statement, list_statements
from accounts.queries.told import Sharing, list_entries_of, list_sharing, list_told_of
from accounts.queries.transactions import (
    Transaction,
    TransactionFilter,
    get_transaction,
    list_transactions,
)

__all__ = [
    "Payee",
    "PaymentParties",
    "Sharing",
    "Transaction",
    "TransactionFilter",
    "account_holdings",
    "balance_at",
    "check_holder_name",
    "currency_of_customer_account",
    "find_account_by_iban",
    "find_accounts_by_iban",
    "find_email",
    "find_payee",
    "find_payment_parties",
    "find_pending",
    "get_account",
    "get_customer",
    "get_hold",
    "get_internal_account",
    "get_settlement_account",
    "get_statement",
    "get_suspense_account",
    "get_transaction",
    "has_funds",
    "held_now",
    "list_accounts",
    "list_entries_of",
    "list_holds",
    "list_pending",
    "list_sharing",
    "list_statements",
    "list_told_of",
    "list_transactions",
    "payer_of",
    "require_payee",
    "set_aside_since",
    "spendable",
]
