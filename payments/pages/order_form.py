"""The form of a payment on the bank's own pages."""

from payments.pages.paying_form import PayingForm


class OrderForm(PayingForm):
    """A payment, now."""

    def facts(self) -> dict[str, str]:
        """Return what the second factor is bound to."""
        return {"what": "payment", **super().facts()}
