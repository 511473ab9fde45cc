"""The idea: the proxy adds at the end, so the last address is the one it saw.

Still open: if the proxy was there. Whoever reaches the server itself writes a list of one.
"""


def client_address(peer, headers):
    forwarded = (headers["X-Forwarded-For"] or "").split(",")
    return forwarded[-1].strip() or peer
