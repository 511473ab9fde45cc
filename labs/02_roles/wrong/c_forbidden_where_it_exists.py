"""The idea: check the owner, and say clearly that it is forbidden.

Still open: *forbidden* and *not found* are two answers. Ask for all
numbers, and you have the list of the bank's accounts.
"""


def account(user, number):
    found = accounts.get(number)
    if found and found["owner"] != user:
        raise ValueError("this account is somebody else's")
    return found
