"""A page of 50 transactions with everything on, beside a bare Django view with one query."""

from benchmarks import load
from benchmarks.bank import BankUnderLoad
from benchmarks.figures import Figure
from benchmarks.measures.observed import Observed
from benchmarks.rounds import Plan, Side, interleave
from benchmarks.wire import build

GOAL = 0.35
HOW = (
    "GET /v1/accounts/{id}/transactions?limit=50 over 16 kept-alive HTTPS connections: DPoP proof, token,"
    " consent, ownership, limits, headers. Beside it a Django view without middleware, token or limit "
    "that runs one query for the same page of the same database and answers with orjson, under the same "
    "gunicorn and TLS."
)


def measure(bank: BankUnderLoad, plan: Plan) -> list[Figure]:
    """Return the figure of the list."""
    bare = bank.place.serve(
        "bare_view", "benchmarks.peers.bare_view.wsgi", bank.place.bank.environment("web")
    )
    plain = [
        build("GET", f"/accounts/{payer['account']}/transactions", bare.authority) for payer in bank.payers
    ]
    seen, requests = Observed(), list[bytes]()

    def get_ready(seconds: float) -> None:
        requests[:] = bank.page_requests(seen.needed(seconds, at_first=800))

    def read(seconds: float) -> float:
        return seen.add(*bank.drive(requests, seconds=seconds, expect=200))

    def read_bare(seconds: float) -> float:
        many = plain * int(seconds * 100)
        return load.run(bare, many, connections=16, seconds=seconds, expect=200).rate

    ours, other = Side("transactions", read, get_ready), Side("bare view", read_bare)
    interleave([ours, other], plan, between=bank.place.settle)
    bank.place.stop("bare_view")
    return [
        Figure(
            name="transactions",
            ours=ours.rates,
            other=other.rates,
            against="peer",
            other_is="bare Django view with one query",
            how=HOW,
            goal=GOAL,
            notes=seen.notes(),
        )
    ]
