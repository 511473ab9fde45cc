"""A payment over HTTPS with everything on, beside the same double entry as one SQL function."""

from benchmarks.bank import BankUnderLoad
from benchmarks.figures import Figure
from benchmarks.measures.limit import PaymentLimit
from benchmarks.measures.observed import Observed
from benchmarks.rounds import Plan, Side, interleave

GOAL = 0.20
HOW = (
    "POST /v1/payments over 16 kept-alive HTTPS connections: DPoP proof, token and consent checked in the"
    " database, limits counted, idempotency key, ledger, audit event, sealing beside it; proofs signed "
    "before the clock runs. Beside it pgbench with 16 clients calling one SQL function for the same "
    "durable double entry."
)


def measure(bank: BankUnderLoad, limit: PaymentLimit, plan: Plan) -> list[Figure]:
    """Return the payment figure, and the limit of one client beside it."""
    seen, requests = Observed(), list[bytes]()

    def get_ready(seconds: float) -> None:
        requests[:] = bank.payment_requests(seen.needed(seconds, at_first=600))

    def pay(seconds: float) -> float:
        return seen.add(*bank.drive(requests, seconds=seconds, expect=201))

    ours = Side("payment", pay, get_ready)
    other = Side("one SQL function", limit.rate)
    interleave([ours, other], plan, between=bank.place.settle)
    notes = seen.notes() | {"limit_with_one_client": round(limit.rate(plan.seconds, clients=1))}
    return [
        Figure(
            name="payment",
            ours=ours.rates,
            other=other.rates,
            against="limit",
            other_is="one SQL function through pgbench, 16 clients",
            how=HOW,
            goal=GOAL,
            notes=notes,
        )
    ]
