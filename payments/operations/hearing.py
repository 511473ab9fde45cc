"""What the rail tells of its own accord: one message, taken in once however often it comes."""

from collections.abc import Mapping
from typing import Any

from audit.actor import Actor
from payments.operations.arrivals import receive, take_back
from payments.operations.rail_news import learn
from payments.rails import messages
from payments.rails.messages import Report, Returned


def hear(document: Mapping[str, Any], *, by: Actor) -> None:
    """Take a message of the rail's in; raises NotUnderstood."""
    said = messages.read(document)
    if isinstance(said, Report):
        learn(said.payment_id, said.news, by=by)
    elif isinstance(said, Returned):
        take_back(said, by=by)
    else:
        receive(said, by=by)
