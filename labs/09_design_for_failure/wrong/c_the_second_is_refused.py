"""The idea: each key may come once; the database itself refuses it the second time.

Still open: the client that lost the answer asks what became of its
payment, and hears *no*. So it pays again, under a new key.
"""


def pay(key, amount):
    with database() as bank:
        bank.execute("BEGIN IMMEDIATE")
        try:
            bank.execute("INSERT INTO answers VALUES (?, ?, '')", (key, amount))
        except sqlite3.IntegrityError:
            bank.execute("ROLLBACK")
            return 400, {"error": "this key was used before"}
        payment = book(bank, amount)
        bank.execute("COMMIT")
        return 201, payment
