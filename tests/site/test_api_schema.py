"""The API's schema: complete, in step with the code, and every example in it true to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from ecship import api_urls
from ecship.api import examples, outline, schema
from tests.pages import Page

JSON = "application/json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return schema.document()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, found) for path, ways in document["paths"].items() for method, found in ways.items()]


def test_the_schema_is_valid_and_made_without_a_warning() -> None:
    schema.document.cache_clear()
    GENERATOR_STATS.reset()

    made = schema.document()

    validate_schema(made)
    assert made["openapi"].startswith("3.1")
    assert not GENERATOR_STATS


def test_every_address_of_the_api_is_in_the_schema(document: dict[str, Any]) -> None:
    found = {pattern.name for pattern in _patterns(api_urls.urlpatterns)} - {"api-schema", "api-docs"}

    assert len(document["paths"]) == len(found)


def test_every_operation_with_json_has_examples(document: dict[str, Any]) -> None:
    bare = [
        f"{method} {path}"
        for path, method, operation in operations(document)
        for content in _json_contents(operation)
        if "example" not in content
    ]

    assert bare == []
    assert set(examples.EXAMPLES) <= {operation["operationId"] for _path, _method, operation in operations(document)}


def test_every_example_fits_its_own_schema(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for content in _json_contents(operation):
            whole = {**content["schema"], "components": document["components"]}
            try:
                jsonschema.validate(content["example"], whole, jsonschema.Draft202012Validator)
            except jsonschema.ValidationError as error:
                pytest.fail(f"{method} {path}: {error.json_path}: {error.message}")


def test_an_example_that_does_not_fit_is_seen(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/v1/quotes/"]["post"]["requestBody"]["content"][JSON]
    whole = {**content["schema"], "components": document["components"]}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**content["example"], "destination": 7}, whole, jsonschema.Draft202012Validator)


def test_every_operation_says_who_may_call_and_what_may_go_wrong(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        refusals = {status for status in operation["responses"] if not status.startswith("2")}
        assert operation["security"], f"{method} {path}"
        assert {"400", "429", "503"} <= refusals, f"{method} {path}"
        assert operation["security"] == [{}] or {"401", "403"} <= refusals, f"{method} {path}"
        assert "{" not in path or "404" in refusals, f"{method} {path}"


def test_every_answer_tells_the_limits(document: dict[str, Any]) -> None:
    answers = [
        *document["components"]["responses"].values(),
        *(answer for _path, _method, operation in operations(document) for answer in operation["responses"].values()),
    ]

    assert all(
        {"RateLimit", "RateLimit-Policy"} <= set(answer["headers"]) for answer in answers if "$ref" not in answer
    )


def test_a_key_of_idempotency_is_named_where_it_is_heeded(document: dict[str, Any]) -> None:
    keyed = {
        operation["operationId"]
        for _path, _method, operation in operations(document)
        if "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}
    }
    replayed = {
        operation["operationId"]
        for _path, _method, operation in operations(document)
        if any("Idempotency-Replayed" in answer.get("headers", {}) for answer in operation["responses"].values())
    }

    assert {"shipments_create", "address_books_contacts_create"} <= keyed == replayed
    assert not {"tracking_events", "quotes_create", "tracking_search"} & keyed


def test_reading_an_object_again_may_be_answered_in_short(document: dict[str, Any]) -> None:
    short = {path for path, method, operation in operations(document) if "304" in operation["responses"]}

    assert short == {
        f"/api/v1/{kind}/" for kind in ("address-books/{book_id}", "contacts/{contact_id}", "shipments/{shipment_id}")
    }
    for path in short:
        asked = document["paths"][path]["get"]
        assert "If-None-Match" in {parameter["name"] for parameter in asked["parameters"]}
        assert "ETag" in asked["responses"]["304"]["headers"]


def test_every_operation_has_a_sentence_of_its_own(document: dict[str, Any]) -> None:
    said = {f"{method} {path}": operation.get("description", "") for path, method, operation in operations(document)}

    assert [where for where, words in said.items() if not words.strip().endswith(".")] == []
    assert [where for where, words in said.items() if list(said.values()).count(words) > 1] == []


@pytest.mark.django_db
def test_the_file_is_served_to_anybody(client: Client, document: dict[str, Any]) -> None:
    answer = client.get("/api/v1/schema/")

    assert answer.status_code == 200
    assert answer["Content-Type"] == JSON
    assert json.loads(answer.content) == json.loads(json.dumps(document))


@pytest.mark.django_db
def test_the_page_shows_every_operation(get_page: Callable[..., Page], document: dict[str, Any]) -> None:
    page = get_page("/api/v1/docs/")

    shown = {operation.id for section in outline.sections() for operation in section.operations}
    assert shown == {operation["operationId"] for _path, _method, operation in operations(document)}
    assert all(page.soup.find(id=name) for name in shown)
    assert not [tag for tag in page.soup.find_all(["p", "li", "dd", "td"]) if "`" in tag.get_text()]


def test_every_answer_is_in_words(document: dict[str, Any]) -> None:
    answers = [
        answer for _path, _method, operation in operations(document) for answer in operation["responses"].values()
    ]

    assert answers
    assert all(answer.get("$ref") or answer["description"].strip() for answer in answers)


def _json_contents(operation: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [operation.get("requestBody", {}), *operation["responses"].values()]
    return [part["content"][JSON] for part in parts if JSON in part.get("content", {})]


def _patterns(entries: list[URLPattern | URLResolver]) -> list[URLPattern]:
    found: list[URLPattern] = []
    for entry in entries:
        found += _patterns(entry.url_patterns) if isinstance(entry, URLResolver) else [entry]
    return found
