"""Every role there is and what it may do, on one page.

A role is held by a login (oauth.User.roles). An app never holds a role: it acts for a customer, within the
customer's role, its own scopes and the consent. A service client acts within its own scopes.
"""

from collections.abc import Iterable

from bank.access import permissions as p

CUSTOMER = "customer"
DEVELOPER = "developer"
SUPPORT = "support"
TELLER = "teller"
APPROVER = "approver"
COMPLIANCE = "compliance"
AUDITOR = "auditor"
PLATFORM_ADMIN = "platform_admin"

ROLES: dict[str, frozenset[str]] = {
    # A person with accounts here.
    CUSTOMER: frozenset(
        {
            p.ME_READ,
            p.ME_WRITE,
            p.ME_EXPORT,
            p.ME_ERASE,
            p.ACCOUNTS_READ,
            p.ACCOUNTS_OPEN,
            p.HOLDS_MANAGE,
            p.BALANCES_READ,
            p.TRANSACTIONS_READ,
            p.FUNDS_CONFIRM,
            p.PAYMENTS_CREATE,
            p.PAYMENTS_READ,
            p.PAYMENTS_REFUND,
            p.PAYMENTS_BATCH,
            p.PAYEES_MANAGE,
            p.FX_QUOTE,
            p.LIMITS_MANAGE,
            p.STANDING_ORDERS_MANAGE,
            p.CONSENTS_READ,
            p.CONSENTS_REVOKE,
        }
    ),
    # Registers apps, plays with the sandbox, and may be a customer besides.
    DEVELOPER: frozenset(
        {p.CLIENTS_REGISTER, p.CLOCK_MOVE, p.OUTSIDE_PLAY, p.EVENTS_READ, p.WEBHOOKS_MANAGE}
    ),
    # Answers the telephone: sees masked records, changes nothing but an unwanted consent.
    SUPPORT: frozenset(
        {
            p.CUSTOMERS_READ,
            p.CUSTOMERS_UNMASK_CONTACT,
            p.ACCOUNTS_READ_ANY,
            p.PAYMENTS_READ_ANY,
            p.RAILS_READ,
            p.CONSENTS_READ_ANY,
            p.CONSENTS_REVOKE_ANY,
            p.CLIENTS_READ,
            p.BREAK_GLASS_ASK,
        }
    ),
    # Asks for changes (the maker of four eyes).
    TELLER: frozenset(
        {
            p.CUSTOMERS_READ,
            p.CUSTOMERS_UNMASK_CONTACT,
            p.CUSTOMERS_UNMASK_IDENTITY,
            p.CUSTOMERS_VERIFY,
            p.ACCOUNTS_READ_ANY,
            p.PAYMENTS_READ_ANY,
            p.RAILS_READ,
            p.CONSENTS_READ_ANY,
            p.APPROVALS_READ,
            p.ACCOUNTS_FREEZE,
            p.ACCOUNTS_OVERDRAFT,
            p.PAYMENTS_REVERSE,
            p.TERMS_ASK,
            p.ACCOUNTS_HOLDERS,
            p.BREAK_GLASS_ASK,
        }
    ),
    # Decides on what somebody else asked for (the checker of four eyes).
    APPROVER: frozenset(
        {
            p.CUSTOMERS_READ,
            p.ACCOUNTS_READ_ANY,
            p.PAYMENTS_READ_ANY,
            p.RAILS_READ,
            p.CONSENTS_READ_ANY,
            p.CLIENTS_READ,
            p.CLIENTS_APPROVE,
            p.APPROVALS_READ,
            p.APPROVALS_DECIDE,
        }
    ),
    # Watches over the rules.
    COMPLIANCE: frozenset(
        {
            p.CUSTOMERS_READ,
            p.CUSTOMERS_UNMASK_CONTACT,
            p.CUSTOMERS_UNMASK_IDENTITY,
            p.ACCOUNTS_READ_ANY,
            p.PAYMENTS_READ_ANY,
            p.RAILS_READ,
            p.CONSENTS_READ_ANY,
            p.CLIENTS_READ,
            p.CLIENTS_APPROVE,
            p.AUDIT_READ,
            p.KEYS_READ,
            p.ALERTS_READ,
            p.ALERTS_DECIDE,
            p.INCIDENTS_MANAGE,
            p.RULES_CHANGE,
            p.IP_RULES_READ,
            p.APPROVALS_READ,
            p.ACCOUNTS_FREEZE,
            p.USERS_READ,
            p.USERS_RESET,
            p.BREAK_GLASS_ASK,
            p.BREAK_GLASS_READ,
            p.BREAK_GLASS_REVIEW,
            p.ACCESS_REVIEWS_READ,
            p.ACCESS_REVIEWS_DECIDE,
        }
    ),
    # Reads everything that was done, changes nothing.
    AUDITOR: frozenset(
        {
            p.CUSTOMERS_READ,
            p.ACCOUNTS_READ_ANY,
            p.PAYMENTS_READ_ANY,
            p.RAILS_READ,
            p.CONSENTS_READ_ANY,
            p.CLIENTS_READ,
            p.AUDIT_READ,
            p.KEYS_READ,
            p.ALERTS_READ,
            p.IP_RULES_READ,
            p.USERS_READ,
            p.APPROVALS_READ,
            p.BREAK_GLASS_READ,
            p.ACCESS_REVIEWS_READ,
        }
    ),
    # Runs the platform; can neither move money nor approve.
    PLATFORM_ADMIN: frozenset(
        {
            p.CLIENTS_READ,
            p.CLIENTS_MANAGE,
            p.KEYS_READ,
            p.IP_RULES_READ,
            p.IP_RULES_MANAGE,
            p.USERS_READ,
            p.USERS_MANAGE,
            p.METRICS_READ,
            p.CLOCK_MOVE,
            p.RAILS_READ,
            p.USERS_RESET,
            p.ALERTS_READ,
            p.ALERTS_DECIDE,
            p.BREAK_GLASS_ASK,
            p.BREAK_GLASS_READ,
            p.ACCESS_REVIEWS_READ,
            p.ACCESS_REVIEWS_DECIDE,
        }
    ),
}

STAFF_ROLES = frozenset(ROLES) - {CUSTOMER, DEVELOPER}


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Return what the holder of these roles may do; an unknown role gives nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
