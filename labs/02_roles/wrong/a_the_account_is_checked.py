"""The idea: whoever asks for an account must be its owner.

Still open: what hangs on the account. Each address with a number in it is a door of its own.
"""


def history(user, number):
    return transactions.get(number)
