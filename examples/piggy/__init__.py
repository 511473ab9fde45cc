"""Piggy, an outside app: it shows where the money went, and sends some, through the bank's public API."""
