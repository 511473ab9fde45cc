"""Keeps the answers given for idempotency keys."""

from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "bank.idempotency"
    label = "bank_idempotency"
