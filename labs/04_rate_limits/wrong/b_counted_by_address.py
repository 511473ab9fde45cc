"""The idea: one table for all processes, counted exactly, by the address the request comes from.

Still open: the address is read from a header the caller writes.
Another address for each guess, and each is the first.
"""


def sign_in(name, code, headers):
    if count(headers["X-Forwarded-For"]) > MOST_TRIES:
        return 429
    return 200 if is_right(name, code) else 401
