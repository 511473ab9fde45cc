"""The idea: believe the list only where the proxy has left its sign, the header Via.

Still open: a header that says who wrote the headers is a header.
"""


def client_address(peer, headers):
    forwarded = (headers["X-Forwarded-For"] or "").split(",")
    return forwarded[-1].strip() if headers["Via"] == "1.1 gateway" else peer
