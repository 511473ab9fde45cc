"""What the rail does: takes transfers, tells of them, cancels, returns, settles. Same id, same answer."""

import json
import time
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from sqlite3 import Row

from railsim import messages
from railsim.book import Book, Page, text_of
from railsim.messages import Message
from railsim.outcomes import Outcome, match_of, outcome_of

OPEN = ("ACSP", "PDNG")
PAGE = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said back, and how badly: wait before, or hang up instead of answering."""

    status: HTTPStatus
    message: Message
    wait_seconds: float = 0.0
    hang_up: bool = False


@dataclass(frozen=True, slots=True)
class Rail:
    """One rail: its book, how long settling takes, how long a late answer is late."""

    book: Book
    settle_seconds: float = 0.2
    late_seconds: float = 6.0

    def hear(self, kind: str, content: Message) -> Answer:
        """Do what a message asks for, on the day its sender has; raises Unreadable."""
        try:
            with self.book.alone() as page:
                page.follow(messages.written_at(content))
            return _HEARD[kind](self, content)
        except (KeyError, TypeError, AttributeError) as error:
            raise messages.Unreadable(f"something is missing: {error}") from error

    def take_transfer(self, content: Message) -> Answer:
        """Take a credit transfer; the same id again changes nothing."""
        txn = content["CdtTrfTxInf"]
        tx_id, outcome = str(txn["PmtId"]["TxId"]), outcome_of(str(txn["Cdtr"]["Nm"]))
        with self.book.alone() as page:
            known = page.transfer(tx_id)
            if known is not None:
                return self._again(known, txn)
            fate = self._fate(page, outcome)
            page.add_transfer(tx_id, "out", txn, **fate)
            said = _status_of(page.transfer(tx_id))
        late = self.late_seconds if outcome.answers_late else 0.0
        return Answer(HTTPStatus.OK, said, wait_seconds=late, hang_up="hidden_until" in fate)

    def tell_status(self, content: Message) -> Answer:
        """Tell what became of a transfer."""
        tx_id = str(content["TxInf"]["OrgnlTxId"])
        with self.book.alone() as page:
            found = page.transfer(tx_id)
        if found is None or found["hidden_until"] > time.time():
            return Answer(HTTPStatus.NOT_FOUND, messages.status(tx_id, "", reason="NOOR"))
        return Answer(HTTPStatus.OK, _status_of(found))

    def cancel(self, content: Message) -> Answer:
        """Cancel a transfer that is not settled; one that never came is refused when it comes later."""
        told = content["Undrlyg"]["TxInf"]
        tx_id = str(told["OrgnlTxId"])
        with self.book.alone() as page:
            found = page.transfer(tx_id)
            if found is None:
                nothing = {"IntrBkSttlmAmt": {"Ccy": "", "Amt": ""}}
                page.add_transfer(tx_id, "out", nothing, status="CANC", reason="CUST")
            elif found["status"] in OPEN:
                page.change(tx_id, status="CANC", reason="CUST", settle_at=None)
            now = page.transfer(tx_id)
            assert now is not None  # noqa: S101 - written above
            cancelled = now["status"] == "CANC"
        return Answer(HTTPStatus.OK, messages.resolution(tx_id, cancelled=cancelled, code=now["status"]))

    def take_return(self, content: Message) -> Answer:
        """Take money back that a member could not credit; the same return again changes nothing."""
        told = content["TxInf"]
        tx_id, return_id = str(told["OrgnlTxId"]), str(told["RtrId"])
        with self.book.alone() as page:
            found = page.transfer(tx_id)
            if found is None or found["direction"] != "in":
                return Answer(HTTPStatus.NOT_FOUND, messages.status(tx_id, "", reason="NOOR"))
            page.add_entry(found, "DBIT", {messages.RETURN: content}, return_id=return_id)
            page.change(tx_id, status="RTND", reason=str(told["RtrRsnInf"]["Rsn"]))
            booked = page.entry_of(tx_id, return_id)
        return Answer(HTTPStatus.OK, messages.status(tx_id, "ACSC", settled_on=booked["day"]))

    def check_name(self, content: Message) -> Answer:
        """Say whether a name fits an account."""
        match, name = match_of(str(content["Vrfctn"]["PtyAndAcctId"]["Nm"]))
        return Answer(HTTPStatus.OK, messages.name_report(match, name))

    def tell_days(self, content: Message) -> Answer:
        """Tell which day it is here, and on which days since one something was settled."""
        with self.book.alone() as page:
            booked = page.days_since(str(content["RptgReq"]["RptgPrd"]["FrDt"]))
            return Answer(HTTPStatus.OK, messages.days(page.today(), booked))

    def tell_book(self, day: str, after: int) -> Message:
        """Return what was settled on a day, a page of it."""
        with self.book.alone() as page:
            rows = page.db.execute(
                "SELECT * FROM entry WHERE day = ? AND seq > ? ORDER BY seq LIMIT ?", [day, after, PAGE + 1]
            ).fetchall()
        return messages.book(day, [_entry_of(row) for row in rows[:PAGE]], more=len(rows) > PAGE)

    def _again(self, known: Row, txn: Message) -> Answer:
        """A cancelled one stays so; the same words get the same answer; other words are no repetition."""
        if known["status"] != "CANC" and known["said"] != text_of(txn):
            return Answer(HTTPStatus.CONFLICT, messages.status(known["id"], known["status"], reason="AM05"))
        return Answer(HTTPStatus.OK, _status_of(known))

    def _fate(self, page: Page, outcome: Outcome) -> dict[str, object]:
        """Decide what becomes of a transfer: by its payee's name, or by a fault that was told."""
        now = time.time()
        rejected = page.take_fault("reject", message="pacs.008")
        if rejected:
            return {"status": "RJCT", "reason": rejected["reason"] or "AC04"}
        fate: dict[str, object] = {"status": outcome.status, "reason": outcome.reason}
        if outcome.settles_after is not None:
            fate["settle_at"] = now + self.settle_seconds + outcome.settles_after
        if hidden := page.take_fault("not_found", message="pacs.008"):
            fate |= {"hidden_until": now + hidden["seconds"], "settle_at": now + hidden["seconds"]}
        if back := page.take_fault("return", message="pacs.008"):
            fate |= {"return_at": now + back["seconds"], "return_reason": back["reason"] or "AC04"}
        return fate


_HEARD = {
    messages.TRANSFER: Rail.take_transfer,
    messages.STATUS_REQUEST: Rail.tell_status,
    messages.CANCELLATION: Rail.cancel,
    messages.RETURN: Rail.take_return,
    messages.NAME_CHECK: Rail.check_name,
    messages.BOOK_REQUEST: Rail.tell_days,
}


def settle(page: Page, tx_id: str) -> None:
    """Settle a transfer that waits, once."""
    found = page.transfer(tx_id)
    if found is None or found["status"] not in OPEN:
        return
    page.change(tx_id, status="ACCC", settle_at=None, settled_on=page.today())
    settled = page.transfer(tx_id)
    assert settled is not None  # noqa: S101 - changed above
    page.add_entry(settled, "DBIT", _status_of(settled))
    _tell(page, _status_of(settled))


def reject(page: Page, tx_id: str, reason: str) -> None:
    """Reject a transfer that waits."""
    found = page.transfer(tx_id)
    if found is not None and found["status"] in OPEN:
        page.change(tx_id, status="RJCT", reason=reason, settle_at=None)
        _tell(page, _status_of(page.transfer(tx_id)))


def give_back(page: Page, tx_id: str, reason: str) -> None:
    """Return a settled transfer to who paid it, once."""
    found = page.transfer(tx_id)
    if found is None or found["status"] != "ACCC" or found["direction"] != "out":
        return
    amount = {"Ccy": found["currency"], "Amt": found["amount"]}
    return_id = f"rtr-{uuid.uuid4().hex[:24]}"
    message = messages.returned(return_id, tx_id, amount, reason=reason, settled_on=page.today())
    if page.add_entry(found, "CRDT", message, return_id=return_id):
        page.change(tx_id, return_at=None)
        _tell(page, message)


def bring_in(page: Page, txn: Message) -> str:
    """Take a transfer from another bank: settled here, and the member is told."""
    tx_id = str(txn["PmtId"]["TxId"])
    message = messages.transfer({**txn, "IntrBkSttlmDt": page.today()})
    page.add_transfer(tx_id, "in", txn, status="ACCC", settled_on=page.today())
    arrived = page.transfer(tx_id)
    assert arrived is not None  # noqa: S101 - written above
    page.add_entry(arrived, "CRDT", message)
    _tell(page, message)
    return tx_id


def _tell(page: Page, message: Message) -> None:
    """Put the news into the queue: once, twice, late and in the wrong order, or not at all."""
    if page.take_fault("lose", message="callback"):
        return
    reordered = page.take_fault("reorder", message="callback")
    wait = reordered["seconds"] if reordered else 0.0
    times = 2 if page.take_fault("duplicate", message="callback") else 1
    for _ in range(times):
        page.say(message, after=wait, newest_first=reordered is not None)


def _status_of(transfer: Row | None) -> Message:
    assert transfer is not None  # noqa: S101 - the caller has seen it
    return messages.status(
        transfer["id"], transfer["status"], reason=transfer["reason"], settled_on=transfer["settled_on"]
    )


def _entry_of(row: Row) -> Message:
    return {
        "NtryRef": row["seq"], "TxId": row["tx_id"], "RtrId": row["return_id"], "CdtDbtInd": row["direction"],
        "Amt": {"Ccy": row["currency"], "Amt": row["amount"]}, "Sts": "BOOK",
        "Msg": json.loads(row["message"]),
    }  # fmt: skip
