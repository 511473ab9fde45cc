"""The story, in order: an app is let in, pays, is held to its limits, is shown out, and the log proves it."""

from examples.tour.chapters import the_app, the_customer, the_doorbell, the_log
from examples.tour.telling import Step

STORY: list[tuple[str, Step]] = [
    ("discovery", the_app.reads_the_metadata),
    ("pushed request", the_app.pushes_its_request),
    ("sign in", the_customer.signs_in),
    ("consent", the_customer.shares_three_accounts),
    ("token", the_app.redeems_the_code),
    ("accounts", the_app.sees_only_the_chosen_accounts),
    ("transactions, page 1 and 2", the_app.reads_two_pages),
    ("payment", the_app.pays),
    ("same key again", the_app.sends_the_payment_again),
    ("same key, other body", the_app.reuses_the_key_for_another_payment),
    ("not enough money", the_app.pays_more_than_there_is),
    ("the money comes back", the_app.pays_back),
    ("somebody else's account", the_app.asks_for_somebody_elses_account),
    ("stolen token", the_app.loses_its_token_to_a_thief),
    ("too many", the_app.sees_a_rival_knock_too_often),
    ("webhook, registered", the_doorbell.asks_to_be_told),
    ("webhook, verified", the_doorbell.is_rung),
    ("webhook, redelivered", the_doorbell.is_rung_again),
    ("event sealed", the_log.has_sealed_the_payment),
    ("stop sharing", the_customer.stops_sharing),
    ("access ends at once", the_app.has_lost_its_access),
    ("inclusion proof, offline", the_log.proves_the_payment),
    ("log's signature, offline", the_log.signed_its_checkpoint),
]
