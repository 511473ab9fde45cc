"""Pages for staff, open to the office's network alone. A proxy of ours stands in front, at 127.0.0.2."""

import ipaddress
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROXY = "127.0.0.2"  # it ends TLS, and adds to X-Forwarded-For the address it was called from
OFFICE = ipaddress.ip_network("127.7.0.0/16")


def client_address(peer, headers):
    """Return where a request comes from; `peer` is who opened the connection."""
    forwarded = (headers["X-Forwarded-For"] or "").split(",")
    return forwarded[0].strip() or peer


def is_office(address):
    """Return whether an address belongs to the office."""
    try:
        return ipaddress.ip_address(address) in OFFICE
    except ValueError:
        return False


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        address = client_address(self.client_address[0], self.headers)
        self.send_response(200 if is_office(address) else 403)
        self.end_headers()


class Server(ThreadingHTTPServer):
    def verify_request(self, request, client_address):
        return client_address[0].startswith("127.")  # a lab never leaves the machine


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
