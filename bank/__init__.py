"""The building: wiring, and the named rooms all apps share. No business word, no import of an app."""

from bank.celery import app as celery_app

__all__ = ["celery_app"]
