"""The small bank of views of tests/bank, as an attacker meets it."""

from tests.bank.conftest import app, caller, rooms

__all__ = ["app", "caller", "rooms"]
