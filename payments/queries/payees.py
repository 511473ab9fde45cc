"""What can be asked of payees: one's own, by the person themselves."""

from collections.abc import Collection

from django.db.models import QuerySet

from accounts.queries import find_account_by_iban
from audit.actor import Actor
from payments.errors import PayeeNotFound
from payments.models import Payee
from payments.rules import Outside


def get_payee(payee_id: str, *, owned_by: Actor) -> Payee:
    """Return one payee this person keeps; raises PayeeNotFound for any other."""
    try:
        return _kept_by(owned_by).get(id=payee_id)
    except (Payee.DoesNotExist, ValueError) as error:
        raise PayeeNotFound() from error


def list_payees(*, owned_by: Actor, before: str | None = None, limit: int | None = None) -> list[Payee]:
    """Return the payees this person keeps, the newest first, older than one of them."""
    payees = _kept_by(owned_by).order_by("-id")
    if before is not None:
        payees = payees.filter(id__lt=before)
    return list(payees[:limit])


def find_creditor(payee_id: str, *, owned_by: Actor) -> tuple[str | None, Outside | None]:
    """Return the account here that a payee stands for, or else the creditor outside; raises PayeeNotFound."""
    payee = get_payee(payee_id, owned_by=owned_by)
    here = find_account_by_iban(str(payee.iban))
    return (here, None) if here else (None, Outside(str(payee.name), str(payee.iban)))


def find_creditors(payee_ids: Collection[str], *, owned_by: Actor) -> dict[str, Outside]:
    """Return name and number of those this person keeps among these payees, by one query."""
    found = _kept_by(owned_by).filter(id__in=payee_ids)
    return {payee.id: Outside(str(payee.name), str(payee.iban)) for payee in found}


def _kept_by(actor: Actor) -> QuerySet[Payee]:
    if actor.user_id is None or actor.bound_to_consent:
        return Payee.objects.none()
    return Payee.objects.filter(customer__user_id=actor.user_id).select_related("customer")
