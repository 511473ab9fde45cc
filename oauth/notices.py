"""What the bank tells a person about their login, by mail. Whose address is whose, the app of customers says.

notices.register_address_book(find_email)        # user id → address, or None
"""

from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from bank.language import in_each

BETWEEN_LANGUAGES = "\n\n-- \n\n"
Find = Callable[[str], str | None]
_address_books: list[Find] = []


def register_address_book(find: Find) -> None:
    """Let an app say where a login's owner gets mail."""
    _address_books.append(find)


def address_of(user_id: str) -> str | None:
    """Return where a login's owner gets mail, if anybody knows."""
    return next(filter(None, (find(user_id) for find in _address_books)), None)


def tell_of_devices(user_id: str, devices: Sequence[str]) -> bool:
    """Tell a person that their login was used on new devices; return whether there was an address."""
    address = address_of(user_id)
    if address is None:
        return False
    subject = in_each(lambda: _("A new device signed in"), between=" – ")
    body = in_each(lambda: _body(devices), between=BETWEEN_LANGUAGES)
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [address])
    return True


def device_in_words(device: str) -> str:
    """Return a device as it is kept, in the language of the page or the mail."""
    browser, on, system = device.partition(" on ")
    words = {"browser": browser, "system": system}
    return _("%(browser)s on %(system)s") % words if on else _(device)


def _body(devices: Sequence[str]) -> str:
    lines = "\n".join(f"  * {device_in_words(device)}" for device in devices)
    return _(
        "Somebody signed in to Harbour Bank with your login, on a device we have not seen before:\n\n"
        "%(devices)s\n\n"
        "If it was you, all is well. If not, end that session and change your password at once:\n"
        "%(page)s\n\n"
        "We never ask for your password or a code by mail."
    ) % {"devices": lines, "page": f"{settings.PUBLIC_ORIGIN}/account/security/"}
