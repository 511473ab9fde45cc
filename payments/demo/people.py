"""Who lives in the sandbox: one person, one story."""

from dataclasses import dataclass, field
from datetime import date

from bank.access import roles
from bank.access.permissions import (
    AUDIT_READ,
    CLOCK_MOVE,
    METRICS_READ,
    OUTSIDE_PLAY,
    OWN_SCOPES,
    WEBHOOKS_MANAGE,
    app_scopes,
)
from bank.access.roles import CUSTOMER, STAFF_ROLES, permissions_of


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account by its name in the fixture, with what is on it (as the API writes amounts)."""

    key: str
    name: str
    currency: str
    balance: str
    kind: str = "current"
    is_closed: bool = False
    has_history: bool = False
    joint_with: str = ""
    viewed_by: str = ""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A customer with a login."""

    username: str
    given_name: str
    family_name: str
    birth_date: date
    address: str
    accounts: tuple[DemoAccount, ...]
    is_active: bool = True
    has_second_factor: bool = True
    is_developer: bool = False
    shares_until_tomorrow_with: str = ""

    @property
    def email(self) -> str:
        """An address in a domain nobody can own (RFC 2606)."""
        return f"{self.given_name}.{self.family_name}@mail.example".lower()


PEOPLE = (
    DemoPerson(
        "alice", "Alice", "Martin", date(1988, 4, 12), "4 Quay Street, Bristol BS1 4DJ",
        (
            DemoAccount("A1", "Everyday account", "GBP", "100.00"),
            DemoAccount("A2", "Rainy day savings", "GBP", "0.00", kind="savings"),
            DemoAccount("A3", "Yen account", "JPY", "100000"),
            DemoAccount("A4", "Yen savings", "JPY", "0", kind="savings"),
            DemoAccount("D1", "Dinar account", "BHD", "10.000"),
            DemoAccount("E1", "Euro account", "EUR", "1250.00", has_history=True),
        ),
        is_developer=True,
    ),
    DemoPerson(
        "bob", "Robert", "Okafor", date(1975, 9, 30), "17 Mill Lane, Leeds LS9 8PX",
        (
            DemoAccount("B1", "Current account", "GBP", "50.00"),
            DemoAccount("E2", "Euro account", "EUR", "300.00"),
        ),
    ),
    DemoPerson(
        "carol", "Carolina", "Lindqvist", date(1991, 1, 5), "2 Harbour View, Cardiff CF10 4PA",
        (
            DemoAccount("C1", "Old account", "GBP", "0.00", is_closed=True),
            DemoAccount("C2", "Household account", "GBP", "20.00", joint_with="frank", viewed_by="erin"),
        ),
    ),
    DemoPerson(
        "dave", "David", "Nakamura", date(1969, 7, 20), "88 North Road, Glasgow G4 0BA",
        (DemoAccount("F1", "Current account", "GBP", "5.00"),), is_active=False,
    ),
    DemoPerson(
        "erin", "Erin", "Kowalska", date(1995, 3, 17), "31 Castle Hill, Lincoln LN1 3AA",
        (DemoAccount("G1", "Current account", "GBP", "75.00"),), has_second_factor=False,
        shares_until_tomorrow_with="piggy",
    ),
    DemoPerson(
        "frank", "Franklin", "Dubois", date(2001, 11, 2), "9 Chapel Row, Bath BA1 1HN",
        (DemoAccount("H1", "Current account", "GBP", "0.00"),), has_second_factor=False,
    ),
)  # fmt: skip

STAFF = {
    "maker": roles.TELLER,
    "approver": roles.APPROVER,
    "auditor": roles.AUDITOR,
    "support": roles.SUPPORT,
    "compliance": roles.COMPLIANCE,
    "platform_admin": roles.PLATFORM_ADMIN,
}

# Services of the sandbox, and what their keys are for.
API_KEYS = {"service": (METRICS_READ, AUDIT_READ, CLOCK_MOVE, OUTSIDE_PLAY), "readonly": (METRICS_READ,)}


@dataclass(frozen=True, slots=True)
class DemoClient:
    """An app of the sandbox."""

    key: str
    name: str
    organisation: str
    purpose: str
    first_party: bool = False
    developer: str = ""  # who sees it in the developer portal
    scopes: tuple[str, ...] = field(default_factory=lambda: ("openid", *app_scopes()))

    @property
    def homepage(self) -> str:
        """A site in a domain nobody can own (RFC 2606)."""
        return f"https://{self.key.replace('_', '-')}.example"


CLIENTS = (
    DemoClient(
        "piggy",
        "Piggy",
        "Piggy Labs Ltd",
        "See all your money in one place and send some.",
        scopes=("openid", *app_scopes(), WEBHOOKS_MANAGE),
    ),
    DemoClient("rival", "Rival", "Rival Money SA", "Compare what you spend with others like you."),
    DemoClient(
        "own_app",
        "Harbour app",
        "Harbour Bank",
        "The bank's own app.",
        first_party=True,
        scopes=("openid", *sorted(permissions_of([CUSTOMER]))),
    ),
    DemoClient(
        "staff_app",
        "Harbour staff",
        "Harbour Bank",
        "What staff do through the API; only with two factors.",
        first_party=True,
        scopes=("openid", *sorted(permissions_of(STAFF_ROLES))),
    ),
    DemoClient(
        "webhook_app",
        "Bellhop",
        "Bellhop GmbH",
        "Ring when money arrives.",
        developer="alice",
        scopes=("openid", *app_scopes(), *sorted(OWN_SCOPES)),
    ),
)
