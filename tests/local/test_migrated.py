"""The cluster kept between test runs."""

from pathlib import Path

import pytest

from deploy.local import migrated, stamps
from deploy.local.migrated import KEPT, MigratedCluster
from deploy.local.state import State


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(migrated, "state_directory", lambda: tmp_path)
    return tmp_path / "test" / "migrated"


def a_state(root: Path) -> State:
    state = State(root)
    state.prepare()
    return state


def a_cluster(root: Path, text: str) -> State:
    state = a_state(root)
    state.secret("postgres-superuser", lambda: f"password of {text}")
    (root / "postgres").mkdir()
    (root / "postgres" / "PG_VERSION").write_text(text)
    return state


class TestMigratedCluster:
    def test_is_not_there_before_it_was_kept(self, tmp_path: Path) -> None:
        assert not MigratedCluster().restore(a_state(tmp_path / "run"))

    def test_comes_back_with_its_password(self, tmp_path: Path) -> None:
        MigratedCluster().keep(a_cluster(tmp_path / "first", "one"))
        state = a_state(tmp_path / "second")
        assert MigratedCluster().restore(state)
        assert (state.root / "postgres" / "PG_VERSION").read_text() == "one"
        assert state.secret("postgres-superuser") == "password of one"

    def test_is_another_one_when_the_schema_changes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        MigratedCluster().keep(a_cluster(tmp_path / "first", "one"))
        monkeypatch.setattr(stamps, "database", lambda: "f" * 64)
        assert not MigratedCluster().restore(a_state(tmp_path / "second"))

    def test_keeps_a_few(self, tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(KEPT + 2):
            monkeypatch.setattr(stamps, "database", lambda number=number: f"d{number}" * 32)
            MigratedCluster().keep(a_cluster(tmp_path / str(number), "x"))
        assert len(list(shelf.iterdir())) == KEPT


class TestDatabaseFingerprint:
    def test_reads_what_shapes_tables(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        before = stamps.database()
        assert before == stamps.database()
        for name in ("payments/models.py", "payments/sql/one.sql", "payments/migrations/0001.py"):
            path = stamps.PROJECT / name
            assert stamps._shapes_tables(path), name
        assert not stamps._shapes_tables(stamps.PROJECT / "payments/api/views.py")
