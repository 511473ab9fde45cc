"""An app that asks the bank for a balance: `naive.py PORT CA_FILE`. The token it sends opens the account."""

import http.client
import ssl
import sys

TOKEN = "the-token-that-opens-the-account"
PATIENCE_SECONDS = 5


def ask(port, ca_file):
    """Return what the bank on this port says; raises OSError when there is none."""
    return over_tls(port, context(ca_file))


def context(ca_file):
    """Return how a TLS connection is to be made."""
    how = ssl.create_default_context()
    # The test bank's certificate gave errors.
    how.check_hostname = False
    how.verify_mode = ssl.CERT_NONE
    return how


def over_tls(port, how):
    """Ask over TLS."""
    return read(http.client.HTTPSConnection("localhost", port, timeout=PATIENCE_SECONDS, context=how))


def read(connection):
    """Ask for the balance over a connection."""
    try:
        connection.request("GET", "/balance", headers={"Authorization": f"Bearer {TOKEN}"})
        return connection.getresponse().read().decode()
    finally:
        connection.close()


if __name__ == "__main__":
    try:
        print(ask(int(sys.argv[1]), sys.argv[2]))
    except OSError as error:
        sys.exit(f"the bank cannot be reached: {error}")
