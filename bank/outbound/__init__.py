"""Calls to addresses that somebody else chose: keys by reference, webhooks, back-channel logout.

Whoever chooses the address must not make the bank talk to itself or to its neighbours (OWASP API7, SSRF).
"""

from bank.outbound.calls import Answer, Limits, call, get_document
from bank.outbound.destinations import check_destination, check_url
from bank.outbound.failures import CallFailed, CallRefused, OutboundFailure

__all__ = [
    "Answer",
    "CallFailed",
    "CallRefused",
    "Limits",
    "OutboundFailure",
    "call",
    "check_destination",
    "check_url",
    "get_document",
]
