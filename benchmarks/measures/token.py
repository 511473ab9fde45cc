"""A code turned into tokens, beside django-oauth-toolkit as it comes, with its secrets unhashed, and npm's
oidc-provider."""

import sys
from collections.abc import Sequence

from benchmarks.bank import BankUnderLoad, code_form
from benchmarks.figures import Figure
from benchmarks.measures import oidc_provider, stock_dot
from benchmarks.measures.observed import Observed
from benchmarks.measures.oidc_provider import OidcProvider
from benchmarks.measures.stock_dot import StockDot
from benchmarks.rounds import Plan, Side, interleave

GOAL = 40.0
GOAL_UNHASHED = 1.0
GOAL_IN_MEMORY = 0.15  # it is durable nowhere
PBKDF2_NEEDS = 3  # so slow a peer is watched longer, or a round would count a handful of answers
HOW = (
    "POST /oauth/token over 16 kept-alive HTTPS connections, authorization codes of real consents made "
    "beforehand: private_key_jwt and DPoP verified (two ES256 signatures), PKCE, access, refresh and ID "
    "token (ES256), audit event. Beside it a stock django-oauth-toolkit project on the same PostgreSQL "
    "server, gunicorn settings and TLS: code with PKCE and client secret, every setting the library's default"
)


def measure(bank: BankUnderLoad, plan: Plan) -> list[Figure]:
    """Return the figures of the token endpoint: one for each peer that can be had."""
    stock, in_memory, seen = stock_dot.start(bank.place), _oidc_provider(bank), Observed()
    sides = [_our_side(bank, seen), _side_of(stock, "hashed"), _side_of(stock, "unhashed")]
    sides += [_side_in_memory(in_memory)] if in_memory else []
    interleave(sides, plan, between=bank.place.settle)
    bank.place.stop(stock_dot.NAME)
    if in_memory:
        in_memory.stop()
    mine, *others = (side.rates for side in sides)
    return [
        _figure(name, mine, rates, other_is, HOW + how, goal, seen)
        for rates, (name, other_is, how, goal) in zip(others, _PEERS, strict=False)
    ]


_PEERS = (
    ("token", "stock DOT (PBKDF2 secret)", ".", GOAL),
    (
        "token, secret unhashed",
        "stock DOT, hash_client_secret=False",
        ", but for hash_client_secret=False.",
        GOAL_UNHASHED,
    ),
    (
        "token, in memory",
        "npm oidc-provider, one process, everything in memory",
        "; here npm's oidc-provider instead: the same two signatures, PKCE and tokens, nothing kept on disk.",
        GOAL_IN_MEMORY,
    ),
)


def _oidc_provider(bank: BankUnderLoad) -> OidcProvider | None:
    try:
        return oidc_provider.start(bank.place)
    except oidc_provider.NotHere as missing:
        print(f"SKIPPED: token beside npm's oidc-provider: {missing}", file=sys.stderr, flush=True)
        return None


def _side_in_memory(peer: OidcProvider) -> Side:
    requests = list[bytes]()

    def get_ready(seconds: float) -> None:
        requests[:] = peer.requests(int(seconds * 1500))

    def redeem(seconds: float) -> float:
        return peer.exchange(requests, seconds=seconds).rate

    return Side("oidc-provider", redeem, get_ready)


def _our_side(bank: BankUnderLoad, seen: Observed) -> Side:
    requests = list[bytes]()

    def get_ready(seconds: float) -> None:
        codes = bank.codes(seen.needed(seconds, at_first=300))
        requests[:] = bank.token_requests([code_form(code) for code in codes])

    def redeem(seconds: float) -> float:
        return seen.add(*bank.drive(requests, seconds=seconds, expect=200))

    return Side("token", redeem, get_ready)


def _side_of(stock: StockDot, client: str) -> Side:
    codes = list[str]()

    def get_ready(seconds: float) -> None:
        codes[:] = stock.codes(int(seconds * 400))[client]

    def redeem(seconds: float) -> float:
        longer = seconds * (PBKDF2_NEEDS if client == "hashed" else 1)
        return stock.exchange(client, codes, connections=16, seconds=longer).rate

    return Side(client, redeem, get_ready)


def _figure(
    name: str,
    ours: Sequence[float],
    other: Sequence[float],
    other_is: str,
    how: str,
    goal: float,
    seen: Observed,
) -> Figure:
    return Figure(
        name=name,
        ours=ours,
        other=other,
        against="peer",
        other_is=other_is,
        how=how,
        goal=goal,
        notes=seen.notes(),
    )
