"""The Celery application: work that happens later, never work that must not be lost.

What must not be lost lies in PostgreSQL (an outbox row, a status); a task is a hint to look there.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bank.settings")

app = Celery("bank")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
