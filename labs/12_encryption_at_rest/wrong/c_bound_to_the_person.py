"""The idea: authenticate whose it is, or give each person a key of their own.

Still open: among the fields of one person, what is shown may hold what is masked.
"""


def place(person, field):
    return person.encode()
