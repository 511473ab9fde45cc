"""Whether the customer is there while an app reads: it says so by `x-fapi-customer-ip-address`.

The header's address is not kept. An app that says so falsely breaks its contract, and the customer sees each
hour in which it said so.
"""

from ipaddress import ip_address
from typing import Any

from bank.errors import Malformed
from oauth.operations.accesses import note_access

HEADER = "HTTP_X_FAPI_CUSTOMER_IP_ADDRESS"


class CustomerAddressMalformed(Malformed):
    """The header x-fapi-customer-ip-address holds no IP address."""


def note(request: Any, what: str, about: str = "") -> None:
    """Count a look; the further pages of a list are one look with its first.

    Raises CustomerNotPresent, CustomerAddressMalformed.
    """
    says_present = _says_present(request)
    if "cursor" not in request.GET:
        note_access(request.auth, what, about, says_present=says_present)


def _says_present(request: Any) -> bool:
    text = request.META.get(HEADER)
    if text is None:
        return False
    try:
        ip_address(text)
    except ValueError as error:
        raise CustomerAddressMalformed() from error
    return True
