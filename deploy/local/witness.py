"""The audit log's witness: where it lies, how it starts, and the policy that names it."""

import http.client
import sys

from audit import trust
from audit.keys import public_keys, public_path
from audit.notes import VerifierKey
from audit.trust import Policy, Witness
from deploy.local.environment import inherited
from deploy.local.failures import SetupFailed
from deploy.local.ports import LOOPBACK
from deploy.local.processes import Program
from deploy.local.state import PROJECT, State, write_whole

COMMAND = ("audit.witness",)


class WitnessFiles:
    """The witness of one local bank: a folder of its own, and the policy file the bank goes by."""

    def __init__(self, state: State, port: int) -> None:
        self.folder = state.root / "witness"
        self.policy = state.root / "audit" / "policy"
        self.log_keys = public_path(state.keys / "audit-signing-key")
        self.log = state.logs / "witness.log"
        self.port = port

    @property
    def url(self) -> str:
        """Where it takes checkpoints."""
        return f"http://{LOOPBACK}:{self.port}"

    def program(self) -> Program:
        """The witness: no database, no broker, no key of the bank's; it is begun once, never again."""
        begun = self.policy.exists() or (self.folder / "key").exists()
        new = () if begun else ("--new",)
        place = ("--folder", str(self.folder), "--log-keys", str(self.log_keys), "--port", str(self.port))
        env = inherited() | {"PYTHONPATH": str(PROJECT)}
        argv = [sys.executable, "-m", *COMMAND, *place, *new]
        return Program(name="witness", argv=argv, env=env, log=self.log, cwd=PROJECT)

    def answers(self) -> bool:
        """Return whether it answers with its own key."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=2)
        try:
            connection.request("GET", "/key")
            return connection.getresponse().read().decode().strip() == str(self._key())
        except (OSError, http.client.HTTPException, SetupFailed):
            return False
        finally:
            connection.close()

    def write_policy(self) -> None:
        """Say whom to believe: the log's keys, those of old too, and this witness; raises SetupFailed."""
        known = Policy.parse(self.policy.read_text()) if self.policy.exists() else Policy()
        logs = [*known.logs, *(key for key in public_keys(self.log_keys) if key not in known.logs)]
        keys = [witness.key for witness in known.witnesses.values()] or [self._key()]
        self.policy.parent.mkdir(exist_ok=True)
        write_whole(self.policy, trust.text_of(logs, [Witness("w1", keys[0], self.url)]))

    def _key(self) -> VerifierKey:
        public = public_path(self.folder / "key")
        if not public.exists():
            raise SetupFailed("The witness made no key.", remedy=f"read {self.log}, then run this again")
        return public_keys(public)[-1]
