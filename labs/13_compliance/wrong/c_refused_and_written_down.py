"""The idea: refuse such payments; and keep a line about each refusal, for support.

Still open: the line. What was wrong with a request is seldom more than its name.
"""


def pay(reference):
    if holds_card_number(reference):
        log(f"refused, a card number: {reference}")
        return 400
    log("a payment")
    with open("payments.txt", "a") as file:
        file.write(json.dumps(reference, ensure_ascii=False) + "\n")
    return 201
