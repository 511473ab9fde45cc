"""`make lab` lists the labs; `make lab N=4` starts your file, attacks it, says what still gets through."""

import sys

from labs.catalogue import ROOT, Lab, all_labs, find
from labs.grading import Verdict, grade

HOLDS, STILL_OPEN, NO_SUCH_LAB = 0, 1, 2


def main(arguments: list[str]) -> int:
    """Run one lab, or list all; returns 0 only for a file that holds (or for the list)."""
    if not arguments:
        return _list()
    lab = find(int(arguments[0])) if arguments[0].isdecimal() else None
    if lab is None:
        print(f"There is no lab {arguments[0]!r}. These there are:\n")
        return _list() or NO_SUCH_LAB
    return _try(lab)


def _list() -> int:
    for lab in all_labs():
        print(f"  make lab N={lab.number:<3} {lab.title:<24} {_state(lab)}")
    print("\nEach begins with its chapter in docs/practices/, and with labs/NN_…/naive.py.")
    return 0


def _state(lab: Lab) -> str:
    if not lab.mine.exists():
        return "not begun"
    return "holds" if grade(lab, lab.mine).holds else "still open"


def _try(lab: Lab) -> int:
    print(f"Lab {lab.number}, {lab.title}. The chapter: {lab.chapter.relative_to(ROOT)}")
    if not lab.mine.exists():
        lab.mine.write_text(lab.naive())
        print(f"Your file is new: {_yours(lab)}, a copy of naive.py.")
    verdict = grade(lab, lab.mine)
    _tell(verdict)
    print(
        f"\n{_yours(lab)} holds. Now see how others fail: {lab.folder.name}/wrong/."
        if verdict.holds
        else f"\nNot yet. Change {_yours(lab)} and run this again."
    )
    return HOLDS if verdict.holds else STILL_OPEN


def _yours(lab: Lab) -> str:
    return str(lab.mine.relative_to(ROOT))


def _tell(verdict: Verdict) -> None:
    for heading, found, good in (
        ("Honest use", verdict.broken, "works"),
        ("The attack", verdict.got_through, "fails" if not verdict.broken else "did not get through"),
    ):
        print(f"\n{heading}: {'' if found else good}".rstrip())
        for sentence in found:
            print(f"  - {sentence}".replace("\n", "\n    "))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
