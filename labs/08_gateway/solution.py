"""Believe the connection; believe a header from the proxy's alone, and of it the part the proxy wrote."""


def client_address(peer, headers):
    if peer != PROXY:
        return peer
    return (headers["X-Forwarded-For"] or "").split(",")[-1].strip()
