"""What can go wrong while the bank is set up: what happened, and what to do about it."""


class SetupFailed(Exception):
    """A step cannot go on; `remedy` is what a person can do now."""

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}\n  what to do: {self.remedy}"
