"""A page with its style sheets inside it, for a window of Chromium that fetches nothing."""

import re
from pathlib import Path

from django.contrib.staticfiles import finders

SHEET = re.compile(r'<link [^>]*href="/static/([^"]+\.css)"[^>]*>')
FETCHED = re.compile(r"<link [^>]*>|<script [^>]*></script>|<noscript>|</noscript>")


def styled(html: str) -> str:
    """Return the page as it looks: its sheets written out, and nothing left to fetch."""
    return FETCHED.sub("", SHEET.sub(lambda found: f"<style>{_sheet(found[1])}</style>", html))


def _sheet(name: str) -> str:
    return Path(str(finders.find(name))).read_text()
