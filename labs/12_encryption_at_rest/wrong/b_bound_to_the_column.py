"""The idea: authenticate the name of the column, so that no box opens in another one.

Still open: all rows have that column. Bob's address opens in alice's.
"""


def place(person, field):
    return field.encode()
