"""The live status on the front page: what /readyz asks, in words."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bank.health import PROBES, works

NAMES = {
    "database": _("Database"),
    "cache": _("Cache"),
    "broker": _("Background work"),
    "erasures": _("Ledger of erasures"),
    "migrations": _("Database in step with the program"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bank and whether it answered."""

    name: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Status:
    """All parts; the bank is ready when each of them is."""

    parts: tuple[Part, ...]

    @property
    def ready(self) -> bool:
        """Whether every part answered."""
        return all(part.ok for part in self.parts)


def live_status() -> Status:
    """Return what each part answers now; a part that is down is shown as such and never raises."""
    return Status(
        tuple(Part(str(NAMES.get(name, name)), works(name, probe)) for name, probe in PROBES.items())
    )
