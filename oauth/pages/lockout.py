"""How failed sign-ins are counted (django-axes): five for a name from an address, fifty for an address."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.http import HttpRequest

from bank.access.addresses import client_address

# One limit for two counts (settings.AXES_FAILURE_LIMIT): what an address fails weighs a tenth, because a
# whole office may share it.
ADDRESS_WEIGHT = 10


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]
    """django-axes over PostgreSQL with two counts of different weight."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return the heavier of the two counts."""
        by_name_and_address, by_address = (
            sum(attempts.values_list("failures_since_start", flat=True))
            for attempts in self.get_user_attempts(request, credentials)
        )
        return int(max(by_name_and_address, by_address // ADDRESS_WEIGHT))

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Forget the failures of this name from this address only.

        Stock axes would forget the whole address: a guesser with one login of their own could start afresh.
        """
        by_name_and_address, _ = self.filter_user_attempts(request, credentials)
        count, _ = by_name_and_address.delete()
        return int(count)


def address_of(request: HttpRequest) -> str:
    """Return the address failures are counted under (settings.AXES_CLIENT_IP_CALLABLE)."""
    return client_address(request)


def name_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the name failures are counted under: names are found in any case, so they are counted in one."""
    return str((credentials or {}).get("username") or "").strip().lower()[:64]


def forget(username: str) -> int:
    """Forget all failures of a login name; for staff who unlock and for tests."""
    return int(AccessAttempt.objects.filter(username=username).delete()[0])
