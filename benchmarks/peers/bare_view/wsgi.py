"""The WSGI entry point of the bare view."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.bare_view.settings"

application = get_wsgi_application()
