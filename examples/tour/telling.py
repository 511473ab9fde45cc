"""How the story is told: named steps in order, one line each, and a plain word when one does not hold."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import requests


class NotAsPromised(Exception):
    """A step did not hold: what was expected, and what came."""

    def __init__(self, expected: str, came: object) -> None:
        super().__init__(f"expected {expected}; came {came}")
        self.expected = expected
        self.came = str(came)


@dataclass(frozen=True)
class Told:
    """One step as it went."""

    number: int
    step: str
    ok: bool
    seconds: float
    note: str = ""
    expected: str = ""
    came: str = ""


Step = Callable[[Any], str]


def expect(holds: object, expected: str, came: object) -> None:
    """Raise NotAsPromised unless it holds."""
    if not holds:
        raise NotAsPromised(expected, came)


def expect_status(response: requests.Response, status: int) -> requests.Response:
    """Return the response when it has this status; otherwise raise NotAsPromised with what it says."""
    where = f"{response.request.method} {response.request.path_url}"
    expect(response.status_code == status, f"{status} from {where}", said(response))
    return response


def said(response: requests.Response) -> str:
    """Return a response in one short line."""
    return f"{response.status_code} {' '.join(response.text.split())[:300]}"


def tell(story: list[tuple[str, Step]], scene: Any) -> Iterator[Told]:
    """Take the steps in order and yield how each went; the first that fails is the last."""
    for number, (name, step) in enumerate(story, 1):
        told = _take(number, name, step, scene)
        yield told
        if not told.ok:
            return


def _take(number: int, name: str, step: Step, scene: Any) -> Told:
    begin = time.monotonic()
    try:
        note = step(scene)
        return Told(number, name, True, _since(begin), note)
    except NotAsPromised as broken:
        return Told(number, name, False, _since(begin), "", broken.expected, broken.came)
    except Exception as broken:  # noqa: BLE001 - whatever a step runs into, the story says it and ends
        return Told(number, name, False, _since(begin), "", "an answer to build on", repr(broken))


def _since(begin: float) -> float:
    return round(time.monotonic() - begin, 3)


def as_line(told: Told) -> str:
    """Return a step as one line for people."""
    mark = "✓" if told.ok else "✗"
    line = f"{mark} {told.number:2} {told.step:<34} {told.note}".rstrip()
    return line if told.ok else f"{line}\n     expected: {told.expected}\n     came:     {told.came}"


def as_json(told: Told) -> str:
    """Return a step as one JSON line for programs."""
    return json.dumps(asdict(told), ensure_ascii=False)
