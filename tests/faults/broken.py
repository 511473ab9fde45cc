"""A build that is broken on purpose: a copy of the code in which guards are taken away.

The same run must find each out, or the run proves nothing.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.local.state import PROJECT

LEFT_OUT = shutil.ignore_patterns("var", ".venv", ".git", "tests", "docs", "__pycache__")


@dataclass(frozen=True)
class Break:
    """What is changed, and why somebody might."""

    name: str
    file: str
    old: str
    new: str
    shows: tuple[str, ...]  # words of the violations it must cause; any other colour of red is not its

    def is_found_out(self, violations: list[str]) -> bool:
        """Return whether the run found this fault, and not only that something was slow."""
        return any(word in violation for violation in violations for word in self.shows)


RECORDED_LATER = Break(
    name="the event is recorded by a thread after the commit, not in the transaction",
    file="audit/operations.py",
    old="    _add(event, personal_key or keys_for(OPENINGS.purpose), along)\n",
    new=(
        "    import threading\n\n"
        "    keys = personal_key or keys_for(OPENINGS.purpose)\n"
        "    if along:\n"
        "        write_together(along)\n\n"
        "    def later() -> None:\n"
        "        try:\n"
        "            _add(event, keys, ())\n"
        "        finally:\n"
        "            connection.close()\n\n"
        "    transaction.on_commit(lambda: threading.Timer(1, later).start())\n"
    ),
    shows=("exactly one leaf", "in no leaf"),
)


NO_ANSWER_IS_NO = Break(
    name="a payment to another bank that got no answer is taken for rejected",
    file="payments/operations/driving.py",
    old="        _put_back(claimed, State.UNKNOWN, pause_before(claimed.transfer.tries, LONGEST_SILENCE))\n",
    new='        learn(payment_id, News("RJCT", "AB08"), by=by)\n',
    shows=("the rail's book and the ledger differ",),
)
BREAKS = (RECORDED_LATER, NO_ANSWER_IS_NO)


def build(folder: Path) -> Path:
    """Copy the code and break it; raises AssertionError when a guard is not where it was."""
    shutil.copytree(PROJECT, folder, ignore=LEFT_OUT)
    for broken in BREAKS:
        file = folder / broken.file
        text = file.read_text()
        assert text.count(broken.old) == 1, f"{broken.file} has changed: say anew what to break"
        file.write_text(text.replace(broken.old, broken.new))
    return folder
