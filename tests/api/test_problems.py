"""Whatever goes wrong under /api/, whoever notices it, the answer is a problem that a program can read."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from ecship.urls import handler400, handler403, handler404, handler500
from ecship.urls import urlpatterns as real_urls
from security.marks import mark_of, public
from security.models import SecurityEvent
from tests.api.calling import BOOKS, CONTACT, ROOT, SHIPMENTS, call, is_problem, key_of
from tests.conftest import Person, make_person
from tests.shipments.booking import LONDON

__all__ = ["handler400", "handler403", "handler404", "handler500"]

pytestmark = pytest.mark.django_db
QUOTES = f"{ROOT}/quotes/"
seeing_alarms = pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])


@public
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("Edith Example")


urlpatterns = [path("api/v1/broken/", broken), *real_urls]


@pytest.mark.parametrize("address", ["/api", "/api/", "/api/v1/", "/api/v1/nothing/", "/api/v2/me/", "/api/v1/%00/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address(client: Client, address: str, method: str) -> None:
    assert is_problem(call(client, method, address), 404)


def test_a_missing_slash_moves_a_reader_and_refuses_a_writer(alice: Person) -> None:
    shop = key_of(alice)

    moved = call(shop, "get", f"{ROOT}/me")

    assert (moved.status_code, moved["Location"]) == (301, f"{ROOT}/me/")
    refused = call(shop, "post", BOOKS.rstrip("/"), {"name": "x"})
    assert is_problem(refused, 404)
    assert refused.json()["detail"] == "The address needs a slash at its end."
    assert "detail" not in call(shop, "post", f"{ROOT}/nothing", {"name": "x"}).json()


@pytest.mark.parametrize("address", [f"{ROOT}/me/", f"{ROOT}/schema/", QUOTES])
def test_a_wrong_method_names_the_right_ones(alice: Person, address: str) -> None:
    answer = call(key_of(alice), "put", address, {})

    assert is_problem(answer, 405)
    assert answer["Allow"]


@seeing_alarms
def test_an_unknown_method_is_no_alarm(alice: Person) -> None:
    shop = key_of(alice)
    for method in ("trace", "brew", "dispatch", "initial", "http_method_not_allowed"):
        for address in (f"{ROOT}/me/", f"{ROOT}/schema/", QUOTES):
            answer = call(shop, method, address)
            assert is_problem(answer, 405), (method, address)
            assert answer["Allow"]
    assert not SecurityEvent.objects.using("security").exists()


@seeing_alarms
def test_options_names_the_methods_and_nothing_else(client: Client, alice: Person) -> None:
    for asking in (client, key_of(alice)):
        answer = call(asking, "options", f"{ROOT}/address-books/{uuid4()}/")

        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["Allow"] == "GET, PATCH, DELETE, HEAD, OPTIONS"
    assert not SecurityEvent.objects.using("security").exists()


def test_options_of_our_own_needs_a_mark() -> None:
    class Telling(APIView):
        def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            return Response("Edith Example")

    assert mark_of(Telling.as_view(), "OPTIONS") is None


def test_a_host_that_is_not_ours(client: Client) -> None:
    assert is_problem(client.get(f"{ROOT}/services/", headers={"host": "evil.example"}), 400)


def test_a_failure_of_ours_tells_nothing(client: Client) -> None:
    client.raise_request_exception = False
    with override_settings(ROOT_URLCONF=__name__):
        answer = client.get("/api/v1/broken/")

    assert is_problem(answer, 500)
    assert b"Edith" not in answer.content


@pytest.mark.parametrize("token", ["ecs_wrong", "", "é", "ecs_" + "x" * 5_000])
def test_a_wrong_key(client: Client, token: str) -> None:
    answer = call(client, "get", f"{ROOT}/me/", Authorization=f"Bearer {token}")

    assert is_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_session_needs_its_token(alice: Person) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = alice.client.cookies

    refused = call(browser, "post", BOOKS, {"name": "Customers"})
    page = browser.get("/en/account/settings/")
    token = page.cookies["csrftoken"].value
    made = call(browser, "post", BOOKS, {"name": "Customers"}, X_CSRFToken=token)

    assert is_problem(refused, 403)
    assert "X-CSRFToken" in refused.json()["detail"]
    assert made.status_code == 201, made.content


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100)
def test_a_body_that_is_too_large(alice: Person) -> None:
    shop = key_of(alice)

    assert is_problem(call(shop, "post", BOOKS, {"name": "x" * 200}), 413)
    chinese = call(shop, "post", BOOKS, {"name": "x" * 200}, Accept_Language="zh-Hant")
    assert chinese.json()["title"] == "要求的內容太大"


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_the_edge_says_what_is_wrong_too(client: Client, method: str) -> None:
    packed = call(client, method, f"{ROOT}/me/", b"x", Content_Encoding="gzip")
    large = call(client, method, f"{ROOT}/me/", b"x" * 3_000_000)

    assert is_problem(packed, 415)
    assert "Content-Encoding" in packed.json()["detail"]
    assert is_problem(large, 413)
    assert large.json()["detail"] == "The request is too large."
    for answer in (packed, large):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    "media", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=big5"]
)
def test_a_media_type_that_is_not_understood(client: Client, media: str) -> None:
    assert is_problem(call(client, "post", QUOTES, b"{}", Content_Type=media), 415)


def test_an_answer_in_a_media_type_that_there_is_none_of(client: Client) -> None:
    assert is_problem(call(client, "get", f"{ROOT}/services/", Accept="text/csv"), 406)


@pytest.mark.parametrize("accepted", ["", "*/*", "application/*", "text/csv, */*;q=0.1", "application/json; indent=2"])
def test_an_answer_in_json_for_whoever_takes_it(client: Client, accepted: str) -> None:
    answer = call(client, "get", f"{ROOT}/services/", Accept=accepted)

    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "application/json")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"{", "", "not_json"),
        (b"\xff\xfe", "", "not_json"),
        (b'{"weight_kg": NaN}', "", "not_json"),
        (b'{"destination": "GB", "weight_kg": "1", "contents": "goods"} {}', "", "not_json"),
        (b'{"destination": "\\ud800"}', "/destination", "half_character"),
        (b'{"a/b": ["x", {"~": "\\udfff"}]}', "/a~1b/1/~0", "half_character"),
        (b"[" * 100 + b"]" * 100, "", "too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, "", "not_json"),
        (b'{"a":' * 50 + b"1" + b"}" * 50, "", "too_deep"),
        (b"[]", "", "invalid"),
        (b"null", "", "null"),
        (b'"text"', "", "invalid"),
    ],
)
def test_a_body_that_is_no_json_of_ours(client: Client, body: bytes, pointer: str, code: str) -> None:
    answer = call(client, "post", QUOTES, body)

    assert is_problem(answer, 400), answer.content
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_pointers_reach_into_nested_fields(alice: Person) -> None:
    item = {"description": "Shirt", "quantity": 0, "weight_kg": "x", "value": "1"}
    body = {"draft": True, "sender": {"lines": ["a", {}]}, "items": [{**item, "quantity": 1, "weight_kg": "1"}, item]}

    answer = call(key_of(alice), "post", SHIPMENTS, body)

    assert is_problem(answer, 400)
    found = {error["pointer"] for error in answer.json()["errors"]}
    assert found == {"/sender/lines/1", "/items/1/quantity", "/items/1/weight_kg"}


def test_what_a_booking_lacks_is_pointed_at(alice: Person) -> None:
    answer = call(key_of(alice), "post", SHIPMENTS, {"recipient": LONDON, "contents": "goods"})

    assert is_problem(answer, 400)
    assert {"/sender", "/weight_kg"} <= {error["pointer"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("reference", ["foreign", "unknown", "malformed", "null byte"])
def test_a_contact_named_in_a_body_is_there_or_is_not(alice: Person, charlie: Person, reference: str) -> None:
    book = call(alice.client, "post", BOOKS, {"name": "Customers"}).json()["id"]
    foreign = call(alice.client, "post", f"{BOOKS}{book}/contacts/", CONTACT).json()["id"]
    named = {"foreign": foreign, "unknown": str(uuid4()), "malformed": "x", "null byte": "\x00"}[reference]

    answer = call(key_of(charlie), "post", SHIPMENTS, {"draft": True, "recipient": {"contact": named}})

    assert is_problem(answer, 400)
    assert answer.json()["errors"] == [
        {"pointer": "/recipient/contact", "code": "unknown", "detail": "There is no such contact."}
    ]


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
def test_every_refusal_is_written_down() -> None:
    alice, charlie = make_person("alice"), make_person("charlie")
    contact = call(alice.client, "post", BOOKS, {"name": "Customers"}).json()["id"]
    reader = key_of(charlie, "contacts:read", "shipments:write")

    call(reader, "get", f"{BOOKS}{contact}/")
    call(reader, "get", f"{ROOT}/contacts/x/")
    call(reader, "post", BOOKS, {"name": "x"})
    call(reader, "post", SHIPMENTS, {"draft": True, "sender": {"contact": str(uuid4())}})

    with connections["security"].cursor() as cursor:
        cursor.execute("SELECT kind, actor LIKE 'key:%', data FROM security_securityevent ORDER BY at")
        noted = cursor.fetchall()
    answers = [json.loads(data).get("answer", "mark") for _kind, _by_key, data in noted]
    assert [row[:2] for row in noted] == [("refused", True)] * 4
    assert answers == [404, 404, "mark", 404]


@pytest.mark.parametrize(
    ("language", "title", "detail"),
    [
        ("en", "Bad request", "This field is required."),
        ("zh-Hant", "要求有誤", "此為必需欄位。"),
        ("zh-Hans", "请求有误", "该字段是必填项。"),
    ],
)
def test_people_read_it_in_their_language(client: Client, language: str, title: str, detail: str) -> None:
    answer = call(client, "post", QUOTES, {"weight_kg": "1", "contents": "goods"}, Accept_Language=language)

    body = answer.json()
    assert answer["Content-Language"].lower() == language.lower()
    assert "Accept-Language" in answer["Vary"]
    assert (body["title"], body["errors"]) == (
        title,
        [{"pointer": "/destination", "code": "required", "detail": detail}],
    )


def test_the_format_of_an_item_is_not_the_format_of_the_answer(client: Client) -> None:
    answer = call(client, "get", f"{ROOT}/services/?format=packet")  # DRF's own parameter would answer 404

    assert is_problem(answer, 400)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/format"]


def test_numbers_and_words_go_out_as_they_came_in(alice: Person) -> None:
    shop = key_of(alice)
    words: dict[str, Any] = {"reference": "𠮷 <b> \u2028 é", "notes": "陳大文\n𝒳"}

    made = call(shop, "post", SHIPMENTS, {"draft": True, **words, "weight_kg": "0.050"})

    body = json.loads(made.content)
    assert made.status_code == 201, body
    assert (body["reference"], body["notes"], body["weight_kg"]) == (words["reference"], words["notes"], "0.050")
    assert body["created_at"].endswith("Z")
