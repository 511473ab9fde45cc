"""Every permission there is, on one page. A permission is an OAuth scope of the same name.

`sentence` is what a customer reads on the consent page. An empty sentence means that no app can be
given the permission: it belongs to staff, or to the customer alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """A right, named `noun:verb`, with the words a customer reads for it."""

    name: str
    meaning: str
    sentence: str = ""

    def __str__(self) -> str:
        return self.name


_ALL: dict[str, Permission] = {}


def _permission(name: str, meaning: str, sentence: str = "") -> str:
    _ALL[name] = Permission(name, meaning, sentence)
    return name


# Customers and the apps that act for them
ME_READ = _permission("me:read", "Read one's own customer record", "Your name and contact details")
ME_WRITE = _permission("me:write", "Correct one's own record, and restrict its use")
ME_EXPORT = _permission("me:export", "Ask for a copy of all one's data")
ME_ERASE = _permission("me:erase", "Be erased, once all accounts are closed")
ACCOUNTS_READ = _permission("accounts:read", "List and read accounts", "Account name, type and number")
ACCOUNTS_OPEN = _permission("accounts:open", "Open and close one's own accounts")
HOLDS_MANAGE = _permission("holds:manage", "Set money aside, capture and void what was set aside")
BALANCES_READ = _permission("balances:read", "Read balances", "Account balance")
TRANSACTIONS_READ = _permission(
    "transactions:read", "Read transactions", "Transaction details for the last 12 months"
)
FUNDS_CONFIRM = _permission(
    "funds:confirm",
    "Ask whether an amount is on an account",
    "Whether an amount is on an account you choose: yes or no",
)
PAYMENTS_CREATE = _permission(
    "payments:create", "Make payments", "Make payments from the accounts you choose"
)
STANDING_ORDERS_MANAGE = _permission(
    "standing_orders:manage", "Place, pause and cancel one's own standing orders"
)
PAYMENTS_BATCH = _permission("payments:batch", "Make many payments at once, from a file")
FX_QUOTE = _permission(
    "fx:quote",
    "Have a rate of exchange held for a payment",
    "Exchange what it pays into another currency, at the bank’s rate when it pays",
)
LIMITS_MANAGE = _permission("limits:manage", "Lower the limits of one's own accounts, ask to raise them")
PAYEES_MANAGE = _permission("payees:manage", "Check payees, and keep one's own")
PAYMENTS_REFUND = _permission("payments:refund", "Give back payments one was paid")
PAYMENTS_READ = _permission("payments:read", "Read payments", "Payments this app has made")
CONSENTS_READ = _permission("consents:read", "Read one's own consents", "What you allowed this app")
CONSENTS_REVOKE = _permission("consents:revoke", "Stop sharing with an app")

# Apps, for themselves: with a token of their own, in which no person is (RFC 6749, 4.4)
EVENTS_READ = _permission("events:read", "Read what happened to what the app was given")
WEBHOOKS_MANAGE = _permission("webhooks:manage", "Say where the bank tells the app what happened")

# Staff
CUSTOMERS_READ = _permission("customers:read", "Read customer records, masked")
CUSTOMERS_VERIFY = _permission("customers:verify", "Ask that a customer's identity count as seen")
CUSTOMERS_UNMASK_CONTACT = _permission(
    "customers:unmask_contact", "See an e-mail address or a telephone number in clear, for a case"
)
CUSTOMERS_UNMASK_IDENTITY = _permission(
    "customers:unmask_identity", "See a name, an address or a date of birth in clear, for a case"
)
ACCOUNTS_READ_ANY = _permission("accounts:read_any", "Read any account")
PAYMENTS_REVERSE = _permission("payments:reverse", "Ask that a payment be taken back")
RAILS_READ = _permission("rails:read", "See how the ways to other banks do")
TERMS_ASK = _permission("terms:ask", "Ask for another fee or rate of exchange")
PAYMENTS_READ_ANY = _permission("payments:read_any", "Read any payment")
ACCOUNTS_FREEZE = _permission("accounts:freeze", "Ask that an account be frozen, blocked or released")
ACCOUNTS_HOLDERS = _permission("accounts:holders", "Ask for a joint holder or viewer to be added or removed")
ACCOUNTS_OVERDRAFT = _permission("accounts:overdraft", "Ask for another overdraft limit")
APPROVALS_READ = _permission("approvals:read", "Read what was asked for and decided")
APPROVALS_DECIDE = _permission("approvals:decide", "Approve or reject what somebody else asked for")
CLIENTS_READ = _permission("clients:read", "Read registered apps")
CLIENTS_MANAGE = _permission("clients:manage", "Register and change apps")
CLIENTS_APPROVE = _permission("clients:approve", "Let apps live that somebody else asked for")
CLIENTS_REGISTER = _permission("clients:register", "Register one's own apps, in the developer portal")
CONSENTS_READ_ANY = _permission("consents:read_any", "Read any consent")
CONSENTS_REVOKE_ANY = _permission("consents:revoke_any", "Revoke any consent")
AUDIT_READ = _permission("audit:read", "Read the audit trail")
KEYS_READ = _permission("keys:read", "Read which keys the bank keeps, never the keys")
IP_RULES_READ = _permission("ip_rules:read", "Read IP allow and deny lists")
IP_RULES_MANAGE = _permission("ip_rules:manage", "Change IP allow and deny lists")
USERS_READ = _permission("users:read", "Read logins and the roles they hold")
USERS_MANAGE = _permission("users:manage", "Manage logins and the roles they hold")
USERS_RESET = _permission("users:reset", "Take away a person's second factors, sessions and tokens")
BREAK_GLASS_ASK = _permission("break_glass:ask", "Ask for emergency access, and end one")
BREAK_GLASS_READ = _permission("break_glass:read", "Read who had emergency access, and what they did")
BREAK_GLASS_REVIEW = _permission("break_glass:review", "Review emergency access that is over")
ACCESS_REVIEWS_READ = _permission("access_reviews:read", "Read the reviews of who may do what")
ACCESS_REVIEWS_DECIDE = _permission("access_reviews:decide", "Decide whether others keep their roles")
ALERTS_READ = _permission("alerts:read", "Read alerts, incidents and daily reviews")
ALERTS_DECIDE = _permission("alerts:decide", "Acknowledge alerts, escalate them, call them false")
INCIDENTS_MANAGE = _permission("incidents:manage", "Run incidents and sign off daily reviews")
RULES_CHANGE = _permission("rules:change", "Ask for a rule over the log to count otherwise")
METRICS_READ = _permission("metrics:read", "Read metrics from elsewhere than loopback")

# The sandbox alone: elsewhere the addresses that ask for these do not exist
CLOCK_MOVE = _permission("clock:move", "Read and move the sandbox's clock")
OUTSIDE_PLAY = _permission("outside:play", "Play the world outside: payments that arrive, answers, faults")


# What an API key can be for: nothing here belongs to a person, so nothing here needs a consent. The trail
# holds commitments in place of personal values.
SERVICE_SCOPES = frozenset({METRICS_READ, AUDIT_READ, CLOCK_MOVE, OUTSIDE_PLAY})

# What an app's own token can be for. No consent gives it, and it reaches no person's data.
OWN_SCOPES = frozenset({EVENTS_READ, WEBHOOKS_MANAGE})


def all_permissions() -> dict[str, Permission]:
    """Return every permission by name."""
    return dict(_ALL)


def app_scopes() -> dict[str, str]:
    """Return the scopes an app can be given, with the sentence a customer reads for each."""
    return {name: p.sentence for name, p in _ALL.items() if p.sentence}
