"""The idea: sixteen digits in a row are a card; mask them wherever they are written.

Still open: people write them in groups, and not every card has
sixteen. Invoices have sixteen digits, too, and are lost.
"""

import re


def pay(reference):
    reference = re.sub(r"\d{16}", "****", reference)
    log(f"payment: {reference}")
    with open("payments.txt", "a") as file:
        file.write(json.dumps(reference, ensure_ascii=False) + "\n")
    return 201
