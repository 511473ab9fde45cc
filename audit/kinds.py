"""Every kind of event, on one page. `record` refuses a kind that is not here.

A *change* is a step in the life of its target: it carries the target's version (`entity_seq`) and the event
before it, so a missing step shows. A *moment* touches no version: a login, a token, a refusal.
"""

from dataclasses import dataclass


class UnknownKind(LookupError):
    """The kind of event is not on this page."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: its name, what it means in one sentence, and whether it changes its target."""

    name: str
    meaning: str
    is_change: bool

    def __str__(self) -> str:
        return self.meaning


KINDS: dict[str, Kind] = {}


def _change(name: str, meaning: str) -> None:
    KINDS[name] = Kind(name, meaning, is_change=True)


def _moment(name: str, meaning: str) -> None:
    KINDS[name] = Kind(name, meaning, is_change=False)


# Customers and accounts
_change("customer.opened", "A person became a customer.")
_change("customer.corrected", "A person corrected what the bank knows of them.")
_change("customer.verified", "A person's identity was seen anew, by two of staff.")
_change("customer.restricted", "A person restricted the use of their data.")
_change("customer.unrestricted", "A person let their data be used again.")
_change("account.opened", "An account was opened.")
_change("account.closed", "An account was closed.")
_moment("customer.viewed", "Staff opened a customer's record.")

_change("account.frozen", "An account was frozen.")
_change("account.unfrozen", "A frozen account was released.")
_change("account.blocked", "An account was blocked for debits or for credits.")
_change("account.unblocked", "The block of an account was lifted.")
_change("account.overdraft_changed", "An account got another overdraft limit.")
_change("account.holder_added", "A customer became joint holder or viewer of an account.")
_change("account.holder_removed", "A customer is no longer joint holder or viewer of an account.")

_change("statement.made", "The statement of a month was made.")
_change("hold.placed", "Money was set aside on an account.")
_change("hold.settled", "Money that had been set aside for a payment to another bank has left.")
_change("hold.captured", "Money that had been set aside was booked.")
_change("hold.voided", "Money that had been set aside was freed.")
_change("hold.expired", "The time of money set aside was up.")

# People's rights over their data
_change("privacy.export_requested", "A person asked for a copy of their data.")
_change("privacy.export_made", "The copy of a person's data was made.")
_moment("privacy.export_read", "A person read the copy of their data.")
_change("privacy.export_failed", "The copy of a person's data could not be made.")
_change("privacy.export_expired", "The copy of a person's data was destroyed: its time was over.")
_change("privacy.erased", "A person was erased: their key and the openings of their events were destroyed.")
_moment("privacy.erasure_denied", "A person asked to be erased, and something has to end first.")
_moment("privacy.unmasked", "Staff saw one field of a person in clear, for some minutes.")
_moment("privacy.unmasking_denied", "Staff asked to see a field they may not see.")

# Four eyes
_change("approval.requested", "Somebody asked for something that somebody else has to approve.")
_change("approval.approved", "A second member of staff approved what was asked for.")
_change("approval.rejected", "A second member of staff rejected what was asked for.")
_change("approval.expired", "Nobody decided in time on what was asked for.")
_change("approval.withdrawn", "What was asked for was taken back before anybody decided.")
_moment("approval.denied", "Somebody tried to decide on what they asked for themselves.")

# Money
_change("posting.booked", "Money was booked between accounts.")
_change("payment.completed", "A payment was made.")
_change("batch.announced", "A batch of payments was announced.")
_change("batch.executed", "The file of a batch arrived and was carried out.")
_change("fee.charged", "The fee of a payment was booked.")
_change("fee.set", "Two of staff set what a kind of payment costs.")
_change("fx.rate_set", "Two of staff set a rate of exchange.")
_change("fx.quoted", "A rate of exchange was held for somebody.")
_change("fx.quote_used", "A quote was used for a payment.")
_change("account.limits_changed", "The limits of an account's payments changed.")
_change("payee.added", "A customer kept a payee.")
_change("payee.checked_again", "The name of a kept payee was checked anew.")
_change("payee.removed", "A customer removed a payee.")
_moment("payee.checked", "Somebody asked whether a name belongs to an account number.")
_change("payment.accepted", "A payment to another bank was taken: its money is set aside, the rail is told.")
_change("payment.credited", "The other bank has credited a payment that had settled.")
_change("payment.held", "The rail holds a payment for review.")
_change("payment.released", "The rail goes on with a payment it held for review.")
_change("payment.rejected", "The rail rejected a payment; its money is free again.")
_change("payment.cancellation_asked", "Who paid asked to cancel a payment that is with the rail.")
_change("payment.cancelled", "A payment to another bank was cancelled; its money is free again.")
_change("payment.returned", "Another bank sent a payment back.")
_change("incoming_payment.booked", "A payment from another bank was booked.")
_change("incoming_payment.returned", "A payment from another bank could not be booked and goes back.")
_moment("rail.reconciled", "The rail's book of a day was compared with the bank's.")
_moment("rail.difference_found", "The rail's book and the bank's say different things.")
_change("standing_order.placed", "A customer placed a standing order.")
_change("standing_order.ran", "A standing order was due.")
_change("standing_order.paused", "A standing order was paused.")
_change("standing_order.resumed", "A paused standing order goes on.")
_change("standing_order.cancelled", "A standing order was cancelled.")
_change("payment.refunded", "Who was paid gave a payment back, all or a part.")
_change("payment.reversed", "The bank took a payment back, by two of staff.")
_change("payment.refused", "A payment was refused by a rule of the bank.")
_moment("payment.denied", "Somebody tried to pay from an account that is not theirs to pay from.")

# Consents, apps and tokens
_change("consent.granted", "A customer allowed an app what it asked for.")
_change("consent.refused", "A customer refused an app.")
_change("consent.renewed", "A customer signed in and decided anew about a consent.")
_change("consent.shortened", "A customer made a consent end sooner.")
_change("consent.account_withdrawn", "A customer took an account out of a consent.")
_change("consent.used", "The one thing a consent allowed was done.")
_change("consent.revoked", "A customer, an app or the bank ended a consent.")
_moment("client.registered", "An app was registered.")
_moment("client.changed", "An app's registration changed.")
_moment("client.disabled", "An app was switched off.")
_moment("client.submitted", "An app asked to go live.")
_moment("client.approved", "Staff let an app go live.")
_moment("client.sent_back", "An app went back to the sandbox: staff said no, or nobody decided in time.")
_moment("client.withdrawn", "An app was taken out of its review by who answers for it.")
_moment("client.reinstated", "Staff let a suspended app back into the sandbox.")
_moment("client.closed", "An app was deregistered.")
_moment("registration.allowed", "Staff allowed an organisation to register apps.")
_moment("message.signed", "A signed request, or the bank's signed answer, was kept as evidence.")
_moment("message.refused", "A request was not signed as its app has to.")
_moment("registration.refused", "Somebody tried to register or manage an app without the right to.")
_moment("client.told_of_logout", "An app was told that a session ended.")
_moment("client.refused", "An app failed to prove who it is.")
_moment("api_key.issued", "A key was made for a service.")
_moment("api_key.rotated", "A new key was made for a service; the old one ends soon.")
_moment("api_key.revoked", "A key of a service was ended.")
_moment("api_key.refused", "A key of a service was used after its end, or from elsewhere.")
_moment("authorization.pushed", "An app pushed an authorization request.")
_moment("authorization.refused", "An authorization request was refused.")
_moment("token.issued", "An access token was issued.")
_moment("token.refreshed", "An access token was issued for a refresh token.")
_moment("token.refused", "A token request was refused.")
_moment("token.introspected", "An app asked what a token is worth.")
_moment("token.revoked", "A token was revoked.")
_moment("token.reuse_detected", "A code or token was used a second time.")

# Webhooks
_moment("webhook_endpoint.added", "An app said where it wants to be told of events.")
_moment("webhook_endpoint.changed", "An app changed where, or of what, it wants to be told.")
_moment("webhook_endpoint.secret_rotated", "An app got a new secret for the signatures of an endpoint.")
_moment("webhook_endpoint.tested", "An app asked the bank to ring once.")
_moment("webhook_endpoint.redelivered", "An app asked for a delivery once more.")
_moment("webhook_endpoint.disabled", "An endpoint that failed for too long was switched off.")
_moment("webhook_endpoint.removed", "An app took an endpoint away.")

# Signing in
_moment("login.succeeded", "A person signed in.")
_moment("login.failed", "A sign-in failed.")
_moment("login.locked_out", "Sign-in was locked after too many failures.")
_moment("login.ended", "A person signed out.")
_moment("login.new_device_told", "A person was told of a sign-in on a new device.")
_moment("session.ended", "A session was ended from elsewhere.")
_moment("mfa.added", "A second factor was added.")
_moment("mfa.removed", "A second factor was removed.")
_moment("mfa.reset", "Staff took a person's second factors away.")
_moment("mfa.succeeded", "A second factor was given.")
_moment("mfa.failed", "A second factor was wrong.")
_moment("password.changed", "A person changed their password.")
_moment("user.created", "A login was made.")
_moment("user.changed", "A login was changed or switched off.")
_moment("user.roles_changed", "The roles a login holds changed.")

_moment("confirmation.asked", "A person was asked to confirm one thing with a second factor.")
_moment("confirmation.given", "A person confirmed exactly what was shown.")
_moment("confirmation.denied", "Somebody answered what another session of the same person was asked.")
_moment("confirmation.refused", "A confirmation was wrong too often, or about something else.")

# The doors
_moment("access.denied", "A caller asked for something it may not do.")
_moment("limit.hit", "A caller was slowed down by a rate limit.")
_moment("ip.refused", "An address was refused by the allow and deny lists.")
_moment("ip_rule.added", "A rule was added to the address lists.")
_moment("ip_rule.changed", "A rule of the address lists was changed.")
_moment("ip_rule.removed", "A rule was removed from the address lists.")

# Who of staff may do what
_change("break_glass.opened", "Two of staff agreed on emergency access for one of them.")
_change("break_glass.ended", "Emergency access was ended before its time.")
_change("break_glass.reviewed", "A third looked at what was done under an emergency access.")
_change("access_review.opened", "A review of who may do what began.")
_change("access_review.decided", "Somebody decided whether another login keeps its roles.")
_change("access_review.closed", "Every login of a review was decided on.")

# Noticing
_change("alert.raised", "A rule or an alarm found something worth a look.")
_change("alert.acknowledged", "A member of staff looks at an alert.")
_change("alert.overlooked", "Nobody looked at an alert in time; the next ones were told.")
_change("alert.dismissed", "A member of staff found an alert to be a false alarm.")
_change("alert.escalated", "A member of staff made an alert an incident.")
_change("incident.opened", "An incident was opened; the bank is aware of it.")
_change("incident.worsened", "An incident is more severe than it was thought to be.")
_change("incident.event_linked", "An event was added to an incident's timeline.")
_change("incident.contained", "An incident goes on no longer.")
_change("incident.assessed", "Staff decided whether an incident touched personal data.")
_change("incident.authority_told", "The supervisory authority was told of an incident.")
_change("incident.closed", "An incident was closed.")
_change("rule.changed", "Two of staff changed how many are too many.")
_change("review.written", "The log of a day was summed up and signed.")
_change("review.signed_off", "A member of staff signed off the review of a day.")
_moment("notice.sent", "Staff were told of an alert or an incident.")

# The bank itself
_moment("admin.changed", "Staff changed a record in the admin.")
_moment("audit.read", "Somebody read the audit trail.")
_moment("audit.exported", "Somebody exported the audit trail.")
_moment("audit.log_started", "The log began, or went on after an explicit decision.")
_moment("audit.key_added", "A new key began to sign the log beside the old one.")
_moment("audit.key_retired", "A key of the log signs no more.")
_moment("keys.added", "A new master key was made; it does not seal yet.")
_moment("keys.activated", "A master key began to seal.")
_moment("keys.resealed", "What lay under older master keys was sealed under the active one.")
_moment("keys.overdue", "A key works longer than it should: renew it.")
_moment("keys.retired", "A master key nothing lies under any more was taken away.")
_moment("oauth.keys_rotated", "New keys for ID tokens were published beside the old ones.")
_moment("oauth.keys_replaced", "The keys for ID tokens were taken away at once and replaced.")
_moment("sandbox.seeded", "Demo data was written.")
_moment("sandbox.outside_played", "Somebody played the world outside, at the simulator of the rail.")
_moment("sandbox.clock_moved", "The sandbox's clock was moved forward.")


def kind(name: str) -> Kind:
    """Return the kind of this name; raises UnknownKind."""
    try:
        return KINDS[name]
    except KeyError:
        raise UnknownKind(f"{name!r} is not in audit/kinds.py") from None
