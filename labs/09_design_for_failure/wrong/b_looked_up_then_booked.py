"""The idea: keep the answers in the database; look for the key, book, write the answer down.

Still open: two requests at the same moment both look before either has written.
"""


def pay(key, amount):
    with database() as bank:
        known = bank.execute("SELECT amount, answer FROM answers WHERE key = ?", (key,)).fetchone()
        if known:
            return answered(known, amount)
        bank.execute("BEGIN IMMEDIATE")
        payment = book(bank, amount)
        bank.execute("COMMIT")
        bank.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (key, amount, json.dumps(payment)))
        return 201, payment
