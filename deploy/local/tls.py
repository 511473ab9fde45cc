"""The local certificate authority, which stays, and the servers' certificate, made anew at each start."""

import datetime
from pathlib import Path

import trustme

from deploy.local.state import State, write_private, write_whole

NAMES = ("localhost", "127.0.0.1", "::1")
VALID_DAYS = 90


class Certificates:
    """Where the certificate authority and the servers' certificate lie."""

    def __init__(self, state: State) -> None:
        self.ca = state.tls / "ca.pem"
        self.chain = state.tls / "server.pem"
        self.key = state.tls / "server.key"
        self._ca_key = state.keys / "tls-authority"

    def renew(self) -> None:
        """Issue a certificate for this machine, by the authority of earlier runs or a new one."""
        authority = self._authority()
        until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=VALID_DAYS)
        issued = authority.issue_cert(*NAMES, common_name="Harbour Bank on this machine", not_after=until)
        write_private(self.key, issued.private_key_pem.bytes().decode())
        write_whole(self.chain, "".join(part.bytes().decode() for part in issued.cert_chain_pems))

    def _authority(self) -> trustme.CA:
        if self.ca.exists() and self._ca_key.exists():
            return trustme.CA.from_pem(self.ca.read_bytes(), self._ca_key.read_bytes())
        authority = trustme.CA(organization_name="Harbour Bank (this machine only)")
        write_private(self._ca_key, authority.private_key_pem.bytes().decode())
        write_whole(self.ca, authority.cert_pem.bytes().decode())
        return authority


def paths(state: State) -> tuple[Path, Path]:
    """Return the files a server needs: its chain and its key."""
    found = Certificates(state)
    return found.chain, found.key
