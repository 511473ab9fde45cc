"""A code turned into tokens, beside django-oauth-toolkit as it comes, and with its secrets unhashed."""

from collections.abc import Sequence

from benchmarks.bank import BankUnderLoad, code_form
from benchmarks.figures import Figure
from benchmarks.measures import stock_dot
from benchmarks.measures.observed import Observed
from benchmarks.measures.stock_dot import StockDot
from benchmarks.rounds import Plan, Side, interleave

GOAL = 40.0
GOAL_UNHASHED = 1.0
PBKDF2_NEEDS = 3  # so slow a peer is watched longer, or a round would count a handful of answers
HOW = (
    "POST /oauth/token over 16 kept-alive HTTPS connections, authorization codes of real consents made "
    "beforehand: private_key_jwt and DPoP verified (two ES256 signatures), PKCE, access, refresh and ID "
    "token, audit event. Beside it a stock django-oauth-toolkit project on the same PostgreSQL server, "
    "gunicorn settings and TLS: code with PKCE and client secret, every setting the library's default"
)


def measure(bank: BankUnderLoad, plan: Plan) -> list[Figure]:
    """Return both figures of the token endpoint."""
    stock, seen = stock_dot.start(bank.place), Observed()
    sides = [_our_side(bank, seen), _side_of(stock, "hashed"), _side_of(stock, "unhashed")]
    interleave(sides, plan, between=bank.place.settle)
    bank.place.stop(stock_dot.NAME)
    mine, hashed, unhashed = (side.rates for side in sides)
    return [
        _figure("token", mine, hashed, "stock DOT (PBKDF2 secret)", HOW + ".", GOAL, seen),
        _figure(
            "token, secret unhashed",
            mine,
            unhashed,
            "stock DOT, hash_client_secret=False",
            HOW + ", but for hash_client_secret=False.",
            GOAL_UNHASHED,
            seen,
        ),
    ]


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
