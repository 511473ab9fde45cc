"""Payment and answer under its key are one transaction; the second to come gets the answer of the first."""


def pay(key, amount):
    with database() as bank:
        bank.execute("BEGIN IMMEDIATE")  # from here on, whoever else comes waits
        known = bank.execute("SELECT amount, answer FROM answers WHERE key = ?", (key,)).fetchone()
        if known:
            bank.execute("COMMIT")
            return answered(known, amount)
        payment = book(bank, amount)
        bank.execute("INSERT INTO answers VALUES (?, ?, ?)", (key, amount, json.dumps(payment)))
        bank.execute("COMMIT")
        return 201, payment


def answered(known, amount):
    """Return the answer given before; another payment under the same key is a mistake of the client's."""
    if known[0] != amount:
        return 422, {"error": "this key was for another payment"}
    return 201, json.loads(known[1])
