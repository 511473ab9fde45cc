"""What is wrong with a page: axe's rules, light and dark, narrow and wide; sideways scroll; policies."""

from pathlib import Path
from typing import Any

import axe_playwright_python

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
# Every rule once; then, for the other looks, those that depend on width and colour.
LOOKS = ((1280, "light"), (1280, "dark"), (320, "light"), (320, "dark"))
DEPEND_ON_LOOKS = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Our own pages also keep axe's advice; the stock admin and Swagger UI keep the law.
PAGES = [*WCAG, "best-practice"]
# Swagger UI is somebody else's page inside ours; the plain reference says the same, accessibly.
NOT_OURS = ["#explorer"]
# Rows and articles come from one loop: what is right in the first few is right in the hundredth.
MORE_OF_THE_SAME = ["tbody tr:nth-of-type(n+4)", "section:nth-of-type(n+3)", "article:nth-of-type(n+3)"]

RUN = """([others, rules]) => axe.run(
    {exclude: others.filter(selector => document.querySelector(selector))}, {runOnly: rules}
)"""

# Text in a column so narrow that it stands letter by letter; the heads of stacked tables are only heard.
SQUEEZED = """() => [...document.querySelectorAll("main th, main td, main dd, main label")]
    .filter(cell => getComputedStyle(cell.closest("thead") ?? cell).clipPath === "none")
    .filter(cell => cell.clientWidth < 40 && cell.clientHeight > 120)
    .map(cell => `squeezed to ${cell.clientWidth}px: ${cell.innerText.slice(0, 40)}`)"""

# Developers' tables may be pulled sideways; what a customer is told is seen whole.
CUT_OFF = """() => [...document.querySelectorAll("main .scroll")]
    .filter(box => location.pathname.startsWith("/account/"))
    .filter(box => box.checkVisibility() && box.scrollWidth > box.clientWidth)
    .map(box => `cut off at ${box.clientWidth}px: ${box.innerText.slice(0, 40)}`)"""


def wrong_with(page: Any, tags: list[str] = PAGES) -> list[str]:
    """Return everything wrong with the page shown, at each width and in each scheme."""
    found = []
    for number, (width, scheme) in enumerate(LOOKS):
        rules = {"type": "rule", "values": DEPEND_ON_LOOKS} if number else {"type": "tag", "values": tags}
        found += [f"{width}px {scheme}: {problem}" for problem in _wrong_here(page, width, scheme, rules)]
    return found


def _wrong_here(page: Any, width: int, scheme: str, rules: dict[str, Any]) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    widest = page.evaluate("document.documentElement.scrollWidth")
    sideways = [f"scrolls sideways to {widest}px"] if widest > width else []
    return [*sideways, *page.evaluate(SQUEEZED), *page.evaluate(CUT_OFF), *_violations(page, rules)]


def _violations(page: Any, rules: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(RUN, [[*NOT_OURS, *MORE_OF_THE_SAME], rules])
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
