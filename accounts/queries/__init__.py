"""What can be asked of accounts. `owned_by` decides whose: somebody else's is not found."""

from accounts.queries.accounts import (
    PaymentParties,
    account_holdings,
    find_payment_parties,
    get_account,
    get_customer,
    get_settlement_account,
    list_accounts,
)
from accounts.queries.balances import balance_at
from accounts.queries.transactions import TransactionFilter, get_transaction, list_transactions

__all__ = [
    "PaymentParties",
    "TransactionFilter",
    "account_holdings",
    "balance_at",
    "find_payment_parties",
    "get_account",
    "get_customer",
    "get_settlement_account",
    "get_transaction",
    "list_accounts",
    "list_transactions",
]
