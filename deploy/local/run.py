"""The whole bank in the foreground: `python -m deploy.local.run` (or `make run`).

PostgreSQL, roles, broker, migrations, static files, web, worker, beat, demo data and the example app, each
once what it needs is there. Ctrl-C or SIGTERM stops all of it; what dies in between is started again.
"""

import os
import sys
import time
from collections.abc import Callable

from deploy.local import announce, demo, manage, signals, stamps
from deploy.local.bank import DATABASE, Bank
from deploy.local.failures import SetupFailed
from deploy.local.management import Command
from deploy.local.plan import make_plan
from deploy.local.processes import Process, wait_until
from deploy.local.readiness import answers, wait_for
from deploy.local.signals import StopRequested
from deploy.local.stamps import Stamp
from deploy.local.state import State, state_directory
from deploy.local.steps import Steps, complain, say
from deploy.local.supervisor import Supervisor, Unit

STEPS = 11
# What serves people goes before what it stands on. Together below the 15 seconds a stop may take.
STOP_STAGES = (("piggy", "beat"), ("web", "mtls", "worker"), ("broker", "witness", "rail"), ("postgres",))
CENSUS_SECONDS = 1.0


class Run:
    """One run of the bank, from the first check to the last process."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.steps = Steps(STEPS)
        self.supervisor = Supervisor(changed=self.tell_processes_now)
        self.seeding: Command | None = None
        self.census: dict[str, list[int]] = {}
        self.next_census = 0.0

    def start(self) -> None:
        """Bring everything up, in order; raises SetupFailed."""
        with self.steps.step("tools and ports"):
            self.state.rotate_logs()
            self.bank = Bank(self.state, make_plan(os.environ))
        with self.steps.step("keys and certificates"):
            self.bank.prepare_run()
            self.bank.certificates.renew()
            self.bank.environment("command")
        with self.steps.step("the audit log's witness"):
            self.start_witness()
        with self.steps.step("the rail to other banks, simulated"):
            self.start_rail()
        with self.steps.step("PostgreSQL" if self.bank.postgres else "PostgreSQL: the one of DATABASE_URL"):
            self.start_postgres()
        with self.steps.step("broker and cache" if self.bank.valkey else "broker and cache: the ones given"):
            self.start_broker()
        with self.steps.step("migrations and static files"):
            self.migrate()
            self.erase_again()
        with self.steps.step("web, worker, scheduler"):
            self.start_processes()
        with self.steps.step("demo data"):
            self.finish_seeding()
        with self.steps.step("example app"):
            client = demo.read_seeded(self.state)["clients"]["piggy"]
            self.keep("piggy", lambda: Process(self.bank.piggy(client)))
        with self.steps.step("everything answers"):
            self.wait_until_ready()

    def start_witness(self) -> None:
        """Start the witness, write the policy that names it. The bank opens without it, too, and says so."""
        witness = self.bank.witness_files
        self.keep("witness", lambda: Process(witness.program()), stop_within_seconds=2)
        process = self.supervisor.units[-1].process
        if not wait_until(lambda: witness.answers() or not process or process.ended(), within_seconds=20):
            say("the witness does not answer yet")
        witness.write_policy()

    def start_rail(self) -> None:
        """Start the rail simulator. The bank opens without it, too: payments inside it need no rail."""
        rail = self.bank.rail_files
        self.keep("rail", lambda: Process(rail.program()), stop_within_seconds=2)
        process = self.supervisor.units[-1].process
        if not wait_until(lambda: rail.answers() or not process or process.ended(), within_seconds=20):
            say("the rail does not answer yet")

    def start_postgres(self) -> None:
        """Start our own server with its roles and database."""
        server, roles = self.bank.postgres, self.bank.roles
        if server and roles:
            server.create()
            self.keep("postgres", server.start, stop_within_seconds=4)
            roles.create()
            roles.create_database(DATABASE)

    def start_broker(self) -> None:
        """Start our own Valkey, unless broker and cache were given."""
        if self.bank.valkey:
            self.keep("broker", self.bank.valkey.start, stop_within_seconds=2)

    def migrate(self) -> None:
        """Bring the database and the static files up to this code; nothing to do while it is unchanged."""
        stamp = Stamp(self.state, "code", stamps.code())
        if self.bank.postgres and stamp.is_fresh():
            return
        static = self.command("collectstatic", "--noinput", "--verbosity=0")
        migrate = self.command("migrate", env=self.bank.owner_environment())
        migrate.finish("the database belongs to other code, perhaps: `make reset` forgets all local data")
        static.finish("check that the project's folder can be written and the disk has room")
        stamp.done()

    def erase_again(self) -> None:
        """Erase again whoever the ledger names: the database may be one that was restored."""
        if (self.state.root / "privacy" / "erasures").exists():
            again = self.command("reapply_erasures")
            again.finish("the ledger of erasures cannot be read: see docs/how-to/restore-a-backup.md")

    def start_processes(self) -> None:
        """Start the processes of the bank, and the demo data beside them."""
        self.keep("web", lambda: Process(self.bank.web()))
        self.keep("mtls", lambda: Process(self.bank.mtls()))
        self.begin_seeding()
        self.keep("worker", lambda: Process(self.bank.worker()))
        self.keep("beat", lambda: Process(self.bank.beat()))

    def begin_seeding(self) -> None:
        """Start to write the demo data, unless it was written before for the same addresses."""
        output, piggy = str(demo.seeded(self.state)), self.bank.plan.piggy_origin
        self.seeded = Stamp(self.state, "demo", f"{self.bank.plan.origin} {piggy}")
        if not (self.bank.postgres and self.seeded.is_fresh()):
            self.seeding = self.command("seed_demo", "--output", output, "--piggy-origin", piggy)

    def finish_seeding(self) -> None:
        """Wait for the demo data; raises SetupFailed."""
        if self.seeding:
            self.seeding.finish("read the lines above; `make reset` forgets all local data and begins anew")
            self.seeded.done()

    def command(self, name: str, *arguments: str, env: dict[str, str] | None = None) -> Command:
        """Start one of Django's commands; what it says goes to its own log."""
        log = self.state.logs / f"{name}.log"
        return Command(name, *arguments, env=env or self.bank.environment("command"), log=log)

    def wait_until_ready(self) -> None:
        """Wait until each process answers."""
        bank, ca = self.bank, self.bank.certificates.ca
        checks = {
            "web": lambda: answers(bank.plan.port, "/readyz", ca),
            "mtls": lambda: answers(bank.plan.mtls_port, "/readyz", ca),
            "worker": lambda: bank.ready_file("worker").exists(),
            "beat": lambda: bank.ready_file("beat").exists(),
            "piggy": lambda: answers(bank.plan.piggy_port, "/", ca),
        }
        for unit in self.supervisor.units:
            if unit.name in checks:
                wait_for(unit, checks[unit.name])

    def serve(self) -> None:
        """Say that the bank is open, and keep it so until somebody asks to stop."""
        self.tell_processes()
        manage.allow(self.bank)
        say(announce.announcement(demo.describe(self.bank, {}), self.steps.seconds()))
        self.supervisor.watch(self.tell_processes)

    def tell_processes(self) -> None:
        """Keep the process ids in demo.json true, looking every second."""
        if time.monotonic() >= self.next_census:
            self.tell_processes_now()

    def tell_processes_now(self) -> None:
        """Write demo.json again where a process id is another one."""
        self.next_census = time.monotonic() + CENSUS_SECONDS
        census = demo.process_ids(self.supervisor.units)
        if census != self.census:
            self.census = census
            demo.write(self.bank, self.supervisor.units)

    def stop(self) -> None:
        """Stop everything that runs, in reverse."""
        self.state.demo.unlink(missing_ok=True)
        manage.environment_file(self.state).unlink(missing_ok=True)
        self.supervisor.stop(STOP_STAGES)

    def keep(self, name: str, start: Callable[[], Process], *, stop_within_seconds: float = 7) -> None:
        """Start a process and start it again whenever it dies."""
        self.supervisor.add(Unit(name, start, stop_within_seconds=stop_within_seconds))


def main(arguments: list[str]) -> int:
    """Run the bank until a signal; return 0 after an orderly stop, 1 when it could not start."""
    signals.listen()
    state = State(state_directory())
    try:
        if "--stop-with-parent" in arguments:
            signals.stop_with_parent()
        state.prepare()
        state.lock()
        state.demo.unlink(missing_ok=True)
    except StopRequested:
        return 0
    except SetupFailed as failure:
        complain(str(failure))
        return 1
    return _run_to_the_end(Run(state))


def _run_to_the_end(run: Run) -> int:
    status = 0
    try:
        run.start()
        run.serve()
    except StopRequested:
        say("\nstopping …")
    except SetupFailed as failure:
        complain(str(failure))
        status = 1
    finally:
        signals.ignore()
        run.stop()
    say("the bank is closed")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
