"""The idea: say of each attack which answer is the right one; anything else is a finding.

Still open: a limit shows only to who reaches it. One wrong code is
answered 401 by a bank that lets you try a million.
"""

RIGHT = [401, 404, 400, 401]


def findings():
    try:
        for (words, *request), right in zip(FORBIDDEN, RIGHT):
            if ask(*request) != right:
                yield words
        if ask("GET", "/accounts/alice", ALICE, None) != 200:
            yield "alice does not see her own account"
    except OSError:
        yield "the bank is not there"
