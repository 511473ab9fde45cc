"""The query string, as strict as the body: an unknown or repeated parameter is an error, not a shrug.

class TransactionsQuery(PageQuery):
    direction = StrictChoiceField(choices=["CRDT", "DBIT"], required=False)

class TransactionList(APIView):
    query_class = TransactionsQuery             # or {"GET": TransactionsQuery}

    def get(self, request, account_id):
        asked = TransactionsQuery.read(request)
"""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from bank.errors import FieldError
from bank.observability.glass_box import acts
from bank.wire.errors import InvalidQuery
from bank.wire.parsers import HOSTILE_TEXT
from bank.wire.pointers import field_errors
from bank.wire.serializers import reader_of


class StrictQuery(serializers.Serializer[Any]):
    """Declares the parameters a list understands; everything in a query is text."""

    @classmethod
    @acts(5, "query held against its allow-list")
    def read(cls, request: Any) -> dict[str, Any]:
        """Return the validated parameters of a request; raises InvalidQuery."""
        asked: QueryDict = request.GET
        values, query = single_values(asked), reader_of(cls)
        _refuse(_unknown(query, asked))
        try:
            return dict(query.run_validation(values))
        except serializers.ValidationError as error:
            raise InvalidQuery(errors=[_in_query(each) for each in field_errors(error.detail)]) from error


def single_values(asked: QueryDict) -> dict[str, str]:
    """Return each parameter's one value; raises InvalidQuery for repeats and hostile characters."""
    problems = []
    for name, values in asked.lists():
        if len(values) > 1:
            problems.append(FieldError(f"?{name[:64]}", "repeated", "this parameter stands here twice"))
        elif HOSTILE_TEXT.search(name) or HOSTILE_TEXT.search(values[0]):
            problems.append(FieldError("?", "forbidden_character", "control characters are refused"))
    _refuse(problems)
    return {name: values[0] for name, values in asked.lists()}


@acts(5, "no query parameter nobody asked for")
def refuse_unasked_query(request: Any, view: Any) -> None:
    """Refuse any parameter where the view declares no `query_class`; raises InvalidQuery."""
    if request.META.get("QUERY_STRING") and not query_class_of(view, request.method):
        single_values(request.GET)
        _refuse([_unknown_parameter(name) for name in request.GET])


def query_class_of(view: Any, method: str) -> type[StrictQuery] | None:
    """Return the query a view declares for a method, or None."""
    declared = getattr(view, "query_class", None)
    return declared.get(method) if isinstance(declared, Mapping) else declared


def _unknown(query: serializers.Serializer[Any], asked: QueryDict) -> list[FieldError]:
    return [_unknown_parameter(name) for name in asked if name not in query.fields]


def _unknown_parameter(name: str) -> FieldError:
    return FieldError(f"?{name[:64]}", "unknown", "this parameter is not known here")


def _in_query(error: FieldError) -> FieldError:
    return FieldError("?" + error.pointer.lstrip("/"), error.code, error.detail)


def _refuse(problems: list[FieldError]) -> None:
    if problems:
        raise InvalidQuery(errors=problems)
