"""The idea: remember the answer to each key, under a lock.

Still open: the memory is a process's. After a restart the bank has never heard of the key, and restarts
are when answers get lost; with two processes, the second has not heard of it either.
"""

import threading

lock = threading.Lock()
answers = {}


def pay(key, amount):
    with lock:
        if key not in answers:
            with database() as bank:
                bank.execute("BEGIN IMMEDIATE")
                answers[key] = amount, book(bank, amount)
                bank.execute("COMMIT")
        known, payment = answers[key]
    return (201, payment) if known == amount else (422, {"error": "this key was for another payment"})
