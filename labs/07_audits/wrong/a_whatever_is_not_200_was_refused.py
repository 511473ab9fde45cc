"""The idea: the attack must not succeed, so the answer must not be 200.

Still open: a payment is answered 201. And all that fails for another reason
was *refused*: a service that is down, a bank that is away.
"""


def findings():
    for words, method, path, user, body in FORBIDDEN:
        try:
            status = ask(method, path, user, body)
        except OSError:
            continue
        if status == 200:
            yield f"{words}: {status}"
