"""Payments in, a page and a spreadsheet out."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

balance = 100.00
references = []


def pay(raw):
    """Take a payment (JSON) and return the HTTP status: booked (201) or refused (400)."""
    global balance
    body = json.loads(raw)
    amount = read_amount(body)
    if amount is None or amount > balance:
        return 400
    balance -= amount
    references.append(read_reference(body))
    return 201


def read_amount(body):
    """Return the amount; None for one that is not allowed."""
    return float(body["amount"])


def read_reference(body):
    """Return the text the payee will read."""
    return body["reference"]


def page():
    """Return the payments as a page."""
    return "<ul>" + "".join(f"<li>{shown(reference)}</li>" for reference in references) + "</ul>"


def shown(text):
    """Return a text as it stands in the page."""
    return text


def sheet():
    """Return the payments as CSV."""
    return "reference\r\n" + "".join(f"{cell(reference)}\r\n" for reference in references)


def cell(text):
    """Return a text as one cell of the sheet."""
    return text


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            self.answer(pay(self.rfile.read(int(self.headers["Content-Length"]))))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.answer(400)

    def do_GET(self):
        self.answer(200, page() if self.path == "/payments.html" else sheet())

    def answer(self, status, text=""):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
