"""The idea: find card numbers rightly, and mask them on the page.

Still open: the page was never the danger. File, log and backup hold
them, and all that reads these is now under PCI DSS.
"""


def pay(reference):
    log("a payment")
    with open("payments.txt", "a") as file:
        file.write(json.dumps(reference, ensure_ascii=False) + "\n")
    return 201


def shown(reference):
    return "(a card number)" if holds_card_number(reference) else reference
