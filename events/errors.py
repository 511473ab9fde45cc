"""What can go wrong with webhooks.

NotFound
├── WebhookEndpointNotFound
└── WebhookDeliveryNotFound
Conflict
├── TooManyWebhookEndpoints
├── WebhookEndpointDisabled
└── WebhookDeliveryUnderWay
Refused
└── WebhookTargetRefused
"""

from bank.errors import Conflict, NotFound, Refused


class WebhookEndpointNotFound(NotFound):
    """There is no such webhook endpoint, or it is not yours."""


class WebhookDeliveryNotFound(NotFound):
    """There is no such delivery, or it is not yours."""


class TooManyWebhookEndpoints(Conflict):
    """This app has as many webhook endpoints as it can have."""


class WebhookEndpointDisabled(Conflict):
    """The webhook endpoint is switched off."""


class WebhookDeliveryUnderWay(Conflict):
    """The delivery is waiting to be made already."""


class WebhookTargetRefused(Refused):
    """The bank does not call this address."""
