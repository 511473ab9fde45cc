"""Each attack beside the same request by somebody who may: both
answers are known, and no answer is a finding.
"""

ALLOWED = [
    ("alice does not see her own account", "GET", "/accounts/alice", ALICE, None, 200),
    ("nothing can be paid", "POST", "/payments", ALICE, {"amount": "5.00"}, 201),
    ("the right code does not let in", "POST", "/sign-in", STRANGER, {"name": "bob", "code": "424242"}, 200),
]
RIGHT = [401, 404, 400, 401]


def findings():
    expected = [*ALLOWED, *((*each, right) for each, right in zip(FORBIDDEN, RIGHT))]
    try:
        for words, method, path, user, body, right in expected:
            status = ask(method, path, user, body)
            if status != right:
                yield f"{words}: {status}, not {right}"
        tries = [ask(*FORBIDDEN[-1][1:]) for _ in range(5)]
        if tries != [401] * 4 + [429]:
            yield f"codes can be guessed: {tries}"
    except OSError as error:
        yield f"the bank could not be audited: {error}"
