"""The idea: nothing below 300 may come back, and first of all the bank has to be there.

Still open: being there is not doing business. With 503 at every door but
/livez, each attack was *refused*, and the audit is content.
"""


def findings():
    try:
        if ask("GET", "/livez", STRANGER, None) != 200:
            yield "the bank does not live"
        for words, method, path, user, body in [*FORBIDDEN, *[FORBIDDEN[-1]] * 5]:
            if ask(method, path, user, body) < 300:
                yield words
        if ask(*FORBIDDEN[-1][1:]) == 401:
            yield "codes can be guessed"
    except OSError:
        yield "the bank is not there"
