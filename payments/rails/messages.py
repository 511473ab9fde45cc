"""What bank and rail say to each other, in the words of ISO 20022 (the rail writes them as JSON)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.money import InvalidAmount, Money
from bank import clock
from bank.public_ids import uuid7
from payments.rules.rail_life import KNOWN_STATUSES, News

Document = dict[str, Any]


class NotUnderstood(Exception):
    """The message is not one the bank knows."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who pays or is paid: a name, and an account by its IBAN."""

    name: str
    iban: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A credit transfer, whichever way it goes."""

    id: str
    amount: Money
    debtor: Party
    creditor: Party
    reference: str = ""
    end_to_end_id: str = ""
    settled_on: date | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """News of a payment the bank sent."""

    payment_id: str
    news: News


@dataclass(frozen=True, slots=True)
class Returned:
    """A payment the bank sent comes back."""

    payment_id: str
    amount: Money
    reason: str
    settled_on: date


def credit_transfer(transfer: Transfer) -> Document:
    """Return a pacs.008."""
    txn = {
        "PmtId": {"TxId": transfer.id, "EndToEndId": transfer.end_to_end_id},
        "IntrBkSttlmAmt": {"Ccy": transfer.amount.currency, "Amt": str(transfer.amount)},
        "Dbtr": {"Nm": transfer.debtor.name},
        "DbtrAcct": {"IBAN": transfer.debtor.iban},
        "Cdtr": {"Nm": transfer.creditor.name},
        "CdtrAcct": {"IBAN": transfer.creditor.iban},
        "RmtInf": {"Ustrd": transfer.reference},
    }
    return {"FIToFICstmrCdtTrf": {"GrpHdr": _header(), "CdtTrfTxInf": txn}}


def status_request(payment_id: str) -> Document:
    """Return a pacs.028."""
    return {"FIToFIPmtStsReq": {"GrpHdr": _header(), "TxInf": {"OrgnlTxId": payment_id}}}


def cancellation(payment_id: str) -> Document:
    """Return a camt.056."""
    told = {"OrgnlTxId": payment_id, "CxlRsnInf": {"Rsn": "CUST"}}
    return {"FIToFIPmtCxlReq": {"GrpHdr": _header(), "Undrlyg": {"TxInf": told}}}


def payment_return(return_id: str, rail_id: str, amount: Money, reason: str) -> Document:
    """Return a pacs.004 of a payment that came in."""
    told = {
        "RtrId": return_id,
        "OrgnlTxId": rail_id,
        "RtrdIntrBkSttlmAmt": {"Ccy": amount.currency, "Amt": str(amount)},
        "RtrRsnInf": {"Rsn": reason},
    }
    return {"PmtRtr": {"GrpHdr": _header(), "TxInf": told}}


def name_check(party: Party) -> Document:
    """Return an acmt.023."""
    asked = {"PtyAndAcctId": {"Nm": party.name, "IBAN": party.iban}}
    return {"IdVrfctnReq": {"GrpHdr": _header(), "Vrfctn": asked}}


def book_request(since: date) -> Document:
    """Return a camt.060: which days are booked, from this one."""
    return {"AcctRptgReq": {"GrpHdr": _header(), "RptgReq": {"RptgPrd": {"FrDt": since.isoformat()}}}}


def read(document: Mapping[str, Any]) -> Transfer | Report | Returned:
    """Return what the rail says: of a payment sent, of one returned, or of one that comes in.

    Raises NotUnderstood.
    """
    try:
        (kind, content), *more = document.items()
        if more or kind not in _READ:
            raise NotUnderstood("a message the bank does not know")
        return _READ[kind](content)
    except (KeyError, TypeError, AttributeError, ValueError, InvalidAmount) as error:
        raise NotUnderstood(f"something is missing or wrong: {error}") from error


def read_cancellation(document: Mapping[str, Any]) -> News:
    """Return what a camt.029 says: cancelled, or the status that stands; raises NotUnderstood."""
    try:
        told = document["RsltnOfInvstgtn"]["CxlDtls"]["TxInfAndSts"]
        return _news("CANC" if told["TxCxlSts"] == "ACCR" else told["TxSts"], told)
    except (KeyError, TypeError, ValueError) as error:
        raise NotUnderstood("no camt.029") from error


def _report(content: Any) -> Report:
    told = content["TxInfAndSts"]
    return Report(_word(told["OrgnlTxId"]), _news(told["TxSts"], told))


def _news(status: Any, told: Any) -> News:
    if status not in KNOWN_STATUSES:
        raise ValueError(f"status {status}")
    settled = told.get("IntrBkSttlmDt")
    reason = _word(told.get("StsRsnInf", {}).get("Rsn", ""), 4)
    if status == "RJCT" and not reason:
        reason = "NARR"
    return News(status, reason, date.fromisoformat(settled) if settled else None)


def _returned(content: Any) -> Returned:
    told = content["TxInf"]
    return Returned(
        payment_id=_word(told["OrgnlTxId"]),
        amount=_money(told["RtrdIntrBkSttlmAmt"]),
        reason=_word(told["RtrRsnInf"]["Rsn"], 4),
        settled_on=date.fromisoformat(told["IntrBkSttlmDt"]),
    )


def _transfer(content: Any) -> Transfer:
    txn = content["CdtTrfTxInf"]
    return Transfer(
        id=_word(txn["PmtId"]["TxId"]),
        amount=_something(_money(txn["IntrBkSttlmAmt"])),
        debtor=Party(_word(txn["Dbtr"]["Nm"], 140), _word(txn["DbtrAcct"]["IBAN"], 34)),
        creditor=Party(_word(txn["Cdtr"].get("Nm", ""), 140), _word(txn["CdtrAcct"]["IBAN"], 34)),
        reference=_word(txn.get("RmtInf", {}).get("Ustrd", ""), 140),
        end_to_end_id=_word(txn["PmtId"].get("EndToEndId", "")),
        settled_on=date.fromisoformat(txn["IntrBkSttlmDt"]),
    )


_READ: dict[str, Callable[[Any], Transfer | Report | Returned]] = {
    "FIToFIPmtStsRpt": _report,
    "PmtRtr": _returned,
    "FIToFICstmrCdtTrf": _transfer,
}


def _money(told: Any) -> Money:
    return Money.parse(_word(told["Amt"]), _word(told["Ccy"], 3))


def _something(money: Money) -> Money:
    if money.minor <= 0:
        raise ValueError("no more than nothing")
    return money


def _word(text: Any, longest: int = 35) -> str:
    if not isinstance(text, str) or len(text) > longest:
        raise ValueError("a text is too long, or no text")
    return text


def _header() -> Document:
    """Say the bank's own time: the days of the simulator go by it, also where a sandbox has moved it."""
    return {"MsgId": uuid7().hex, "CreDtTm": clock.now().isoformat(timespec="milliseconds")}
