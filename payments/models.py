"""Payments: orders to move money and what became of them."""
