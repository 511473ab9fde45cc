"""What a follower of the log asks, many at once: what an event was about, and who shares it with whom."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db.models import F

from accounts.models import Account, ConsentAccount, Entry, Hold, Posting, Statement
from bank.database import arrays
from bank.database.statements import Part, Select


class Sharing(NamedTuple):
    """An account in a consent of somebody who holds it."""

    account_id: str
    consent_id: str


def list_sharing(account_ids: Collection[str]) -> list[Sharing]:
    """Return the consents that include one of these accounts now, given by one of its holders now."""
    included = ConsentAccount.objects.filter(
        account_id__in=account_ids,
        state=ConsentAccount.State.INCLUDED,
        account__holders__customer__user_id=F("consent__user_id"),
    )
    return [Sharing(*row) for row in included.values_list("account_id", "consent_id").order_by("id")]


def list_entries_of(audit_event_ids: Collection[UUID]) -> list[Entry]:
    """Return the entries these events booked on customers' accounts, each with its posting."""
    return _ENTRIES.all([arrays.uuids(audit_event_ids), arrays.texts(Account.CUSTOMER_KINDS)])


_ENTRIES = Select[Entry](
    (
        Part(
            Entry, "e",
            names=frozenset({"id", "posting_id", "account_id", "direction", "amount", "currency"}),
        ),
        Part(Posting, "p", "posting", frozenset({"id", "audit_event_id"})),
    ),
    "FROM accounts_posting p JOIN accounts_entry e ON e.posting_id = p.id"
    " JOIN accounts_account a ON a.id = e.account_id"
    " WHERE p.audit_event_id = ANY (%s::uuid[]) AND a.kind = ANY (%s::text[]) ORDER BY e.id",
)  # fmt: skip


def list_told_of(prefix: str, ids: Collection[str]) -> dict[str, Account | Hold | Statement]:
    """Return holds, statements or accounts by id; `prefix` is the target's type in the trail."""
    model = {"hold": Hold, "statement": Statement, "account": Account}[prefix]
    return dict(model._default_manager.in_bulk(ids))
