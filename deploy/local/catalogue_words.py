"""Words that programs get in English and people in their language: gettext finds no call around them."""

from collections.abc import Iterator

from deploy.local.catalogue import APPS


def words() -> Iterator[tuple[str, str]]:
    """Yield each with the file it is declared in."""
    yield from _titles_of_errors()
    yield from _sentences()
    yield from _words_of_accounts()
    yield from _words_of_erasure()


def short_months() -> Iterator[str]:
    """Yield the short names that Django's own French does not write as French does: "jan." and "fév."."""
    yield "Jan."
    yield "Feb."


def _titles_of_errors() -> Iterator[tuple[str, str]]:
    """Yield what each failure is called: the first line of its docstring (bank/errors.py)."""
    from django.utils.module_loading import autodiscover_modules

    from bank.problems import all_errors

    autodiscover_modules("errors")
    for kind in all_errors():
        if kind.__module__.split(".")[0] in APPS:
            yield f"{kind.__module__.replace('.', '/')}.py", kind.title()


def _sentences() -> Iterator[tuple[str, str]]:
    """Yield what a customer reads for each scope, and what a developer reads for each event."""
    from bank.access.roles import ROLES
    from events.kinds import EVENT_TYPES
    from oauth.scopes import all_scopes

    for sentence in all_scopes().values():
        yield "bank/access/permissions.py", sentence
    for role in ROLES:
        yield "bank/access/roles.py", role
    for type_ in EVENT_TYPES.values():
        yield "events/kinds.py", type_.meaning


def _words_of_accounts() -> Iterator[tuple[str, str]]:
    """Yield why an account cannot be chosen, and what a booking without words of its own is called."""
    from accounts import rules
    from accounts.models import Account, AccountHolder, Posting

    reasons = {
        *(rules.why_not_shareable(state, role) for state in Account.Status for role in AccountHolder.Role),
        *map(rules.why_not_payable_from, Account.Status),
    }
    for reason in sorted(reasons - {""}):
        yield "accounts/rules.py", reason
    for kind in Posting.Kind.labels:
        yield "accounts/models/ledger.py", str(kind)


def _words_of_erasure() -> Iterator[tuple[str, str]]:
    """Yield how data is erased, which law keeps some of it, and until when; and what staff looked for."""
    from bank.privacy.register import tables
    from privacy.models import Unmasking

    about = [table for table in tables() if table.subject or table.left_out]
    said = {str(table.at_erasure) for table in about}
    said |= {table.kept_because for table in about}
    said |= {table.retention.words for table in about if table.kept_because and not table.retention.days}
    for text in sorted(said - {""}):
        yield "bank/privacy/register.py", text
    for purpose in Unmasking.Purpose.labels:
        yield "privacy/models.py", str(purpose)
