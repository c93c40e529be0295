"""The API's schema: complete, in step with the code, and every example in it true to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from ecship import api_urls
from ecship.api import examples, outline, schema, walkthrough
from tests.api.operations import OPERATIONS
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


def test_every_default_is_one_that_may_be_sent(document: dict[str, Any]) -> None:
    shapes = [shape for shape in _shapes(document) if "default" in shape]

    wrong = [shape for shape in shapes if list(jsonschema.Draft202012Validator(shape).iter_errors(shape["default"]))]
    assert wrong == []
    assert len(shapes) > 20


def _shapes(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every shape that refers to no other: parameters' and fields'."""
    if isinstance(part, list):
        for inner in part:
            yield from _shapes(inner)
    elif isinstance(part, dict):
        if "type" in part and "$ref" not in str(part):
            yield part
        for inner in part.values():
            yield from _shapes(inner)


def test_every_address_of_the_api_is_in_the_schema(document: dict[str, Any]) -> None:
    """Each with each of its methods, by the table that another test holds against the addresses."""
    there = {
        (re.sub(r"<.*?>", "{}", f"/api/v1/{where}"), method)
        for where, pattern in _patterns(api_urls.urlpatterns)
        if pattern.name not in {"api-schema", "api-docs"}
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(pattern.callback.cls, method)  # type: ignore[attr-defined]
    }

    assert {(re.sub(r"{.*?}", "{}", path), method) for path, method, _operation in operations(document)} == there


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
        assert {"401", "403"} <= refusals, f"{method} {path}"  # of public ones too: a wrong key, no CSRF header
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
    searches = {"shipments_search", "address_books_contacts_search", "addresses_parse"}
    assert searches <= {operation["operationId"] for _path, _method, operation in operations(document)}
    assert not {"tracking_events", "quotes_create", "tracking_search", *searches} & keyed


def test_reading_an_object_again_may_be_answered_in_short(document: dict[str, Any]) -> None:
    short = {path for path, method, operation in operations(document) if "304" in operation["responses"]}

    assert short == {
        f"/api/v1/{kind}/"
        for kind in (
            "address-books/{book_id}",
            "contacts/{contact_id}",
            "exports/{export_id}",
            "imports/{import_id}",
            "shipments/{shipment_id}",
            "webhooks/{webhook_id}",
        )
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


@pytest.mark.django_db
def test_the_page_shows_every_value_and_every_nested_field(
    get_page: Callable[..., Page], document: dict[str, Any]
) -> None:
    soup = get_page("/api/v1/docs/").soup

    for path, method, operation in operations(document):
        shown = {code.get_text() for code in soup.select(f"#{operation['operationId']} code")}
        for wanted in needed(document, operation):
            assert wanted in shown, f"{method} {path}: {wanted}"


def needed(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """Return the names of all fields that may be sent or are answered, at every depth, and what they may be."""
    found: set[str] = set()

    def walk(shape: dict[str, Any], *, is_answer: bool) -> None:
        if reference := shape.get("$ref"):
            shape = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
        found.update(value for value in shape.get("enum", []) if isinstance(value, str) and value)
        for name, field in shape.get("properties", {}).items():
            if is_answer or not field.get("readOnly"):
                found.add(name)
                walk(field, is_answer=is_answer)
        for part in [
            shape.get("items", {}),
            *(one for way in ("oneOf", "anyOf", "allOf") for one in shape.get(way, [])),
        ]:
            if part:
                walk(part, is_answer=is_answer)

    for parameter in operation.get("parameters", []):
        found.add(parameter["name"])
        walk(parameter["schema"], is_answer=False)
    walk(operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {}), is_answer=False)
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            walk(answer.get("content", {}).get(JSON, {}).get("schema", {}), is_answer=True)
    return found


@pytest.mark.django_db
def test_the_page_says_what_values_mean_and_names_no_class_of_ours(
    get_page: Callable[..., Page], document: dict[str, Any]
) -> None:
    text = get_page("/api/v1/docs/").soup.select(".app-reference")[0].get_text(" ", strip=True)

    assert "small_letter Small letter" in text
    assert "EMA Posted or collected" in text
    assert "ARM Air Registered" in text
    assert [name for name in document["components"]["schemas"] if len(name) > 9 and name in text] == []
    assert "* " not in text


@pytest.mark.django_db
def test_the_five_commands_stand_on_the_page_as_they_are_run(get_page: Callable[..., Page]) -> None:
    soup = get_page("/api/v1/docs/").soup

    shown = [block.get_text() for block in soup.select("ol pre.app-code code")]

    assert shown == [step.command for step in walkthrough.STEPS]
    assert len(shown) == 5


@pytest.mark.parametrize("path", ["/api/v1/schema/", "/api/v1/docs/"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_page_of_ours_is_read_only(db: None, path: str, method: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(path)

    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"


def test_what_is_accepted_fits_the_schema(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/v1/shipments/"]["post"]["requestBody"]["content"][JSON]
    item = {**examples.ITEM, "hs_code": "", "origin": ""}
    party = {**examples.LONDON, "country": "gb"}
    bodies = [
        {**examples.PARCEL, "items": [item], "recipient": party, "destination": "", "format": "", "category": ""},
        {"draft": True, "weight_kg": None, "service": ""},
    ]

    for body in bodies:
        validated(body, content, document)
    for wrong in ({"weight_kg": ""}, {"weight_kg": "-."}, {"weight_kg": "-1"}, {"weight_kg": "1."}, {"namee": "x"}):
        with pytest.raises(jsonschema.ValidationError):
            validated({**examples.PARCEL, **wrong}, content, document)


def test_one_event_and_many_fit_the_schema(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/v1/tracking/events/"]["post"]["requestBody"]["content"][JSON]
    one = {"item_number": "RA100000003HK", **examples.EVENT}

    validated(one, content, document)
    validated({"events": [one, one]}, content, document)
    refused: list[dict[str, Any]] = [{**one, "code": "XXX"}, {"events": []}, {**one, "events": [one]}]
    for wrong in refused:
        with pytest.raises(jsonschema.ValidationError):
            validated(wrong, content, document)


def validated(body: Any, content: dict[str, Any], document: dict[str, Any]) -> None:
    whole = {**content["schema"], "components": document["components"]}
    jsonschema.validate(body, whole, jsonschema.Draft202012Validator)


def test_limits_are_said_in_words(document: dict[str, Any]) -> None:
    weight = document["components"]["schemas"]["AskedQuoteRequest"]["properties"]["weight_kg"]

    assert weight["description"] == "A decimal as text, from 0.001 to 40.000."


def test_documents_of_what_is_not_booked_are_409(document: dict[str, Any]) -> None:
    for kind in ("label", "customs", "receipt"):
        assert "409" in document["paths"][f"/api/v1/shipments/{{shipment_id}}/{kind}/"]["get"]["responses"]


def test_an_address_without_an_id_is_never_404(document: dict[str, Any]) -> None:
    found = [
        path for path, _way, operation in operations(document) if "404" in operation["responses"] and "{" not in path
    ]

    assert found == []


def test_every_parameter_of_the_table_and_no_other_is_in_the_schema(document: dict[str, Any]) -> None:
    """The table is written by hand; so is, in the views, what is understood."""
    said = {
        (method.upper(), re.sub(r"{.*?}", "{}", path)): {
            parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"
        }
        for path, method, operation in operations(document)
    }
    by_hand = {(one.method, re.sub(r"{.*?}|RA100000003HK", "{}", one.address)): set(one.query) for one in OPERATIONS}

    assert said == by_hand


def test_every_answer_is_in_words(document: dict[str, Any]) -> None:
    answers = [
        answer for _path, _method, operation in operations(document) for answer in operation["responses"].values()
    ]

    assert answers
    assert all(answer.get("$ref") or answer["description"].strip() for answer in answers)


def _json_contents(operation: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [operation.get("requestBody", {}), *operation["responses"].values()]
    return [part["content"][JSON] for part in parts if JSON in part.get("content", {})]


def _patterns(entries: list[URLPattern | URLResolver], at: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for entry in entries:
        where = at + str(entry.pattern)
        found += _patterns(entry.url_patterns, where) if isinstance(entry, URLResolver) else [(where, entry)]
    return found
