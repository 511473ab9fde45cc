"""Customers whose fields lie encrypted in the database; the key is the program's, and not in it."""

import json
import os
import sqlite3
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY = AESGCM.generate_key(bit_length=256)
PEOPLE = {
    "alice": {"nickname": "Ally", "address": "1 Quay Street", "tax_number": "QQ123456C"},
    "bob": {"nickname": "Bobby", "address": "2 Harbour Lane", "tax_number": "QQ654321A"},
}


def seal(text, person, field):
    """Encrypt a text, and notice when somebody changed it: AES-256-GCM."""
    nonce = os.urandom(12)
    return nonce + AESGCM(KEY).encrypt(nonce, text.encode(), None)


def unseal(box, person, field):
    """Decrypt a text; raises InvalidTag for a box that was changed."""
    return AESGCM(KEY).decrypt(box[:12], box[12:], None).decode()


def profile(person):
    """Return what a person sees of themselves: the tax number only at its end."""
    with closing(sqlite3.connect("customers.db")) as database:
        query = "SELECT nickname, address, tax_number FROM customers WHERE name = ?"
        row = database.execute(query, (person,)).fetchone()
    fields = zip(("nickname", "address", "tax_number"), row)
    shown = {field: unseal(box, person, field) for field, box in fields}
    return {**shown, "tax_number": "******" + shown["tax_number"][-3:]}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, answer = 200, profile(self.path[1:])  # who is signed in is another lab
        except InvalidTag:
            status, answer = 500, {}
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())


def prepare():
    """Write the customers down, sealed."""
    with closing(sqlite3.connect("customers.db")) as database, database:
        database.execute("CREATE TABLE customers (name PRIMARY KEY, nickname, address, tax_number)")
        for person, fields in PEOPLE.items():
            boxes = [seal(text, person, field) for field, text in fields.items()]
            database.execute("INSERT INTO customers VALUES (?, ?, ?, ?)", (person, *boxes))


if __name__ == "__main__":
    prepare()
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
