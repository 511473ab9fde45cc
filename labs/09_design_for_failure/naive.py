"""Payments, with a key for each so that a client may ask again. The client sends it; nobody reads it yet."""

import json
import sqlite3
import sys
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def database():
    """Open the bank's file; a change is whole once it is committed."""
    return closing(sqlite3.connect("bank.db", timeout=10, isolation_level=None))


def pay(key, amount):
    """Take a payment and return status and answer."""
    with database() as bank:
        bank.execute("BEGIN IMMEDIATE")
        payment = book(bank, amount)
        bank.execute("COMMIT")
    return 201, payment


def book(bank, amount):
    """Take the amount from the balance and write the payment down."""
    time.sleep(0.05)  # a ledger has more to do than this
    bank.execute("UPDATE account SET balance = balance - ?", (amount,))
    number = bank.execute("INSERT INTO payments (amount) VALUES (?) RETURNING number", (amount,)).fetchone()[
        0
    ]
    return {"number": number, "amount": amount}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(*pay(self.headers["Idempotency-Key"], body["amount"]))

    def do_GET(self):
        with database() as bank:
            self.answer(200, {"balance": bank.execute("SELECT balance FROM account").fetchone()[0]})

    def answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


def prepare():
    """Make the file with one account in it, unless it is there already."""
    with database() as bank:
        bank.execute("CREATE TABLE IF NOT EXISTS payments (number INTEGER PRIMARY KEY, amount)")
        bank.execute("CREATE TABLE IF NOT EXISTS answers (key PRIMARY KEY, amount, answer)")
        bank.execute("CREATE TABLE IF NOT EXISTS account (id PRIMARY KEY, balance)")
        bank.execute("INSERT OR IGNORE INTO account VALUES (1, 1000)")


if __name__ == "__main__":
    prepare()
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
