"""The WSGI entry point of the stock project."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.stock_dot.settings"

application = get_wsgi_application()
