"""The pages are as strict as the API: where it asks for two factors, a page asks for a fresh one."""

import ast
import inspect
from collections.abc import Iterator
from types import CodeType
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.source import python_files

# Which pages do what an operation of the API does; where there is none, no page does it.
PAGES: dict[str, set[str]] = {
    "make_payment": {"confirm-payment", "accept-exchange"},
    "place_standing_order": {"confirm-standing-order"},
    "place_hold": set(),
    "refund_payment": set(),
    "announce_payment_batch": set(),
    "send_payment_batch_file": set(),
    "correct_me": set(),
    "request_export": {"ask-for-export"},
    "get_export_document": {"download-export"},
    "lift_restriction": {"lift-restriction"},
    "erase_me": {"erase-me"},
    "unmask_field": {"unmasked-field"},
}
STRICT = {"strong_sign_in", "check_strong"}
ASKING = {"confirming", "confirmed"}


def strict_operations() -> Iterator[str]:
    """Yield the operations of the API that ask for two factors."""
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())) if path.parent.name == "api" else ():
            if isinstance(node, ast.FunctionDef) and STRICT & {
                n.id for n in ast.walk(node) if isinstance(n, ast.Name)
            }:
                yield next(
                    str(ast.literal_eval(word.value))
                    for call in node.decorator_list
                    if isinstance(call, ast.Call)
                    for word in call.keywords
                    if word.arg == "operation_id"
                )


def names_used(view: Any) -> set[str]:
    """Return what a view names, itself and through the functions of its module."""
    module, found, waiting = inspect.getmodule(view), set(), [view.__code__]
    while waiting:
        code = waiting.pop()
        new = set(code.co_names) - found
        found |= new
        waiting += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
        helpers = (getattr(module, name, None) for name in new)
        waiting += [h.__code__ for h in helpers if inspect.isfunction(h) and inspect.getmodule(h) is module]
    return found


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """Yield every address the bank answers at."""
    for entry in (resolver or get_resolver()).url_patterns:
        yield from [entry] if isinstance(entry, URLPattern) else patterns(entry)


class TestStepUp:
    def test_names_the_pages_of_each_operation_that_asks_for_two_factors(self) -> None:
        assert sorted(strict_operations()) == sorted(PAGES)

    def test_each_of_these_pages_takes_a_fresh_second_factor(self) -> None:
        named = {pattern.name: pattern.callback for pattern in patterns()}
        for page in set().union(*PAGES.values()):
            used = names_used(inspect.unwrap(named[page]))
            assert used & ASKING, page
            assert used & {"check", "answer", "ask_or_act"}, page
