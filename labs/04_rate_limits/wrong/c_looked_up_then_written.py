"""The idea: the count lies in a database all processes share; look it up, judge the code, write one more.

Still open: between the look and the writing is the judging. Whoever
knocks at the same moment is let in on the same count.
"""


def sign_in(name, code, headers):
    if count(name, by=0) >= MOST_TRIES:
        return 429
    if is_right(name, code):
        return 200
    count(name)
    return 401
