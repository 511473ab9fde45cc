"""A bank that is connected to a rail."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.payments.rails.outgoing import let_go_of_all
from tests.support.rail import RunningRail, running_rail


@pytest.fixture
def rail(real_db: None, tmp_path: Path, settings: Any) -> Iterator[RunningRail]:
    """The simulator; what it tells of its own accord finds nobody, so that each test says what is heard."""
    let_go_of_all()
    with running_rail(tmp_path) as running:
        for name, value in running.settings.items():
            setattr(settings, name, value)
        yield running
