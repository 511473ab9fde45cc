"""The WSGI entry point for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bank.settings")
os.environ.setdefault("BANK_PROCESS", "web")  # read by the settings: connection pool, short timeouts

application = get_wsgi_application()

from bank.checks import refuse_to_start  # noqa: E402 - needs the apps loaded

refuse_to_start()
