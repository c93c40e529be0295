"""Strange values in every field of every operation: refused with a pointer, or kept and read back the same."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings

from tests.api.calling import BOOKS, ROOT, SHIPMENTS, call, is_problem, key_of
from tests.api.operations import OPERATIONS, QUESTION, Operation, fill, furnish
from tests.conftest import Person
from tests.tracking.journeys import operator

pytestmark = [pytest.mark.django_db]

STRANGE: list[Any] = [
    "", " ", "\x00", "a\x00b", "\x07\x1b[31m", "x" * 10_000, "陳" * 10_000, "é", "é", "𠮷野家", "👩\u200d👧",
    "\u202etxt.exe", "\ufeffbom", "\u200b", "\u2028", "<script>alert(1)</script>", "' OR 1=1 --", "{{7*7}}${7*7}",
    "%s%n%d",
    "../../etc/passwd", "=1+1", "NaN", "-1", "1e400", "0x10", "１２３", "null", "true", "2026-02-30T25:61:61Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", 0, -1, 1.5, 1e308, 10**30, 2**63, True, None, [], {}, [[]], [None], {"a": None},
    ["x"] * 5_000, {"contact": "x"}, [{"description": None}],
]  # fmt: skip
BODIES = [operation for operation in OPERATIONS if operation.body]
QUERIES = [operation for operation in OPERATIONS if operation.query]
DERIVED = {"destination", "value", "currency"}  # where the recipient lives; a number, written as money; in capitals
NEEDS_NOTHING = [one for one in BODIES if one.method == "PATCH" or one.name == "api-contact-search"]
MEDIA = ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "x"]


def places(body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every field in a body, and of the body itself."""
    yield at
    if isinstance(body, dict):
        for name, value in body.items():
            yield from places(value, (*at, name))
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from places(value, (*at, index))


def put(body: Any, at: tuple[Any, ...], value: Any) -> Any:
    """Return the body with another value at a path."""
    if not at:
        return value
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[at[0]] = put(body[at[0]], at[1:], value)
    return copy


def found(body: Any, at: tuple[Any, ...]) -> Any:
    for step in at:
        body = body[step]
    return body


def client_for(operation: Operation, person: Person) -> Client:
    return operator() if operation.name == "tracking-events" else key_of(person)


def wrong(answer: Any, sent: str) -> str:
    """Return what is wrong with an answer; "" for a refusal with a pointer, and for what was done."""
    if answer.status_code < 300:
        return ""
    if not is_problem(answer, answer.status_code) or answer.status_code >= 500:
        return f"{answer.status_code} for {sent}"
    errors = answer.json().get("errors", [])
    if answer.status_code == 400 and not all(error["pointer"] == "" or error["pointer"][0] == "/" for error in errors):
        return f"a pointer that is none for {sent}"
    return "" if errors or answer.status_code != 400 else f"no pointer for {sent}"


@pytest.mark.parametrize("operation", BODIES, ids=str)
@override_settings(RATE_LIMIT_FACTOR=10_000)
def test_a_strange_value_in_a_field(alice: Person, bob: Person, operation: Operation) -> None:
    things, client = furnish(alice, bob), client_for(operation, alice)
    address, body = operation.address.format(**things), fill(operation.body, things)
    complaints = []
    for at in places(body):
        for value in STRANGE:
            answer = call(client, operation.method, address, put(body, at, value))
            complaints.append(wrong(answer, f"{value!r:.40} at {at}"))
            if answer.status_code < 300 and isinstance(value, str) and kept(answer, at) not in {None, same(value)}:
                complaints.append(f"{value!r:.40} at {at} became {kept(answer, at)!r:.60}")

    if told := [complaint for complaint in complaints if complaint]:
        pytest.fail("\n".join(told))


def same(text: str) -> str:
    """Return a text as it is kept: composed, and without needless blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def kept(answer: Any, at: tuple[Any, ...]) -> Any:
    """Return the text that an answer has at a path; None where it has none there."""
    try:
        value = found(answer.json(), at)
    except (KeyError, IndexError, TypeError):
        return None
    return value if isinstance(value, str) and not DERIVED & set(at) else None


@pytest.mark.parametrize("operation", QUERIES, ids=str)
@override_settings(RATE_LIMIT_FACTOR=10_000)
def test_a_strange_value_in_a_question(alice: Person, bob: Person, operation: Operation) -> None:
    things, client = furnish(alice, bob), client_for(operation, alice)
    address, body = operation.address.format(**things), fill(operation.body or {}, things)
    complaints = []
    for name in (*operation.query, "format", "unknown"):
        for value in [item for item in STRANGE if isinstance(item, str) and len(item) < 5_000] + ["%ED%A0%80", "%FF"]:
            asked = value if value.startswith("%E") or value == "%FF" else _quoted(value)
            answer = client.generic(
                operation.method, f"{address}?{name}={asked}", json.dumps(body), content_type="application/json"
            )
            complaints.append(wrong(answer, f"{value!r:.40} as {name}"))

    if told := [complaint for complaint in complaints if complaint]:
        pytest.fail("\n".join(told))


def _quoted(value: str) -> str:
    from urllib.parse import quote

    return quote(value, safe="")


@pytest.mark.parametrize("operation", BODIES, ids=str)
def test_a_body_of_another_kind(alice: Person, bob: Person, operation: Operation) -> None:
    things, client = furnish(alice, bob), client_for(operation, alice)
    address = operation.address.format(**things)
    bodies = [
        b'{"a": 1, "a": 2}',
        b"",
        b"{",
        b"\x00",
        b'{"a": "\\ud800"}',
        b"[" * 5_000,
        b'{"a":' * 1_000,
        b"\xef\xbb\xbf{}",
        b"\xff",
    ]

    for body in bodies:
        answer = call(client, operation.method, address, body)
        assert is_problem(answer, 400) or (body == b"" and operation in NEEDS_NOTHING), (body, answer.content)
    packed = call(client, operation.method, address, b"{}", Content_Encoding="gzip")
    assert is_problem(packed, 415)
    assert packed["Accept-Encoding"] == "identity"
    assert is_problem(call(client, operation.method, address, b"{}", Transfer_Encoding="chunked"), 411)
    for media in MEDIA:
        assert is_problem(call(client, operation.method, address, b"{}", Content_Type=media), 415), media
    large = b'"' + b"x" * 2_500_001 + b'"'
    assert is_problem(call(client, operation.method, address, large), 413)


@pytest.mark.parametrize("value", ["x" * 5_000, "\u00ff", '"', "W/", "*,*", "\t"])
def test_a_strange_header(alice: Person, bob: Person, value: str) -> None:
    things, client = furnish(alice, bob), key_of(alice)
    address = f"{ROOT}/contacts/{things['contact']}/"
    names = ("If_Match", "If_None_Match", "Accept", "Accept_Language", "X_Forwarded_For", "Range", "Cookie", "Host")

    for name in names:
        for method, body in (("GET", None), ("PATCH", {"company": "Acme"})):
            answer = call(client, method, address, body, **{name: value})
            assert answer.status_code < 500, name
            assert answer.status_code < 400 or is_problem(answer, answer.status_code), (name, answer.content)


def test_what_can_be_stored_is_read_back_the_same(alice: Person) -> None:
    client = key_of(alice)
    words = ["陳大文", "𠮷野家 <b>&amp;</b>", 'O\'Brien "Bob"', "naïve ﷽", "a\\b/c", "100 % = {x}"]
    book = call(client, "post", BOOKS, {"name": words[0]}).json()["id"]

    for word in words:
        contact = {
            "local_name": word,
            "country": "HK",
            "notes": word,
            "tags": [word],
            "name": "Ann",
            "district": "Sha Tin",
        }
        made = call(client, "post", f"{BOOKS}{book}/contacts/", {**contact, "lines": ["1 Sample Road"]})
        read = call(client, "get", f"{ROOT}/contacts/{made.json()['id']}/").json()
        draft = call(client, "post", SHIPMENTS, {"draft": True, "reference": word, "notes": word}).json()
        again = call(client, "get", f"{SHIPMENTS}{draft['id']}/").json()
        assert (read["local_name"], read["notes"], read["tags"]) == (word, word, [word]), made.content
        assert (again["reference"], again["notes"]) == (word, word)


@pytest.mark.parametrize("weight", ["٠.٤", "４", "4e-1", "1E0", ".4", "1.", " 0.4", "+1", "0_4", "Infinity", "sNaN"])
def test_a_number_is_written_in_plain_digits(client: Client, weight: str) -> None:
    answer = call(client, "post", f"{ROOT}/quotes/", {**QUESTION, "weight_kg": weight})

    assert is_problem(answer, 400)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/weight_kg"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"weight_kg": "0.4", "weight_kg": "9"}', "/weight_kg"),
        (b'{"a": [{"b/c": 1, "d": {}, "b/c": 1}]}', "/a/0/b~1c"),
        (b'{"a": {"": 1, "\\u0000": 2, "": 3}}', "/a/"),
        (b'{"a": ' + b"9" * 300 + b', "\\u0061": 1}', "/a"),
    ],
)
def test_a_name_that_stands_twice_is_refused(client: Client, body: bytes, pointer: str) -> None:
    answer = call(client, "post", f"{ROOT}/quotes/", body)

    assert is_problem(answer, 400)
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, "repeated")]


def test_a_question_for_a_price_is_never_a_failure(client: Client) -> None:
    assert call(client, "post", f"{ROOT}/quotes/", QUESTION).status_code == 200


@pytest.mark.parametrize(("path", "name"), [("access-log/", "action"), ("shipments/", "status"), ("books", "ordering")])
def test_a_choice_that_is_sent_empty_is_no_choice(alice: Person, bob: Person, path: str, name: str) -> None:
    things, client = furnish(alice, bob), key_of(alice)
    address = f"{BOOKS}{things['book']}/contacts/" if path == "books" else f"{ROOT}/{path}"

    answer = call(client, "get", f"{address}?{name}=")

    assert is_problem(answer, 400)
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{name}"]
