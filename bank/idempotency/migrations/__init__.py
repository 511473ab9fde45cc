"""Migrations of the idempotency room."""
