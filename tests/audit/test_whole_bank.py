"""The bank's own data under its own log: one life each, one entry for one event."""
# ruff: noqa: S608 - the SQL of a superuser who may write what they like

from pathlib import Path

import pytest
from django.core.management import call_command

from tests.audit.conftest import Log, seal
from tests.audit.test_verify import verify_audit


@pytest.fixture
def seeded(log: Log, tmp_path: Path) -> Log:
    """A bank with people, accounts and a year of postings, all sealed."""
    call_command("seed_demo", output=tmp_path / "demo.json", piggy_origin="https://piggy.example")
    seal()
    return log


@pytest.mark.slow
@pytest.mark.timeout(120)
class TestSeededBank:
    def test_matches_its_log(self, seeded: Log) -> None:
        code, said = verify_audit()
        assert (code, said.splitlines()[-1]) == (0, "good"), said

    def test_with_a_posting_whose_event_is_not_in_the_log_is_incomplete(self, seeded: Log) -> None:
        with seeded.superuser() as superuser:
            superuser.execute("ALTER TABLE accounts_posting DISABLE TRIGGER ALL")
            superuser.execute(
                "UPDATE accounts_posting SET audit_event_id = gen_random_uuid()"
                " WHERE id = (SELECT id FROM accounts_posting LIMIT 1)"
            )
        code, said = verify_audit()
        assert code == 14
        assert "is not in the log" in said
        assert "has no entry in accounts_posting" in said
