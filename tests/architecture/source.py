"""The repository's own source, read as text and as syntax trees."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.stamps import PACKAGES

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Function:
    """A function or method with its length in lines, docstring left out."""

    place: str
    lines: int


def python_files(*packages: str) -> Iterator[Path]:
    """Yield the hand-written Python files of the packages."""
    for package in packages or PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def relative(path: Path) -> str:
    """Return the path as it reads from the root."""
    return str(path.relative_to(ROOT))


def functions() -> Iterator[Function]:
    """Yield every function of the bank's packages."""
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(f"{relative(path)}:{node.name}", _length(node))


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    docstring = 0
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        docstring = (first.end_lineno or first.lineno) - first.lineno + 1
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring


def recorded_kinds() -> set[str]:
    """Return every audit kind that code passes to `record` or `record_attempt` as a literal."""
    found = set()
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in {"record", "record_attempt"} and node.args:
                found |= {
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return found


def string_literals(*, but: str) -> set[str]:
    """Return every string constant in the five packages, one file left out."""
    return {
        node.value
        for path in python_files()
        if relative(path) != but
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def links(page: Path) -> Iterator[str]:
    """Yield the code pointers of a Markdown page: `path` or `path:symbol` in backquotes."""
    pattern = re.compile(r"`([\w./-]+\.(?:py|md|css|html|sql|yaml|toml|json)(?:::?[\w.:]+)?)`")
    yield from pattern.findall(page.read_text())
