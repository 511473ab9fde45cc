"""How many examples a property is tried on: some in the run of every change, all of them in every other."""

import os

FEW = "BANK_TEST_FEW_EXAMPLES"  # set by `make test` where it chooses the tests itself
SHARE, LEAST = 3, 10


def examples(count: int) -> int:
    """Return the count, or a third of it (ten at least) in the run of every change."""
    return max(count // SHARE, min(count, LEAST)) if os.environ.get(FEW) else count
