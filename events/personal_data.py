"""What the feeds keep of people: ids, states and amounts, as an app may see them anyway."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import IN_USE, AtErasure, Basis, Retention

FEED = Retention("30 days", 30, ended_by="events.forget")

declare(
    "events.Event",
    purpose="to tell an app what happened to what a customer let it see",
    basis=Basis.CONSENT,
    retention=FEED,
    subject="consent__user",
    at_erasure=AtErasure.KEPT,
    kept_because="Art. 17(3)(b): states and amounts of the books, under pseudonyms, for thirty days",
    in_clear="holds no name, number, reference or counterparty",
    financial={"data": Mask.SHOWN},
    technical="id client number type about consent audit_event_id occurred_at created_at",
)
declare(
    "events.WebhookEndpoint",
    purpose="where an app is told, and how its messages are signed",
    retention=IN_USE,
    technical="id client url description event_types status disabled_reason previous_secret_until failures "
    "failing_since busy_until created_at",
    hidden="secret previous_secret",
)
declare(
    "events.WebhookDelivery",
    purpose="which event was delivered to which endpoint",
    retention=FEED,
    technical="id event endpoint status attempts next_at created_at ended_at",
)
declare(
    "events.WebhookAttempt",
    purpose="what was sent to an app and what its server answered, for the app's developer",
    retention=FEED,
    technical="id delivery number signed signature sent_at milliseconds http_status answer problem",
)
declare(
    "events.Feed",
    purpose="the number of an app's last event",
    retention=IN_USE,
    technical="client last_number",
)
declare(
    "events.Follower",
    purpose="how far the audit log has been followed",
    retention=IN_USE,
    technical="id next_index",
)
