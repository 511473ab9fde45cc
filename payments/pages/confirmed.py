"""What every order on these pages has in common: it is done with a second factor for what was shown."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from oauth.errors import ConfirmationChanged, ConfirmationOver
from oauth.pages import confirming

Act = Callable[[confirming.Given], HttpResponse]
Show = Callable[[HttpRequest, Any, confirming.Asked, object], HttpResponse]


def answer(request: HttpRequest, form: Any, *, act: Act, show: Show, back: str) -> HttpResponse:
    """Act with the second factor for a valid form's facts; without it show them again, or go back."""
    try:
        return act(confirming.check(request, form.facts()))
    except (ConfirmationOver, ConfirmationChanged) as error:
        problem = confirming.NotConfirmed(confirming.WORDS[type(error)])
    except confirming.NotConfirmed as error:
        problem = error
    if problem.again:
        return show(request, form, problem.again, problem)
    messages.error(request, str(problem))
    return redirect(back)
