"""Payments to other banks, against the real simulator in a process of its own."""
