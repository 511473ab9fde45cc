"""What comes in is held against a list of what is allowed; what goes out is encoded for where it goes."""

import csv
import html
import io
import re

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def pay(raw):
    global balance
    body = json.loads(raw, object_pairs_hook=once)
    amount, reference = read_amount(body), read_reference(body)
    if amount is None or amount > balance:
        return 400
    balance -= amount
    references.append(reference)
    return 201


balance = 100_00  # pence: whole numbers


def once(pairs):
    """Return an object; no name may stand in it twice."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands here twice")
    return dict(pairs)


def read_amount(body):
    """Return whole pence; None for what is not written as pounds and pence."""
    amount = body["amount"]
    if not isinstance(amount, str) or not re.fullmatch(r"(0|[1-9][0-9]{0,6})\.[0-9]{2}", amount, re.ASCII):
        return None
    return int(amount.replace(".", "")) or None


def read_reference(body):
    """Return the text; a control character is not part of one."""
    if not body["reference"].isprintable():
        raise ValueError("a control character")
    return body["reference"]


def shown(text):
    return html.escape(text)


def cell(text):
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([f"'{text}" if text.startswith(FORMULA) else text])
    return line.getvalue()
