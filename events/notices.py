"""What a developer is told by mail: that the bank gave an endpoint up."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from bank.language import in_each
from events.models import WebhookEndpoint
from oauth.notices import BETWEEN_LANGUAGES, address_of

log = logging.getLogger(__name__)


def tell_of_switching_off(endpoint: WebhookEndpoint) -> bool:
    """Tell the developer of an app that an endpoint is off; return whether a mail went out.

    The feed and the portal say it too: a mail that fails is not tried again.
    """
    client = endpoint.client
    address = address_of(client.user_id) if client.user_id else None
    if address is None:
        return False
    try:
        subject = in_each(lambda: _("A webhook endpoint is off"), between=" – ")
        body = in_each(lambda: _body(endpoint), between=BETWEEN_LANGUAGES)
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [address])
    except (OSError, SMTPException) as error:
        log.error("a mail was not sent", extra={"error_type": type(error).__name__})
        return False
    return True


def _body(endpoint: WebhookEndpoint) -> str:
    client = endpoint.client
    return _(
        "Your app %(app)s no longer takes what we send to this address:\n\n  %(url)s\n\n"
        "We have switched the endpoint off (%(reason)s). Its feed goes on at /v1/events. "
        "Switch it on again here:\n%(page)s"
    ) % {
        "app": client.name,
        "url": endpoint.url,
        "reason": endpoint.disabled_reason,
        "page": f"{settings.PUBLIC_ORIGIN}/developers/apps/{client.client_id}/webhooks/{endpoint.id}/",
    }
