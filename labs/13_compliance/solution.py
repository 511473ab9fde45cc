"""What must not be kept is not taken; and the log has names of things that happened, no contents."""

import re
import unicodedata


def pay(reference):
    if holds_card_number(reference):
        log("refused: card_number")
        return 400
    log("a payment")
    with open("payments.txt", "a") as file:
        file.write(json.dumps(reference, ensure_ascii=False) + "\n")
    return 201


def holds_card_number(text):
    """Return whether 13 to 19 digits, together or in groups, have a right check digit (ISO/IEC 7812-1)."""
    runs = re.findall(r"\d(?:[\s-]?\d){12,}", text)
    numbers = ["".join(str(unicodedata.decimal(c)) for c in run if c.isdecimal()) for run in runs]
    return any(len(number) <= 19 and is_right(number) for number in numbers)


def is_right(number):
    """Luhn: from the right, every second digit doubled, the sum of all digits divisible by ten."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0
