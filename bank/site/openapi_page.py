"""An OpenAPI document as rows for a page: sections by tag, operations, and their fields."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
DEPTH = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter or field: where it stands, what it is called, of what type, and what it means."""

    place: str
    name: str
    type: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status an operation answers with."""

    status: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the API can do."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scopes: list[str]
    parameters: list[Row]
    body: list[Row]
    answers: list[Answer]
    result: list[Row]


@dataclass(slots=True)
class Section:
    """All operations with one tag."""

    name: str
    operations: list[Operation] = field(default_factory=list)


def sections(document: dict[str, Any]) -> list[Section]:
    """Return the document's operations by tag, in the document's order."""
    found: dict[str, Section] = {}
    for path, methods in document.get("paths", {}).items():
        for method in METHODS:
            if method in methods:
                tag = (methods[method].get("tags") or ["other"])[0]
                found.setdefault(tag, Section(tag)).operations.append(
                    _operation(document, path, method, methods[method])
                )
    return list(found.values())


def _operation(document: dict[str, Any], path: str, method: str, said: dict[str, Any]) -> Operation:
    first_line, _, rest = said.get("description", "").partition("\n")
    return Operation(
        id=said.get("operationId", f"{method}-{path}"),
        method=method.upper(),
        path=path,
        summary=said.get("summary") or first_line,
        description=rest.strip() if not said.get("summary") else said.get("description", ""),
        scopes=_scopes(said),
        parameters=[_parameter(document, parameter) for parameter in said.get("parameters", [])],
        body=list(_content_rows(document, said.get("requestBody", {}))),
        answers=[
            Answer(status, answer.get("description", "")) for status, answer in said["responses"].items()
        ],
        result=list(_result_rows(document, said["responses"])),
    )


def _scopes(said: dict[str, Any]) -> list[str]:
    return sorted({scope for way in said.get("security", []) for scopes in way.values() for scope in scopes})


def _parameter(document: dict[str, Any], said: dict[str, Any]) -> Row:
    said = _resolve(document, said)
    schema = _resolve(document, said.get("schema", {}))
    return Row(
        said["in"], said["name"], _type(schema), said.get("required", False), said.get("description", "")
    )


def _result_rows(document: dict[str, Any], responses: dict[str, Any]) -> Iterator[Row]:
    for status, response in responses.items():
        if status.startswith("2"):
            yield from _content_rows(document, response)


def _content_rows(document: dict[str, Any], said: dict[str, Any]) -> Iterator[Row]:
    for content_type, content in said.get("content", {}).items():
        if "json" in content_type:
            yield from _fields(document, content.get("schema", {}), "", DEPTH)


def _fields(document: dict[str, Any], schema: dict[str, Any], prefix: str, depth: int) -> Iterator[Row]:
    """Yield the fields of an object, and below each the fields of the objects in it."""
    schema = _resolve(document, schema)
    if depth == 0:
        return
    if "items" in schema:
        yield from _fields(document, schema["items"], f"{prefix}[]", depth)
    for name, inner in schema.get("properties", {}).items():
        said = _resolve(document, inner)
        place = f"{prefix}.{name}".lstrip(".")
        meaning = inner.get("description") or said.get("description", "")
        yield Row("body", place, _type(said), name in schema.get("required", ()), meaning)
        yield from _fields(document, said, place, depth - 1)


def _resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow $ref and a lone allOf; other combinations are shown as they are."""
    while True:
        if "$ref" in schema:
            for_now: Any = document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                for_now = for_now[step]
            schema = for_now
        elif len(schema.get("allOf", ())) == 1:
            schema = {**schema["allOf"][0], **{k: v for k, v in schema.items() if k != "allOf"}}
        else:
            return schema


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = schema.get("type", "any")
    text = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{text} ({schema['format']})" if "format" in schema else text
