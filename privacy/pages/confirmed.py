"""What every step here that hands something out, or opens it again, has in common: a fresh second factor.

The API asks the bank's own app for two factors before the same steps (`oauth/step_up.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from oauth.errors import ConfirmationChanged, ConfirmationOver
from oauth.pages import confirming

Act = Callable[[confirming.Given], HttpResponse]
Again = Callable[[confirming.NotConfirmed], HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One step in words, and the facts that the second factor counts for."""

    facts: Mapping[str, str]
    title: Any
    says: Any
    shown: Sequence[tuple[Any, Any]] = ()
    code_words: Any
    passkey_words: Any


def ask(
    request: HttpRequest, question: Question, problem: confirming.NotConfirmed | None = None
) -> HttpResponse:
    """Show what is to be done, and ask for a second factor for exactly that."""
    context = {
        "question": question,
        "asked": (problem and problem.again) or confirming.ask(request, question.facts),
        "action": request.path,
        "carried": {},
        "errors": [problem] if problem else [],
        "passkey_words": question.passkey_words,
        "code_words": question.code_words,
    }
    return render(request, "privacy/confirm.html", context, status=422 if problem else 200)


def ask_or_act(request: HttpRequest, question: Question, *, act: Act) -> HttpResponse:
    """Ask, and on the page's own answer act."""
    if request.method != "POST":
        return ask(request, question)
    return answer(request, question.facts, act=act, again=lambda problem: ask(request, question, problem))


def answer(request: HttpRequest, facts: Mapping[str, str], *, act: Act, again: Again) -> HttpResponse:
    """Act with the second factor given for these facts; without it, ask again."""
    try:
        return act(confirming.check(request, facts))
    except confirming.NotConfirmed as error:
        problem = error
    except (ConfirmationOver, ConfirmationChanged) as error:
        problem = confirming.NotConfirmed(confirming.WORDS[type(error)])
    return again(problem)
