"""The schema as a page shows it: sections of operations, each with what goes in and what comes out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ecship.api import schema


@dataclass(frozen=True)
class Field:
    """A field or a parameter: what it is in plain words, its limits, what it may be, and the fields within it."""

    name: str
    kind: str
    words: str
    is_required: bool
    limits: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Way:
    """One shape that a body may have; `words` where there are several."""

    words: str
    fields: list[Field]


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    words: str
    scopes: list[str]
    is_public: bool
    parameters: list[Field]
    ways: list[Way]
    asked: str
    answered: str
    shown: list[Field]
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
        parameters=[_parameter(document, parameter) for parameter in operation.get("parameters", [])],
        ways=_ways(document, asked.get("schema", {})),
        asked=_pretty(asked.get("example")),
        answered=_pretty(_answer(operation).get("example")),
        shown=_fields(document, _answer(operation).get("schema", {}), is_answer=True),
        statuses=[(status, _words(document, answer)) for status, answer in sorted(operation["responses"].items())],
    )


def _parameter(document: dict[str, Any], parameter: dict[str, Any]) -> Field:
    where = "" if parameter["in"] == "query" else f" ({parameter['in']})"
    described = {**parameter["schema"], "description": parameter.get("description", "")}
    if _is_enum(parameter["schema"]) and "description" in parameter["schema"]:
        described["description"] = parameter["schema"]["description"]
    field = _field(document, parameter["name"], described, is_required=bool(parameter.get("required")))
    return replace(field, kind=field.kind + where)


def _ways(document: dict[str, Any], shape: dict[str, Any]) -> list[Way]:
    """Return the shapes that a body may have: mostly one."""
    shape = _resolve(document, shape)
    shapes = [_resolve(document, one) for one in shape.get("oneOf") or shape.get("anyOf") or [shape]]
    words = [_plain(one) for one in shapes] if len(shapes) > 1 else [""]
    return [
        Way(said, fields)
        for said, one in zip(words, shapes, strict=True)
        if (fields := _fields(document, one, is_answer=False))
    ]


def _fields(document: dict[str, Any], shape: dict[str, Any], *, is_answer: bool) -> list[Field]:
    shape = _resolve(document, shape)
    needed = [] if is_answer else shape.get("required", [])
    return [
        _field(document, name, field, is_required=name in needed, is_answer=is_answer)
        for name, field in shape.get("properties", {}).items()
        if is_answer or not field.get("readOnly")
    ]


def _field(
    document: dict[str, Any], name: str, described: dict[str, Any], *, is_required: bool, is_answer: bool = False
) -> Field:
    """Return a field with what is within it; what it is called in the code is nobody's business."""
    several = described.get("oneOf") or described.get("anyOf") or [described]
    parts = [_resolve(document, part) for part in several]
    item = _resolve(document, parts[0].get("items", {}))
    inner = item if parts[0].get("type") == "array" else parts[0]
    words = [_plain(described), *(_plain(part) for part in parts if part is not described)]
    if inner is item and item:
        words.append(_plain(item))
    choices = [choice for part in [*parts, item] for choice in _choices(part)]
    return Field(
        name=name,
        kind=" or ".join(dict.fromkeys(kind for part in parts for kind in _kinds(part, item))),
        words=" ".join(dict.fromkeys(said for said in words if said)),
        is_required=is_required,
        limits=_limits(described, parts[0], item),
        choices=tuple(dict.fromkeys(choices)),
        fields=tuple(_fields(document, inner, is_answer=is_answer)),
    )


def _resolve(document: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    if reference := shape.get("$ref"):
        found: dict[str, Any] = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
        return found
    if len(only := shape.get("allOf", [])) == 1:  # a reference with something beside it
        return {**_resolve(document, only[0]), **{name: value for name, value in shape.items() if name != "allOf"}}
    return shape


FORMATS = {"date-time": "time", "date": "date", "uuid": "id", "uri": "address", "decimal": "decimal as text"}
KINDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "object", "null": "null"}


def _kinds(shape: dict[str, Any], item: dict[str, Any]) -> list[str]:
    """Say in plain words what a value is."""
    if shape.get("type") == "array":
        return [f"list of {' or '.join(_kinds(item, {})) or 'anything'}"]
    found = shape.get("type", [])
    named = [found] if isinstance(found, str) else [*found]
    if "enum" in shape and not named:
        named = ["null" if choice is None else "string" for choice in shape["enum"]]
    return [FORMATS.get(shape.get("format", ""), KINDS.get(kind, kind)) if kind == "string" else KINDS.get(kind, kind)
            for kind in named]  # fmt: skip


def _limits(*shapes: dict[str, Any]) -> str:
    """Say how long, how many and how much a value may be, and what it is when it is not sent."""
    said = []
    for shape in shapes:
        least, most = shape.get("minLength", 0), shape.get("maxLength", 0)
        if most and "pattern" not in shape and "enum" not in shape:
            said.append(f"{least} to {most} characters" if least > 1 else f"up to {most} characters")
        if "maxItems" in shape:
            said.append(f"{shape.get('minItems', 0)} to {shape['maxItems']} of them")
        if "maximum" in shape or "minimum" in shape:
            said.append(f"from {shape.get('minimum', '…')} to {shape.get('maximum', '…')}")
        if "pattern" in shape and shape.get("format") != "decimal":
            said.append(f"form {shape['pattern']}")
        if (unsent := shape.get("default")) not in (None, ""):
            said.append(f"{json.dumps(unsent)} when not sent")
    return ", ".join(dict.fromkeys(said))


def _is_enum(shape: dict[str, Any]) -> bool:
    return "enum" in shape


CHOICE = re.compile(r"^\* `(.*)` - (.*)$", re.MULTILINE)


def _choices(shape: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a value may be, each with what it means."""
    meanings = dict(CHOICE.findall(shape.get("description", "")))
    return [(json.dumps(value) if not isinstance(value, str) or not value else value, meanings.get(str(value), ""))
            for value in shape.get("enum", [])]  # fmt: skip


def _answer(operation: dict[str, Any]) -> dict[str, Any]:
    """Return schema and example of what is answered when it works."""
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            found: dict[str, Any] = answer.get("content", {}).get("application/json", {})
            return found
    return {}


def _words(document: dict[str, Any], answer: dict[str, Any]) -> str:
    if reference := answer.get("$ref"):
        answer = document["components"]["responses"][reference.rsplit("/", 1)[1]]
    return _plain(answer)


def _plain(described: dict[str, Any]) -> str:
    """Return what something says of itself, without the marks that Markdown sets around code."""
    return " ".join(CHOICE.sub("", str(described.get("description", ""))).replace("`", "").split())


def _pretty(example: Any) -> str:
    return "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)
