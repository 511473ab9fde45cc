"""What is said on the rail, in the words of ISO 20022, written as JSON.

pacs.008 credit transfer · pacs.002 status report · pacs.028 status request · pacs.004 return · camt.056
cancellation request and its camt.029 · acmt.023 name check and its acmt.024 · camt.060 which days are booked
· camt.052 the book of a day
"""

import uuid
from datetime import UTC, datetime
from typing import Any

Message = dict[str, Any]

TRANSFER, STATUS_REQUEST, CANCELLATION = "FIToFICstmrCdtTrf", "FIToFIPmtStsReq", "FIToFIPmtCxlReq"
RETURN, NAME_CHECK, BOOK_REQUEST = "PmtRtr", "IdVrfctnReq", "AcctRptgReq"
# The element that wraps each message, and the name people know it by.
KINDS = {
    TRANSFER: "pacs.008",
    STATUS_REQUEST: "pacs.028",
    CANCELLATION: "camt.056",
    RETURN: "pacs.004",
    NAME_CHECK: "acmt.023",
    BOOK_REQUEST: "camt.060",
}


class Unreadable(Exception):
    """The message is not one of this rail's."""


def read(document: object) -> tuple[str, Message]:
    """Return the kind of a message and what it holds; raises Unreadable."""
    if not isinstance(document, dict) or len(document) != 1:
        raise Unreadable("one message, please")
    kind, content = next(iter(document.items()))
    if kind not in KINDS or not isinstance(content, dict):
        raise Unreadable("no message this rail knows")
    return kind, content


def written_at(content: Message) -> datetime:
    """Return when a message was written, by its sender's clock; raises Unreadable."""
    moment = datetime.fromisoformat(str(content["GrpHdr"]["CreDtTm"]))
    if moment.tzinfo is None:
        raise Unreadable("a time without its zone")
    return moment


def transfer(txn: Message) -> Message:
    """Return a pacs.008."""
    return {TRANSFER: {"GrpHdr": _header(), "CdtTrfTxInf": txn}}


def status(tx_id: str, code: str, *, reason: str = "", settled_on: str = "") -> Message:
    """Return a pacs.002; without a status code it says that there is no such transfer (NOOR)."""
    said: Message = {"OrgnlTxId": tx_id}
    said |= {"TxSts": code} if code else {}
    said |= {"StsRsnInf": {"Rsn": reason}} if reason else {}
    said |= {"IntrBkSttlmDt": settled_on} if settled_on else {}
    return {"FIToFIPmtStsRpt": {"GrpHdr": _header(), "TxInfAndSts": said}}


def resolution(tx_id: str, *, cancelled: bool, code: str) -> Message:
    """Return a camt.029: whether a transfer was cancelled, and its status now."""
    said = {"OrgnlTxId": tx_id, "TxCxlSts": "ACCR" if cancelled else "RJCR", "TxSts": code}
    return {"RsltnOfInvstgtn": {"GrpHdr": _header(), "CxlDtls": {"TxInfAndSts": said}}}


def returned(return_id: str, tx_id: str, amount: Message, *, reason: str, settled_on: str) -> Message:
    """Return a pacs.004."""
    said = {"RtrId": return_id, "OrgnlTxId": tx_id, "RtrdIntrBkSttlmAmt": amount}
    said |= {"RtrRsnInf": {"Rsn": reason}, "IntrBkSttlmDt": settled_on}
    return {RETURN: {"GrpHdr": _header(), "TxInf": said}}


def name_report(match: str, name: str = "") -> Message:
    """Return an acmt.024: MATC, CMTC with the right name, or NMTC."""
    said: Message = {"Vrfctn": match == "MATC", "Rsn": match}
    said |= {"UpdtdPtyAndAcctId": {"Nm": name}} if name else {}
    return {"IdVrfctnRpt": {"GrpHdr": _header(), "Rpt": said}}


def days(today: str, booked: list[str]) -> Message:
    """Return the rail's date, and the days on which something was settled."""
    return {"BkToCstmrAcctRpt": {"GrpHdr": _header(), "Dt": today, "BookgDts": booked}}


def book(day: str, entries: list[Message], *, more: bool) -> Message:
    """Return a camt.052: what was settled on a day, with the message that said so."""
    return {"BkToCstmrAcctRpt": {"GrpHdr": _header(), "Dt": day, "Ntry": entries, "LastPgInd": not more}}


def _header() -> Message:
    return {"MsgId": uuid.uuid4().hex, "CreDtTm": datetime.now(UTC).isoformat(timespec="milliseconds")}
