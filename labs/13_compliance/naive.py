"""Payments with a reference. Everything is written down; one never knows what it will be good for."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def log(words):
    """Write a line for whoever looks after the program."""
    with open("app.log", "a") as file:
        file.write(words + "\n")


def pay(reference):
    """Keep a payment; returns the HTTP status."""
    log(f"payment: {reference}")
    with open("payments.txt", "a") as file:
        file.write(json.dumps(reference, ensure_ascii=False) + "\n")
    return 201


def shown(reference):
    """Return a reference as the page shows it."""
    return reference


def payments():
    """Return all references."""
    try:
        with open("payments.txt") as file:
            return [shown(json.loads(line)) for line in file]
    except FileNotFoundError:
        return []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(pay(body["reference"]), None)

    def do_GET(self):
        self.answer(200, payments())

    def answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
