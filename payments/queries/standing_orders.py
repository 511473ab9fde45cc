"""What can be asked of standing orders: a person's own."""

from django.db.models import QuerySet

from audit.actor import Actor
from payments.errors import StandingOrderNotFound
from payments.models import StandingOrder


def get_standing_order(order_id: str, *, owned_by: Actor) -> StandingOrder:
    """Return one standing order of this person; raises StandingOrderNotFound for any other."""
    try:
        return _orders_of(owned_by).get(id=order_id)
    except (StandingOrder.DoesNotExist, ValueError) as error:
        raise StandingOrderNotFound() from error


def list_standing_orders(
    *, owned_by: Actor, before: str | None = None, limit: int | None = None
) -> list[StandingOrder]:
    """Return the standing orders from this person's accounts, the newest first, older than one of them."""
    orders = _orders_of(owned_by).order_by("-id")
    if before is not None:
        orders = orders.filter(id__lt=before)
    return list(orders[:limit])


def _orders_of(actor: Actor) -> QuerySet[StandingOrder]:
    if actor.user_id is None or actor.bound_to_consent:
        return StandingOrder.objects.none()
    return StandingOrder.objects.filter(debtor_account__holders__customer__user_id=actor.user_id)
