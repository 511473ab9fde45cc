"""What can be asked of batches: a person's own, staff any."""

from django.db.models import Count, QuerySet

from audit.actor import Actor
from bank.access.permissions import PAYMENTS_READ_ANY
from payments.errors import BatchNotFound
from payments.models import Payment, PaymentBatch


def get_batch(batch_id: str, *, owned_by: Actor) -> PaymentBatch:
    """Return one batch this actor may see; raises BatchNotFound for any other."""
    try:
        return _visible_to(owned_by).get(id=batch_id)
    except (PaymentBatch.DoesNotExist, ValueError) as error:
        raise BatchNotFound() from error


def list_batches(*, owned_by: Actor, before: str | None = None, limit: int) -> list[PaymentBatch]:
    """Return the batches this actor may see, the newest first, older than one of them."""
    batches = _visible_to(owned_by).order_by("-id")
    if before is not None:
        batches = batches.filter(id__lt=before)
    return list(batches[:limit])


def list_batch_items(batch: PaymentBatch, *, after: int = 0, limit: int) -> list[Payment]:
    """Return what became of the items of a batch, in the order of its file, after one of them."""
    items = Payment.objects.filter(batch_id=batch.id, batch_item__gt=after)
    return list(items.order_by("batch_item")[:limit])


def count_batch_items(batch: PaymentBatch) -> list[tuple[str, int]]:
    """Return each status the payments of a batch have now, in alphabetical order, and how many have it."""
    items = Payment.objects.filter(batch_id=batch.id)
    return list(items.values_list("status").annotate(count=Count("id")).order_by("status"))


def _visible_to(actor: Actor) -> QuerySet[PaymentBatch]:
    if actor.bound_to_consent:
        return PaymentBatch.objects.none()
    if PAYMENTS_READ_ANY in actor.permissions:
        return PaymentBatch.objects.all()
    if actor.user_id is None:
        return PaymentBatch.objects.none()
    return PaymentBatch.objects.filter(debtor_account__holders__customer__user_id=actor.user_id)
