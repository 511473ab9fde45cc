"""The bank's own data under its own log: one life each, one entry for one event."""

from pathlib import Path

import pytest
from django.core.management import call_command

from tests.audit.conftest import Log, seal
from tests.audit.test_verify import verify_audit


@pytest.mark.slow
class TestSeededBank:
    def test_matches_its_log_until_a_posting_names_another_event(
        self, log_of_a_bank: Log, tmp_path: Path
    ) -> None:
        call_command("seed_demo", output=tmp_path / "demo.json", piggy_origin="https://piggy.example")
        seal()
        code, said = verify_audit()
        assert (code, said.splitlines()[-1]) == (0, "good"), said
        with log_of_a_bank.superuser() as superuser:
            superuser.execute("ALTER TABLE accounts_posting DISABLE TRIGGER ALL")
            superuser.execute(
                "UPDATE accounts_posting SET audit_event_id = gen_random_uuid()"
                " WHERE id = (SELECT id FROM accounts_posting LIMIT 1)"
            )
        code, said = verify_audit()
        assert code == 14
        assert "is not in the log" in said
        assert "has no entry in accounts_posting" in said
