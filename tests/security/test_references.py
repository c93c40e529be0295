"""Ids count where an id is asked for, however it is written, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client, RequestFactory

from security.detection import references

NAMED = UUID("5f0f1d7e-9a44-4a5e-9d8e-2f3b1c6a7d10")


@pytest.mark.parametrize(
    "body",
    [
        {"contact": str(NAMED)},
        {"recipient": {"contact": NAMED.hex}},
        {"recipient": {"contactId": f"urn:uuid:{NAMED}"}},
        {"contacts": [f"{{{str(NAMED).upper()}}}"]},
        [{"account_id": f" {NAMED} "}],
        {"owner": NAMED.int},
        {"address-book": str(NAMED)},
    ],
)
def test_what_stands_where_an_id_is_asked_for_counts(body: Any) -> None:
    assert list(references.in_json(json.dumps(body).encode())) == [str(NAMED)]


@pytest.mark.parametrize(
    "body",
    [
        {"name": str(NAMED)},
        {"contact": f"see {NAMED}"},
        {"lines": [str(NAMED)]},
        {"reference": str(NAMED), "notes": str(NAMED), "q": str(NAMED), "tags": [str(NAMED)]},
        str(NAMED),
        {"contact": True, "book": None, "id": 2**128, "key": -1},
    ],
)
def test_text_does_not(body: Any) -> None:
    assert list(references.in_json(json.dumps(body).encode())) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b'{"contact": "' + str(NAMED).encode()])
def test_what_is_no_json_refers_to_nothing(body: bytes) -> None:
    assert list(references.in_json(body)) == []


def test_forms_and_queries_count_by_their_fields() -> None:
    request = RequestFactory().post(f"/?to={NAMED}&q={NAMED}", {"contact": [str(NAMED)], "word": str(NAMED)})
    assert list(references.in_query(request)) == [str(NAMED)]
    assert list(references.in_form(request)) == [], "nobody has read it yet"

    _ = request.POST
    assert list(references.in_form(request)) == [str(NAMED)]


def _of_uuids(shape: Any, name: str, shapes: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the fields of a shape that take an id."""
    if isinstance(shape, list):
        for inner in shape:
            yield from _of_uuids(inner, name, shapes)
    elif isinstance(shape, dict):
        if shape.get("format") == "uuid":
            yield name
        if isinstance(at := shape.get("$ref"), str):
            known = {
                key: inner for key, inner in shapes.items() if key != at.rsplit("/", 1)[1]
            }  # once, for one holds itself
            yield from _of_uuids(shapes.get(at.rsplit("/", 1)[1], {}), name, known)
        for key, inner in shape.get("properties", {}).items():
            yield from _of_uuids(inner, key, shapes)
        for key in ("items", "oneOf", "allOf", "anyOf"):
            yield from _of_uuids(shape.get(key), name, shapes)


@pytest.mark.django_db
def test_every_field_of_the_api_that_takes_an_id_is_known(client: Client) -> None:
    schema = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    shapes = schema["components"]["schemas"]
    names = {
        name
        for path in schema["paths"].values()
        for operation in path.values()
        for media in operation.get("requestBody", {}).get("content", {}).values()
        for name in _of_uuids(media["schema"], "", shapes)
    }

    assert {"contact", "contacts"} <= names
    assert [name for name in names if not references.is_reference(name)] == []
