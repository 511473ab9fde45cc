"""The demo started on another port: the example apps come home to where they run now."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from oauth.models import Client
from oauth.operations import clients
from payments.demo import secrets, seeding


@pytest.fixture
def output(tmp_path: Path, db: None, settings: Any) -> Path:
    """The demo's file after a start with Piggy on port 8444; of the people, one login is enough."""
    settings.EXPLORER_CLIENT_ID = "explorer-moves"
    path = tmp_path / "demo-data.json"
    known = secrets.read_or_make(path, piggy_origin="https://localhost:8444")
    seeding._clients(known, {})
    return path


def seed_again(output: Path, piggy_origin: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(seeding, "is_seeded", lambda: True)
    call_command("seed_demo", output=output, piggy_origin=piggy_origin, stdout=io.StringIO())
    return dict(json.loads(output.read_text()))


class TestAStartOnAnotherPort:
    def test_leads_piggy_home(self, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        piggy = seed_again(output, "https://localhost:9444", monkeypatch)["clients"]["piggy"]
        assert piggy["redirect_uri"] == "https://localhost:9444/callback"
        assert Client.objects.get(client_id=piggy["client_id"]).redirect_uris == piggy["redirect_uri"]

    def test_leads_the_explorer_home(
        self, output: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        settings.PUBLIC_ORIGIN = "https://localhost:9443"
        seed_again(output, "https://localhost:9444", monkeypatch)
        explorer = Client.objects.get(client_id="explorer-moves")
        assert explorer.redirect_uris == "https://localhost:9443/explorer/oauth2-redirect/"

    def test_is_recorded_when_it_changes_something(
        self, output: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recorded: list[str] = []
        monkeypatch.setattr(clients, "record", lambda kind, **_: recorded.append(kind))
        for _ in range(2):
            seed_again(output, "https://localhost:9444", monkeypatch)
        assert recorded == ["client.changed"]

    def test_leaves_everybody_else_where_they_are(
        self, output: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = json.loads(output.read_text())["clients"]["rival"]
        assert seed_again(output, "https://localhost:9444", monkeypatch)["clients"]["rival"] == before
