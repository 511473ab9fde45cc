"""What is wrong with a page: axe's rules in light and dark, narrow and wide; sideways scroll; broken policies."""

from pathlib import Path
from typing import Any

import axe_playwright_python

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
WIDTHS = (320, 1280)
SCHEMES = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Swagger UI is somebody else's page inside ours; the plain reference says the same, accessibly.
NOT_OURS = ["#explorer"]


def wrong_with(page: Any) -> list[str]:
    """Return everything wrong with the page shown, at each width and in each scheme."""
    return [
        f"{width}px {scheme}: {problem}"
        for width in WIDTHS
        for scheme in SCHEMES
        for problem in _wrong_here(page, width, scheme)
    ]


def _wrong_here(page: Any, width: int, scheme: str) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    widest = page.evaluate("document.documentElement.scrollWidth")
    sideways = [f"scrolls sideways to {widest}px"] if widest > width else []
    return [*sideways, *_violations(page)]


def _violations(page: Any) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    options = {"runOnly": {"type": "tag", "values": RULES}}
    run = "([others, options]) => axe.run({exclude: others.filter(s => document.querySelector(s))}, options)"
    found = page.evaluate(run, [NOT_OURS, options])
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]} | {node.get('failureSummary', '')[:200]}"
        for rule in found["violations"]
        for node in rule["nodes"][:3]
    ]


def listen(page: Any) -> list[str]:
    """Return a list that fills with the page's complaints: broken policies and script errors."""
    complaints: list[str] = []
    page.on("console", lambda message: _note(complaints, message.text))
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    return complaints


def _note(complaints: list[str], text: str) -> None:
    if "Content Security Policy" in text or "Content-Security-Policy" in text:
        complaints.append(text)
