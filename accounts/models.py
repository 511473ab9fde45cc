"""Customers, accounts and the ledger: shape and the database's own rules."""
