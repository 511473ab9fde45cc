"""What several pages show: a runbook, a timeline."""

from pathlib import Path

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from watch.queries import Moment


def runbook(path: str) -> SafeString:
    """Return a runbook folded up; where the image holds no docs, where it is written."""
    file = Path(settings.BASE_DIR) / path
    if not file.exists():
        return format_html("<code>{}</code>", path)
    shown = '<details><summary>{}</summary><pre class="audit">{}</pre></details>'
    return format_html(shown, path, file.read_text())


def timeline(moments: list[Moment]) -> SafeString:
    """Return moments as a table; each leads to its leaf, where its proof is checked."""
    if not moments:
        return format_html("{}", _("nothing (yet): it takes a second to be sealed"))
    rows = (
        (f"{m.at:%Y-%m-%d %H:%M:%S}", m.index, m.index, m.kind, m.outcome, m.subject or "–", m.target)
        for m in moments
    )
    row = (
        '<tr><td>{}</td><td><a href="/admin/audit/leaf/{}/change/">{}</a></td>'
        "<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"
    )
    heads = (_("time"), _("leaf"), _("event"), _("outcome"), _("who"), _("about"))
    head = format_html_join("", '<th scope="col">{}</th>', ((text,) for text in heads))
    return format_html(
        '<div class="scrolls" tabindex="0" role="region" aria-label="{}"><table><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        _("from the log"), head, format_html_join("", row, rows),
    )  # fmt: skip
