"""The form that looks for transactions: its address says what is looked for, in the words of the API."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from accounts.money import CURRENCIES, InvalidAmount, Money
from accounts.queries import TransactionFilter
from accounts.words import typeable, typed
from bank import clock
from bank.wire.form_fields import DayField, FreeTextField

# How the address names a field; not all of these names are Python's to give.
NAMES = {"words": "q", "since": "from", "until": "to", "way": "direction", "least": "min", "most": "max"}
WAYS = (
    ("", gettext_lazy("Both")),
    ("CRDT", gettext_lazy("Money in")),
    ("DBIT", gettext_lazy("Money out")),
)


class SearchForm(forms.Form):
    """Words, days, money in or out, and amounts in the account's currency; bound once anything is asked."""

    words = FreeTextField(
        label=gettext_lazy("Search for"),
        max_length=70,
        required=False,
        help_text=gettext_lazy("Part of the merchant’s name or of the reference"),
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    since = DayField(label=gettext_lazy("First day"), required=False)
    until = DayField(label=gettext_lazy("Last day"), required=False)
    way = forms.ChoiceField(label=gettext_lazy("Direction"), choices=WAYS, required=False)
    least = forms.CharField(max_length=20, required=False)
    most = forms.CharField(max_length=20, required=False)

    def __init__(self, address: Mapping[str, str], *, currency: str) -> None:
        asked = {name: address[name] for name in NAMES.values() if address.get(name, "").strip()}
        super().__init__(asked or None)
        self.currency = currency
        self.fields["least"].label = gettext("At least (%(currency)s)") % {"currency": currency}
        self.fields["most"].label = gettext("At most (%(currency)s)") % {"currency": currency}
        for name in ("least", "most"):
            self.fields[name].widget.attrs.update(inputmode="decimal", autocomplete="off")

    def add_prefix(self, field_name: str) -> str:
        """Return a field's name in the address."""
        return NAMES.get(field_name, field_name)

    @property
    def narrowing(self) -> list[forms.BoundField]:
        """The fields besides the words."""
        return [self[name] for name in NAMES if name != "words"]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked besides words."""
        return any(field.data for field in self.narrowing)

    def clean_least(self) -> int | None:
        """Return minor units; raises ValidationError."""
        return self._minor("least")

    def clean_most(self) -> int | None:
        """Return minor units; raises ValidationError."""
        return self._minor("most")

    def clean(self) -> dict[str, Any]:
        """Refuse what nothing could be within; adds errors to `until` and `most`."""
        told = super().clean() or {}
        if told.get("since") and told.get("until") and told["until"] < told["since"]:
            self.add_error("until", gettext("The last day is before the first."))
        if None not in (told.get("least"), told.get("most")) and told["most"] < told["least"]:
            self.add_error("most", gettext("This is less than the least amount."))
        return told

    def filter(self) -> TransactionFilter:
        """Return what a valid form asks for; an empty one asks for everything."""
        if not self.is_bound:
            return TransactionFilter()
        told = self.cleaned_data
        return TransactionFilter(
            since=clock.begins(told["since"]) if told["since"] else None,
            before=clock.ends(told["until"]) if told["until"] else None,
            direction=told["way"] or None,
            min_minor=told["least"],
            max_minor=told["most"],
            words=told["words"] or None,
        )

    def _minor(self, name: str) -> int | None:
        text = self.cleaned_data[name]
        try:
            return Money.parse(typed(text), self.currency).minor if text else None
        except InvalidAmount as error:
            example = Money(1250 * 10 ** max(CURRENCIES[self.currency] - 2, 0), self.currency)
            words = gettext("Write an amount such as %(example)s.") % {"example": typeable(example)}
            raise forms.ValidationError(words) from error
