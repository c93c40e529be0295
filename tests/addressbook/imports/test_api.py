"""Imports by a program: a file goes up, is read, carried out and undone; once, however often it is asked for."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from addressbook.imports.models import Import
from addressbook.models import AddressBook
from tests.addressbook.imports.conftest import again
from tests.addressbook.imports.conftest import work as work_by
from tests.addressbook.imports.files import ANN, BEN, HEADINGS, LOST, csv_file
from tests.api.calling import BOOKS, ROOT, call, is_problem, key_of
from tests.conftest import Person

pytestmark = pytest.mark.django_db
DATA = b64encode(csv_file([HEADINGS, ANN, LOST, BEN])).decode()


@pytest.fixture
def shop(alice: Person) -> Client:
    return key_of(alice, "contacts:write")


def work(alice: Person, import_id: str) -> None:
    with alice.scope():
        run = Import.objects.get(pk=import_id)
    work_by(run, clock=timezone.now)


def post(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    return call(client, "post", path, body, **headers)


def test_a_file_is_read_carried_out_and_undone(alice: Person, book: AddressBook, shop: Client) -> None:
    made = post(shop, f"{BOOKS}{book.pk}/imports/", {"file": DATA, "file_name": "shop.csv"})
    at = made.headers["Location"]
    assert (made.status_code, made.json()["state"]) == (201, "reading")
    work(alice, made.json()["id"])

    read = call(shop, "get", at).json()
    assert (read["state"], read["rows"], read["valid"], read["invalid"]) == ("ready", 3, 2, 1)
    assert read["columns"][0] == {"heading": "Name", "column": "name"}
    assert [(one["row"], one["field"], one["code"]) for one in read["errors"]] == [
        (3, "line1", "required"), (3, "email", "invalid"),
    ]  # fmt: skip
    failed = call(shop, "get", read["failed_rows_url"])
    assert b"Cat Ng" in failed.content

    assert post(shop, f"{at}commit/", {"duplicates": "skip"}).json()["state"] == "running"
    work(alice, read["id"])
    assert call(shop, "get", at).json()["added"] == 2
    assert post(shop, f"{at}undo/").json()["state"] == "undoing"
    work(alice, read["id"])
    assert call(shop, "get", at).json()["undone"] == 2
    assert is_problem(post(shop, f"{at}undo/"), 409)
    listed = call(shop, "get", f"{BOOKS}{book.pk}/imports/").json()["results"]
    assert [(one["file_name"], one["state"]) for one in listed] == [("shop.csv", "undone")]


def test_the_columns_are_said_with_the_file_or_afterwards(alice: Person, book: AddressBook, shop: Client) -> None:
    odd = b64encode(csv_file([["Wer", "Wo", "Bezirk"], ANN[:3]])).decode()
    columns = ["name", "line1", "district"]

    first = post(shop, f"{BOOKS}{book.pk}/imports/", {"file": odd, "columns": columns}).json()
    work(alice, first["id"])
    second = post(shop, f"{BOOKS}{book.pk}/imports/", {"file": odd}).json()
    work(alice, second["id"])
    changed = call(shop, "patch", f"{ROOT}/imports/{second['id']}/", {"columns": columns, "delimiter": "comma"})
    work(alice, second["id"])

    assert changed.status_code == 200
    for one in (first, second):
        with alice.scope():
            assert again(alice, Import.objects.get(pk=one["id"])).good == 1


def test_who_did_not_see_the_columns_changes_none(alice: Person, book: AddressBook, shop: Client) -> None:
    """A change by somebody else that leaves every count as it was is a change."""
    file = b64encode(csv_file([["Name", "Street", "Wo"], [ANN[0], ANN[1], "Berlin"]])).decode()
    made = post(shop, f"{BOOKS}{book.pk}/imports/", {"file": file}).json()
    work(alice, made["id"])
    at = f"{ROOT}/imports/{made['id']}/"
    seen = shop.get(at)["ETag"]

    first = call(shop, "patch", at, {"columns": ["name", "line1", "notes"]}, If_Match=seen)
    work(alice, made["id"])
    second = call(shop, "patch", at, {"columns": ["name", "line1", "tags"]}, If_Match=seen)

    assert first.status_code == 200
    assert is_problem(second, 412)
    assert shop.get(at).json()["columns"][2]["column"] == "notes"


@pytest.mark.django_db(transaction=True)
def test_the_same_upload_again_is_one_import(book: AddressBook, shop: Client, alice: Person) -> None:
    body = {"file": "x" * 4_000_000, "file_name": "large.csv"}  # longer than any other body may be

    answers = [post(shop, f"{BOOKS}{book.pk}/imports/", body, Idempotency_Key="once") for _time in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"file": "not base64!"}, "/file"),
        ({"file": ""}, "/file"),
        ({"file": DATA, "columns": ["name", "name"]}, "/columns"),
        ({"file": DATA, "columns": ["nobody"]}, "/columns/0"),
        ({"file": DATA, "encoding": "ebcdic"}, "/encoding"),
        ({"file": DATA, "delimiter": ","}, "/delimiter"),
        ({"file": DATA, "country": "XX"}, "/country"),
    ],
)
def test_what_is_wrong_is_pointed_at(book: AddressBook, shop: Client, body: dict[str, Any], pointer: str) -> None:
    answer = post(shop, f"{BOOKS}{book.pk}/imports/", body)

    assert is_problem(answer, 400)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_key_that_only_reads_imports_nothing(alice: Person, book: AddressBook) -> None:
    reader = key_of(alice, "contacts:read")

    assert is_problem(post(reader, f"{BOOKS}{book.pk}/imports/", {"file": DATA}), 403)
    assert is_problem(call(reader, "get", f"{BOOKS}{book.pk}/imports/"), 403)
