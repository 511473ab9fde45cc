"""Checks an export of the log without the bank: no Django, no database, no network."""
