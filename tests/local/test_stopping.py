"""One bank's life: opened by make, closed by a signal, killed in every way, opened again with all it had."""

import os
import signal

from tests.local.banks import LocalBank, kill, still_alive, until

STOP_SECONDS = 15
DEATH_SECONDS = 10


class TestABank:
    def test_keeps_all_it_had_however_it_ends(self, own_bank: LocalBank) -> None:
        memory, facts = self.opened_by_make_and_closed_by_sigterm(own_bank)
        for ending in (self.launcher_killed, self.everything_killed, self.make_killed):
            own_bank.start(*(("make", "run") if ending == self.make_killed else ()))
            assert (own_bank.memory(), self.facts(own_bank)) == (memory, facts)
            until(own_bank.is_ready, "the bank answers")
            family = own_bank.family()
            ending(own_bank)
            until(lambda family=family: not still_alive(family), "no process is left", DEATH_SECONDS)

    def opened_by_make_and_closed_by_sigterm(self, bank: LocalBank) -> tuple[object, object]:
        bank.start("make", "run")
        remembered = bank.memory(), self.facts(bank)
        family = bank.family()
        bank.stop()
        assert still_alive(family) == []
        assert not (bank.state / "demo.json").exists()
        assert "the bank is closed" in bank.words()
        return remembered

    def launcher_killed(self, bank: LocalBank) -> None:
        bank.kill()

    def everything_killed(self, bank: LocalBank) -> None:
        family = bank.family()
        kill([process.pid for process in family])
        bank.kill()

    def make_killed(self, bank: LocalBank) -> None:
        """Make dies without a word; the launcher below it is told by the kernel and stops in order."""
        bank.kill()
        until(lambda: "the bank is closed" in bank.words(), "an orderly stop", STOP_SECONDS)

    def facts(self, bank: LocalBank) -> object:
        demo = bank.demo
        return demo["users"], demo["clients"], bank.ca_file.read_text()

    def test_is_not_started_halfway_when_told_to_stop_while_it_starts(self, own_bank: LocalBank) -> None:
        launcher = own_bank.launch()
        until(lambda: "PostgreSQL" in own_bank.words(), "the start is under way", STOP_SECONDS)
        family = own_bank.family()
        os.kill(launcher.pid, signal.SIGINT)
        assert launcher.wait(STOP_SECONDS) == 0
        assert still_alive(family) == []
