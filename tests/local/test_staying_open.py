"""What dies is started again, and nothing is lost; who sees which credential; who may come in."""

import os
import socket
import ssl
import stat
import subprocess
import sys
import warnings

import psutil
import psycopg
import pytest

from deploy.local.state import PROJECT
from tests.local.banks import LocalBank, kill, until

PROCESSES = ("web", "mtls", "worker", "beat", "piggy", "broker", "witness", "postgres")


class TestAProcessThatDies:
    @pytest.mark.parametrize("name", PROCESSES)
    def test_is_started_again_and_nothing_is_lost(self, mortal_bank: LocalBank, name: str) -> None:
        before, killed = mortal_bank.memory(), mortal_bank["processes"][name]

        kill(killed)

        until(lambda: replaced(mortal_bank["processes"][name], killed), f"another {name}")
        until(mortal_bank.is_ready, "the bank answers again")
        assert mortal_bank.memory() == before
        assert psutil.pid_exists(mortal_bank["processes"][name][0])
        assert f"{name} runs again" in mortal_bank.words()


def replaced(now: list[int], before: list[int]) -> bool:
    """Whether there are processes, and none of the old ones."""
    return bool(now) and not set(now) & set(before)


class TestASecondStart:
    def start(self, bank: LocalBank, **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "deploy.local.run"],
            cwd=PROJECT,
            env=bank.environment() | changed,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_in_the_same_folder_is_refused(self, mortal_bank: LocalBank) -> None:
        done = self.start(mortal_bank)
        assert done.returncode == 1
        assert "already runs" in done.stderr
        assert f"process {mortal_bank.family()[0].pid}" in done.stderr
        until(mortal_bank.is_ready, "the first one is as it was")

    def test_on_the_same_port_says_which_port_to_name(self, mortal_bank: LocalBank) -> None:
        done = self.start(mortal_bank, BANK_STATE_DIR=f"{mortal_bank.state}-beside")
        assert done.returncode == 1
        assert f"Port {mortal_bank.port}" in done.stderr
        assert f"PORT={mortal_bank.port + 1000} make run" in done.stderr

    def test_with_a_port_that_is_none_says_what_to_do(self, mortal_bank: LocalBank) -> None:
        done = self.start(mortal_bank, BANK_STATE_DIR=f"{mortal_bank.state}-beside", PORT="http")
        assert done.returncode == 1
        assert "what to do: say a number" in done.stderr


class TestCredentials:
    def test_the_web_process_cannot_seal_the_log_nor_migrate(self, mortal_bank: LocalBank) -> None:
        given = " ".join(mortal_bank.environment_of("web").values())
        assert "bank_app:" in given
        assert "bank_reader:" in given
        assert not [role for role in ("bank_owner:", "bank_sealer:", "postgres:") if role in given]
        assert "AUDIT_SIGNING_KEY_FILE" not in mortal_bank.environment_of("web")

    def test_the_worker_cannot_sign_tokens_nor_migrate(self, mortal_bank: LocalBank) -> None:
        environment = mortal_bank.environment_of("worker")
        given = " ".join(environment.values())
        assert "bank_sealer:" in given
        assert not [role for role in ("bank_owner:", "postgres:") if role in given]
        assert not {"OAUTH_SIGNING_KEYS", "TLS_KEY_FILE"} & set(environment)

    def test_the_clock_holds_none_but_the_brokers(self, mortal_bank: LocalBank) -> None:
        web, beat = mortal_bank.environment_of("web"), mortal_bank.environment_of("beat")
        assert beat["BROKER_URL"] == web["BROKER_URL"]
        assert not [name for name in ("SECRET_KEY", "CACHE_URL") if beat[name] == web[name]]
        assert "MASTER_KEYS_FILE" in web
        assert "MASTER_KEYS_FILE" not in beat
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(beat["DATABASE_URL"], connect_timeout=2)

    def test_piggy_knows_public_facts_and_its_own_key_only(self, mortal_bank: LocalBank) -> None:
        environment = mortal_bank.environment_of("piggy")
        assert {name for name in environment if "URL" in name} == {"PIGGY_BANK_URL"}
        assert mortal_bank["clients"]["rival"]["client_id"] not in " ".join(environment.values())
        assert not {"SECRET_KEY", "MASTER_KEYS", "MASTER_KEYS_FILE", "BROKER_URL"} & set(environment)

    def test_files_with_secrets_are_for_their_owner_only(self, mortal_bank: LocalBank) -> None:
        keys = [path for path in (mortal_bank.state / "keys").iterdir() if path.suffix != ".pub"]
        for path in [mortal_bank.state / "demo.json", mortal_bank.state / "tls" / "server.key", *keys]:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path

    def test_no_password_stands_on_a_command_line(self, mortal_bank: LocalBank) -> None:
        lines = " ".join(" ".join(one.cmdline()) for one in mortal_bank.family())
        secrets = [path.read_text().strip() for path in (mortal_bank.state / "keys").glob("postgres-*")]
        assert len(secrets) == 5
        assert not [secret for secret in secrets if secret in lines]

    def test_a_wrong_password_does_not_open_the_database(self, mortal_bank: LocalBank) -> None:
        url = mortal_bank["database_url"].replace(":", ":x", 2).replace("postgresql:x", "postgresql:")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url)


class TestTheServers:
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root has to drop to another account")
    def test_postgresql_does_not_run_as_root(self, mortal_bank: LocalBank) -> None:
        assert psutil.Process(mortal_bank["processes"]["postgres"][0]).uids().real != 0

    def test_the_application_is_no_superuser(self, mortal_bank: LocalBank) -> None:
        with psycopg.connect(mortal_bank["app_database_url"]) as connection:
            row = connection.execute("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = user")
            assert row.fetchone() == (False, False)

    def test_commits_are_on_disk_before_they_are_acknowledged(self, mortal_bank: LocalBank) -> None:
        with psycopg.connect(mortal_bank["app_database_url"]) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                assert connection.execute(f"SHOW {setting}".encode()).fetchone() == ("on",)

    def test_web_speaks_no_tls_before_1_2(self, mortal_bank: LocalBank) -> None:
        assert self.handshake(mortal_bank, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
        with pytest.raises((ssl.SSLError, ConnectionError)):
            self.handshake(mortal_bank, ssl.TLSVersion.TLSv1_1)

    def handshake(self, bank: LocalBank, version: ssl.TLSVersion) -> str | None:
        context = ssl.create_default_context(cafile=str(bank.ca_file))
        context.set_ciphers("DEFAULT@SECLEVEL=0")  # the client would do; it is the server that must not
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        with (
            socket.create_connection(("localhost", bank.port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            return secured.version()
