"""Erasure (GDPR, Article 17): the person's key goes, and all that the register says, in one transaction.

No leaf of the log changes: its openings are destroyed, so every proof still verifies and nothing in it can be
read. What the law keeps stays, pseudonymous, and the answer says which law and until when. After the commit
the erasure is written into a ledger outside the database, from which a restored backup is erased again.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import AccountHolder, Customer
from accounts.operations import record_change
from audit.actor import Actor, system
from audit.openings import destroy_openings
from audit.operations import record_attempt
from bank import clock
from bank.errors import FieldError
from bank.privacy import erasures, register
from bank.privacy.words import AtErasure, Category
from bank.public_ids import new, uuid7
from oauth.models import Client, User
from oauth.operations.confirmations import using_confirmation
from oauth.operations.ending import end_login
from privacy.errors import ErasureHindered
from privacy.models import Erasure

logger = logging.getLogger("privacy.erasure")


def erase_customer(customer_id: str, *, by: Actor) -> Erasure:
    """Erase a person; asked again, the same answer. Raises ErasureHindered, which says what has to end first.

    The ledger has it before this returns; if it could not be written, a task does, and says so until then.
    """
    with transaction.atomic():
        customer = _lock(customer_id)
        done = Erasure.objects.filter(customer=customer).first()
        if done is None:
            hindrances = list(_hindrances(customer))
            if hindrances:
                raise ErasureHindered(errors=hindrances)
            done = _erase(customer, Erasure(id=new("ers"), erased_at=clock.now()), by)
        transaction.on_commit(partial(_keep_in_ledger, done.id), robust=True)
    return done


def erase_confirmed(customer_id: str, *, confirmation_id: str, digest: str, by: Actor) -> Erasure:
    """Use a confirmation up and erase, both or neither; raises as `erase_customer`, and ConfirmationOver."""
    with using_confirmation(confirmation_id, digest=digest, by=by):
        return erase_customer(customer_id, by=by)


def record_erasure_denied(customer_id: str, *, by: Actor) -> None:
    """Record that somebody asked too early, outside the transaction of the attempt."""
    record_attempt("privacy.erasure_denied", by=by, target=("customer", customer_id), reason="hindered")


def what_hinders(customer_id: str) -> list[FieldError]:
    """Return what has to end before a person can be erased."""
    return list(_hindrances(Customer.objects.select_related("user").get(id=customer_id)))


def reapply_erasures(*, by: Actor) -> list[str]:
    """Erase again whoever the ledger names and the database holds; returns their ids.

    For a database that was restored: what hinders an erasure is not asked, it was done already.
    """
    return [entry.customer for entry in erasures.entries() if _reapply(entry, by)]


def keep_ledger() -> int:
    """Write into the ledger what is not there yet, and return how many were missing."""
    missing = Erasure.objects.filter(in_ledger_at=None).order_by("erased_at")
    ids = list(missing.values_list("id", flat=True))
    for erasure_id in ids:
        _keep_in_ledger(erasure_id)
    return len(ids)


def _reapply(entry: erasures.Entry, by: Actor) -> bool:
    with transaction.atomic():
        customer = Customer.objects.select_for_update().filter(id=entry.customer, erased_at=None).first()
        if customer is None:
            return False
        _erase(customer, Erasure(id=entry.erasure, erased_at=datetime.fromisoformat(entry.erased_at)), by)
        Erasure.objects.filter(id=entry.erasure).update(in_ledger_at=timezone.now())
    return True


def _lock(customer_id: str) -> Customer:
    """Lock what all writers of a person's data lock; of two erasures the second waits and finds the first."""
    return Customer.objects.select_for_update(of=("self",)).get(id=customer_id)


def _hindrances(customer: Customer) -> Any:
    """Yield what has to end before: open accounts, apps one answers for, a role at the bank."""
    user = customer.user
    held = AccountHolder.objects.filter(customer=customer).exclude(role=AccountHolder.Role.VIEWER)
    for holding in held.exclude(account__status="CLOSED").select_related("account").order_by("account_id"):
        yield FieldError(
            f"/accounts/{holding.account_id}", "account_open", gettext_noop("Close this account first.")
        )
    if user is None:
        return
    if user.is_staff:
        yield FieldError("/roles", "works_here", gettext_noop("Its roles at the bank have to end first."))
    for client in Client.objects.filter(user=user).exclude(status=Client.Status.CLOSED).order_by("client_id"):
        yield FieldError(
            f"/apps/{client.client_id}", "app_registered", gettext_noop("Deregister this app first.")
        )


def _erase(customer: Customer, erasure: Erasure, by: Actor) -> Erasure:
    event_id = uuid7()
    user = User.objects.select_for_update().filter(id=customer.user_id).first()
    if user is not None:
        end_login(user, by=by)
    _destroy(customer, erasure.erased_at, event_id, by)
    if user is not None:
        _apply_register(user)
        _blank_login(user)
    erasure.customer, erasure.user, erasure.event_id = customer, user, event_id
    erasure.answer = answer_of(erasure.erased_at)
    erasure.save(force_insert=True)
    if user is not None:
        destroy_openings(user.id)
    return erasure


def _destroy(customer: Customer, at: datetime, event_id: UUID, by: Actor) -> None:
    """Destroy the key, the boxes it opens and the indexes over them: the last step of a recorded life."""
    table = register.table("accounts.Customer")
    gone = [f.name for f in table.fields if f.category in {Category.PERSONAL, Category.SECRET}]
    for name in gone:
        setattr(customer, name, None)
    customer.erased_at = at
    record_change(customer, "privacy.erased", by, fields=[*gone, "erased_at"], changes={}, event_id=event_id)


def _apply_register(user: User) -> None:
    """Delete and empty the person's rows of every other table, as its declaration says."""
    for table in register.models():
        if not table.subject or table.name in {"accounts.Customer", "oauth.User"}:
            continue
        if table.at_erasure is AtErasure.DELETED and table.database == "default":
            _delete(table, user)
        elif table.at_erasure is AtErasure.BLANKED:
            _empty(table, user)


def _delete(table: register.Table, user: User) -> None:
    ids = list(table.rows_of(user).values_list("pk", flat=True).distinct())
    table.model.objects.filter(pk__in=ids).delete()


def _empty(table: register.Table, user: User) -> None:
    """Empty the rows; an account only when no holder of it is left, and it is closed."""
    rows = table.rows_of(user)
    if table.name == "accounts.Account":
        shared = AccountHolder.objects.filter(customer__erased_at=None).values("account")
        rows = rows.filter(status="CLOSED").exclude(pk__in=shared)
    ids = list(rows.values_list("pk", flat=True).distinct())
    table.model.objects.filter(pk__in=ids).update(**table.emptied)


def _blank_login(user: User) -> None:
    """Leave a pseudonym that nobody can sign in with: the log and the books point at it."""
    user.username, user.roles, user.is_active, user.last_login = f"erased-{user.id}", [], False, None
    user.restricted_at, user.restriction_ground = None, ""
    user.set_unusable_password()
    user.save()


def answer_of(at: datetime) -> dict[str, Any]:
    """Return what is erased, and what is kept by which law until when, as the register says."""
    about = [table for table in register.tables() if table.subject or table.left_out]
    erased = {AtErasure.DESTROYED, AtErasure.DELETED, AtErasure.BLANKED}
    return {
        "erased": [{"what": t.name, "how": str(t.at_erasure)} for t in about if t.at_erasure in erased],
        "kept": [
            {"what": t.name, "because": t.kept_because, "until": _until(t, at)}
            for t in about
            if t.kept_because
        ],
    }


def _until(table: register.Table, at: datetime) -> str:
    """Return the last day, or in words when no clock decides."""
    days = table.retention.days
    return (at + timedelta(days=days)).date().isoformat() if days else table.retention.words


def _keep_in_ledger(erasure_id: str) -> None:
    """Write one erasure into the ledger; called after its commit, and again until it worked."""
    done = Erasure.objects.get(id=erasure_id)
    entry = erasures.Entry(
        done.id, done.customer_id, done.user_id or "", done.erased_at.isoformat(), str(done.event_id)
    )
    try:
        erasures.append(entry)
    except (OSError, erasures.LedgerUnreadable) as error:
        logger.critical("an erasure is not in the ledger", extra={"error_type": type(error).__name__})
        return
    Erasure.objects.filter(id=erasure_id, in_ledger_at=None).update(in_ledger_at=timezone.now())


def erase_long_gone(customer_id: str) -> bool:
    """Erase a customer who left longer ago than the law keeps; False when something hinders."""
    try:
        erase_customer(customer_id, by=system("retention"))
    except ErasureHindered:
        return False
    return True
