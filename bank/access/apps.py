"""Keeps the IP rules."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "bank.access"
    label = "bank_access"
    verbose_name = "Access"
