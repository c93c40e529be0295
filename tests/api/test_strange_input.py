"""Strange values in every field of every operation: refused with a pointer, or kept and read back the same."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, cast
from urllib.parse import quote

import pytest
from django.test import Client, override_settings

from security.bodies import most_for
from tests.api.calling import BOOKS, PROBLEM, ROOT, SHIPMENTS, call, is_problem, key_of
from tests.api.operations import OPERATIONS, QUESTION, Operation, fill, furnish
from tests.conftest import Person
from tests.tracking.journeys import operator

pytestmark = [pytest.mark.django_db]
Place = tuple[Any, ...]  # the steps to a value in a body
Send = Callable[[dict[Place, Any]], Any]

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
SMALL = {"a": "x", "b": {"c": ["y", "z"], "d": "1"}}
NEEDS_NOTHING = [one for one in BODIES if one.method == "PATCH" or one.name == "api-contact-search"]
MEDIA = ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "x"]


def places(body: Any, at: Place = ()) -> Iterator[Place]:
    """Yield the path of every field in a body, and of the body itself."""
    yield at
    if isinstance(body, dict):
        for name, value in body.items():
            yield from places(value, (*at, name))
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from places(value, (*at, index))


def put(body: Any, at: Place, value: Any) -> Any:
    """Return the body with another value at a path."""
    if not at:
        return value
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[at[0]] = put(body[at[0]], at[1:], value)
    return copy


def found(body: Any, at: Place) -> Any:
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


def height(body: Any) -> int:
    """Return how deep a value goes: of two places of one height none is within the other."""
    inner = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    return 1 + max(map(height, inner), default=0) if isinstance(body, dict | list) else 0


def alike(body: Any) -> Iterator[list[Place]]:
    """Yield the places of a body, those of one height together."""
    of_height: dict[int, list[Place]] = {}
    for at in places(body):
        of_height.setdefault(height(found(body, at)), []).append(at)
    yield from of_height.values()


def rotated(where: list[Place], values: list[Any]) -> Iterator[dict[Place, Any]]:
    """Yield another value for each place at a time, until each has had all of them."""
    for turn in range(len(values)):
        yield {at: values[(turn + number) % len(values)] for number, at in enumerate(where)}


def refused(answer: Any, asked: dict[Place, Any]) -> set[Place]:
    """Return the places that a refusal points at."""
    pointers = [error["pointer"] for error in answer.json().get("errors", [])] if is_problem(answer, 400) else []
    return {at for at in asked for named in pointers if at and f"{named}/".startswith(f"{pointer(at)}/")}


def pointer(at: Place) -> str:
    return "".join(f"/{step}" for step in at)


def tried(send: Send, asked: dict[Place, Any], *, is_kept: bool = True) -> Iterator[str]:
    """Send strange values all at once, then again without those that were refused, and yield what is wrong.

    So each is pointed at, or is among what is taken and kept; one of which neither can be said is sent alone.
    """
    while len(asked) > 1:
        answer = send(asked)
        yield wrong(answer, f"{len(asked)} values at once")
        if answer.status_code < 300:
            yield from changed(answer, asked) if is_kept else ()
            return
        if not (named := refused(answer, asked)):
            break
        asked = {at: value for at, value in asked.items() if at not in named}
    for at, value in asked.items():
        yield from alone(send, at, value, is_kept=is_kept)


def alone(send: Send, at: Place, value: Any, *, is_kept: bool = True) -> Iterator[str]:
    answer = send({at: value})
    yield wrong(answer, f"{value!r:.40} at {at}")
    if answer.status_code < 300 and is_kept:
        yield from changed(answer, {at: value})


def changed(answer: Any, asked: dict[Place, Any]) -> Iterator[str]:
    for at, value in asked.items():
        if isinstance(value, str) and kept(answer, at) not in {None, same(value)}:
            yield f"{value!r:.40} at {at} became {kept(answer, at)!r:.60}"


def complain(told: Iterable[str]) -> None:
    if complaints := [complaint for complaint in told if complaint]:
        pytest.fail("\n".join(complaints))


def sender(operation: Operation, alice: Person, bob: Person) -> tuple[Any, Send]:
    """Return the right body of an operation, and what sends it with other values at some places."""
    things, client = furnish(alice, bob), client_for(operation, alice)
    address, body = operation.address.format(**things), fill(operation.body, things)

    def send(asked: dict[Place, Any]) -> Any:
        strange = body
        for at, value in asked.items():
            strange = put(strange, at, value)
        return call(client, operation.method, address, strange)

    return body, send


@pytest.mark.parametrize("operation", BODIES, ids=str)
@override_settings(RATE_LIMIT_FACTOR=10_000)
def test_a_strange_value_in_a_field(alice: Person, bob: Person, operation: Operation) -> None:
    """Each value in each field, in many fields at a time; `make nightly` sends each by itself."""
    body, send = sender(operation, alice, bob)

    complain(told for where in alike(body) for asked in rotated(where, STRANGE) for told in tried(send, asked))


@pytest.mark.nightly
@pytest.mark.parametrize("operation", BODIES, ids=str)
@override_settings(RATE_LIMIT_FACTOR=10_000)
def test_a_strange_value_alone_in_a_field(alice: Person, bob: Person, operation: Operation) -> None:
    body, send = sender(operation, alice, bob)

    complain(told for at in places(body) for value in STRANGE for told in alone(send, at, value))


@dataclass(frozen=True)
class Answer:
    """An answer of an API that takes texts and nothing else."""

    status_code: int
    body: Any

    def json(self) -> Any:
        return self.body

    def __getitem__(self, _header: str) -> str:
        return PROBLEM


@pytest.mark.parametrize("culprit", list(places(SMALL)), ids=str)
@pytest.mark.parametrize("value", ["a\x00b", 10**30, [None]], ids=repr)
def test_one_wrong_value_among_many_is_told(culprit: Place, value: Any) -> None:
    """Wherever it is, and whatever is sent with it: a failure, and a text that is kept as another."""

    def send(asked: dict[Place, Any], *, fails: bool) -> Answer:
        strange = reduce(lambda body, at: put(body, at, asked[at]), asked, cast("Any", SMALL))
        if is_at_fault := culprit in asked and asked[culprit] == value and type(asked[culprit]) is type(value):
            if fails:
                return Answer(500, {"status": 500, "title": "x", "instance": "x" * 32})
            strange = put(strange, culprit, "another")
        errors = [{"pointer": pointer(at)} for at, sent in asked.items() if not isinstance(sent, str)]
        if errors and not is_at_fault:
            return Answer(400, {"status": 400, "title": "x", "instance": "x" * 32, "errors": errors})
        return Answer(200, strange)

    for fails, words in ((True, "500 for {}"), (False, "{} became 'another'")):
        if fails or isinstance(value, str):
            told = [
                told
                for where in alike(SMALL)
                for asked in rotated(where, STRANGE)
                for told in tried(partial(send, fails=fails), asked)
            ]
            assert words.format(f"{value!r:.40} at {culprit}") in told


def same(text: str) -> str:
    """Return a text as it is kept: composed, and without needless blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def kept(answer: Any, at: Place) -> Any:
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
    names: list[Place] = [(name,) for name in (*operation.query, "format", "unknown")]
    texts = [item for item in STRANGE if isinstance(item, str) and len(item) < 5_000]

    def send(asked: dict[Place, Any]) -> Any:
        query = "&".join(f"{name}={text}" for (name,), text in asked.items())
        return client.generic(operation.method, f"{address}?{query}", json.dumps(body), content_type="application/json")

    values = [*(quote(text, safe="") for text in texts), "%ED%A0%80", "%FF"]
    complain(told for asked in rotated(names, values) for told in tried(send, asked, is_kept=False))


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
    large = b'"' + b"x" * most_for(address) + b'"'
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
