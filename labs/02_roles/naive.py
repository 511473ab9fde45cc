"""Customers look at their accounts and change their profiles; staff look at everything."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

users = {
    "alice": {"role": "customer", "name": "Alice", "phone": "1"},
    "bob": {"role": "customer", "name": "Bob", "phone": "2"},
}
accounts = {
    "1001": {"owner": "alice", "balance": "10.00"},
    "1002": {"owner": "bob", "balance": "20.00"},
}
transactions = {
    "1001": [{"account": "1001", "amount": "1.00", "to": "1002"}],
    "1002": [{"account": "1002", "amount": "2.00", "to": "1001"}],
}


def account(user, number):
    """Return an account, or None for what the user may not see."""
    return accounts.get(number)


def history(user, number):
    """Return the transactions of an account, or None for what the user may not see."""
    return transactions.get(number)


def change_profile(user, changes):
    """Change what a person says of themselves and return it."""
    users[user].update(changes)
    return users[user]


def everybody(user):
    """Return all users, for staff; None for others."""
    return users if users[user]["role"] == "staff" else None


def answer(user, method, parts, body):
    """Return what a request is answered; None is told as not found."""
    match [method, *parts]:
        case ["GET", "accounts", number]:
            return account(user, number)
        case ["GET", "accounts", number, "transactions"]:
            return history(user, number)
        case ["PATCH", "me"]:
            return change_profile(user, body)
        case ["GET", "users"]:
            return everybody(user)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
        user = self.headers["X-User"]  # who is signed in is another lab
        try:
            found = answer(user, self.command, self.path.strip("/").split("/"), body)
            self.send_response(200 if found is not None else 404)
        except (ValueError, LookupError, TypeError):
            found = None
            self.send_response(400)
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    do_PATCH = do_GET


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
