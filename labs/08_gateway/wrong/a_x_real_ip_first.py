"""The idea: X-Forwarded-For is a list anybody may begin; X-Real-IP is one address, set by proxies.

Still open: by proxies that are told to set it. Ours passes on what the client wrote.
"""


def client_address(peer, headers):
    forwarded = (headers["X-Forwarded-For"] or "").split(",")
    return headers["X-Real-IP"] or forwarded[-1].strip() or peer
