"""The control door, on loopback alone: what the rail shall do wrong, and what somebody decides by hand.

POST   /control/faults                     {"fault": …, "times": 1, "message": …, "seconds": …, "reason": …}
DELETE /control/faults                     everything works again
GET    /control/faults · /control/transfers/{id}
POST   /control/transfers/{id}/settle · /reject {"reason"} · /return {"reason"}
POST   /control/inbound                    {"iban", "amount", "currency", "name", "debtor_iban", "reference"}
Each body may say what time it is for its sender: {"now": "…"}.
"""

import json
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from railsim import rail
from railsim.book import Book, Page
from railsim.messages import Unreadable

Said = dict[str, Any]
# What each fault does, to which messages by default, and its seconds.
FAULTS = {
    "slow": ("answers after so many seconds, within the bank's patience", "any", 1.0),
    "late": ("does it, and answers after the bank has given up", "pacs.008", 6.0),
    "cut": ("cuts the connection before doing anything", "pacs.008", 0.0),
    "drop": ("does it, and cuts the connection in place of an answer", "pacs.008", 0.0),
    "not_found": ("does it, says for a while that there is no such transfer, settles then", "pacs.008", 2.0),
    "reject": ("rejects the transfer with an ISO reason", "pacs.008", 0.0),
    "return": ("settles, and returns so many seconds later", "pacs.008", 1.0),
    "down": ("answers 503 and does nothing", "any", 0.0),
    "duplicate": ("delivers news twice", "callback", 0.0),
    "reorder": ("holds news back for so many seconds and delivers the newest first", "callback", 1.0),
    "lose": ("never delivers news", "callback", 0.0),
}  # fmt: skip
DECISIONS = {
    "settle": lambda page, tx_id, reason: rail.settle(page, tx_id),
    "reject": lambda page, tx_id, reason: rail.reject(page, tx_id, reason or "AC04"),
    "return": lambda page, tx_id, reason: rail.give_back(page, tx_id, reason or "AC04"),
}


def answer(book: Book, method: str, path: str, body: Said) -> tuple[HTTPStatus, Said]:
    """Do what the control door is asked for; raises Unreadable."""
    parts = path.strip("/").split("/")[1:]
    with book.alone() as page:
        if "now" in body:
            page.follow(_moment(body["now"]))
        match (method, *parts):
            case (_, "faults"):
                return _faults(page, method, body)
            case ("POST", "inbound"):
                return HTTPStatus.CREATED, {"id": rail.bring_in(page, _arriving(body))}
            case ("GET", "transfers", tx_id):
                return _said(page, tx_id)
            case ("POST", "transfers", tx_id, decision) if decision in DECISIONS:
                DECISIONS[decision](page, tx_id, str(body.get("reason", "")))
                return _said(page, tx_id)
    return HTTPStatus.NOT_FOUND, {}


def _moment(text: object) -> datetime:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError as error:
        raise Unreadable("now is a time") from error


def _faults(page: Page, method: str, body: Said) -> tuple[HTTPStatus, Said]:
    if method == "POST":
        return HTTPStatus.CREATED, _add_fault(page, body)
    if method == "DELETE":
        page.db.execute("DELETE FROM fault")
    rows = page.db.execute("SELECT * FROM fault WHERE times > 0 ORDER BY id").fetchall()
    return HTTPStatus.OK, {"data": [dict(row) for row in rows]}


def _add_fault(page: Page, body: Said) -> Said:
    name = body.get("fault")
    if not isinstance(name, str) or name not in FAULTS:
        raise Unreadable(f"a fault is one of {', '.join(FAULTS)}")
    _, message, seconds = FAULTS[name]
    try:
        row = {
            "name": name, "message": str(body.get("message", message)),
            "seconds": float(body.get("seconds", seconds)), "reason": str(body.get("reason", "")),
            "times": int(body.get("times", 1)),
        }  # fmt: skip
    except (TypeError, ValueError) as error:
        raise Unreadable("seconds and times are numbers") from error
    page.db.execute(
        "INSERT INTO fault (name, message, seconds, reason, times)"
        " VALUES (:name, :message, :seconds, :reason, :times)",
        row,
    )
    return row


def _arriving(body: Said) -> Said:
    try:
        iban, amount, currency = str(body["iban"]), str(body["amount"]), str(body["currency"])
    except KeyError as error:
        raise Unreadable("iban, amount and currency, please") from error
    return {
        "PmtId": {
            "TxId": str(body.get("id") or f"in-{uuid.uuid4().hex[:28]}"),
            "EndToEndId": str(body.get("end_to_end_id", "")),
        },
        "IntrBkSttlmAmt": {"Ccy": currency, "Amt": amount},
        "Dbtr": {"Nm": str(body.get("name", "Somebody Else"))},
        "DbtrAcct": {"IBAN": str(body.get("debtor_iban", "GB33BUKB20201555555555"))},
        "Cdtr": {"Nm": str(body.get("creditor_name", ""))},
        "CdtrAcct": {"IBAN": iban},
        "RmtInf": {"Ustrd": str(body.get("reference", ""))},
    }


def _said(page: Page, tx_id: str) -> tuple[HTTPStatus, Said]:
    found = page.transfer(tx_id)
    if found is None:
        return HTTPStatus.NOT_FOUND, {}
    entries = page.db.execute("SELECT * FROM entry WHERE tx_id = ? ORDER BY seq", [tx_id]).fetchall()
    said = {name: found[name] for name in ("id", "direction", "status", "reason", "currency", "amount")}
    kept = [
        {"direction": row["direction"], "return_id": row["return_id"], "amount": row["amount"]}
        for row in entries
    ]
    return HTTPStatus.OK, {
        **said,
        "settled_on": found["settled_on"],
        "entries": kept,
        **_words(found["said"]),
    }


def _words(text: str) -> Said:
    txn = json.loads(text)
    return {"creditor": txn.get("Cdtr", {}).get("Nm", ""), "iban": txn.get("CdtrAcct", {}).get("IBAN", "")}
