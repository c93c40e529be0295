"""The schema as a page shows it: sections of operations, each with what goes in and what comes out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from ecship.api import schema


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    words: str
    is_required: bool


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    words: str
    scopes: list[str]
    is_public: bool
    parameters: list[Field]
    fields: list[Field]
    asked: str
    answered: str
    statuses: list[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    id: str
    name: str
    words: str
    operations: list[Operation]


@cache
def sections() -> list[Section]:
    document = schema.document()
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append(_operation(document, path, method, operation))
    return [
        Section(tag["name"].lower().replace(" ", "-"), tag["name"], tag["description"], found[tag["name"]])
        for tag in document["tags"]
    ]


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Operation:
    asked = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    keys = [name for way in operation["security"] for name in way.get("key", [])]
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path.removeprefix("/api/v1"),
        words=_plain(operation),
        scopes=keys,
        is_public=operation["security"] == [{}],
        parameters=[_parameter(parameter) for parameter in operation.get("parameters", [])],
        fields=_fields(document, asked.get("schema", {})),
        asked=_pretty(asked.get("example")),
        answered=_pretty(_answer(operation)),
        statuses=[(status, _words(document, answer)) for status, answer in sorted(operation["responses"].items())],
    )


def _parameter(parameter: dict[str, Any]) -> Field:
    where = "" if parameter["in"] == "query" else f" ({parameter['in']})"
    return Field(
        parameter["name"], _kind(parameter["schema"]) + where, _plain(parameter), bool(parameter.get("required"))
    )


def _fields(document: dict[str, Any], shape: dict[str, Any]) -> list[Field]:
    shape = _resolve(document, shape)
    needed = shape.get("required", [])
    return [
        Field(name, _kind(field), _plain(_resolve(document, field)), name in needed)
        for name, field in shape.get("properties", {}).items()
        if not field.get("readOnly")
    ]


def _resolve(document: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    if reference := shape.get("$ref"):
        found: dict[str, Any] = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
        return found
    return shape


def _kind(shape: dict[str, Any]) -> str:
    if reference := shape.get("$ref"):
        return str(reference.rsplit("/", 1)[1])
    if choices := shape.get("enum"):
        return " | ".join(str(choice) for choice in choices)
    if several := shape.get("oneOf") or shape.get("anyOf") or shape.get("allOf"):
        return " | ".join(_kind(one) for one in several)
    if shape.get("type") == "array":
        return f"list of {_kind(shape.get('items', {}))}"
    kind = shape.get("type", "any")
    named = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{named} ({shape['format']})" if "format" in shape else named


def _answer(operation: dict[str, Any]) -> Any:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            return answer.get("content", {}).get("application/json", {}).get("example")
    return None


def _words(document: dict[str, Any], answer: dict[str, Any]) -> str:
    if reference := answer.get("$ref"):
        answer = document["components"]["responses"][reference.rsplit("/", 1)[1]]
    return _plain(answer)


def _plain(described: dict[str, Any]) -> str:
    """Return what something says of itself, without the marks that Markdown sets around code."""
    return str(described.get("description", "")).replace("`", "")


def _pretty(example: Any) -> str:
    return "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)
