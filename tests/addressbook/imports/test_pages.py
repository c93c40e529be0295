"""Pages of imports: what people see and may do at each point, and what strangers and colleagues may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from addressbook import room
from addressbook import services as books
from addressbook.details import ContactDetails
from addressbook.duplicates import merging
from addressbook.imports import services
from addressbook.imports.models import Import, ImportProfile, State
from addressbook.models import AddressBook, Contact
from security import scope
from security.models import AccessEntry
from security.warrants import Warrant
from tests.addressbook.conftest import MakeContact
from tests.addressbook.imports.conftest import NOW, Upload, again, work
from tests.addressbook.imports.conftest import work as work_by
from tests.addressbook.imports.files import ANN, BEN, HEADINGS, LOST, card, csv_file, xlsx_file
from tests.conftest import Person, look_at
from tests.pages import Page

pytestmark = pytest.mark.django_db
Do = Callable[..., Import]
DATA = csv_file([HEADINGS, ANN, LOST, ["=cmd|' /C calc'!A0", "", "", "", "", ""]])


def send(person: Person, book: AddressBook, data: bytes, name: str = "list.csv", **more: str) -> Any:
    file = SimpleUploadedFile(name, data)
    return person.client.post(f"/en/address-books/{book.pk}/imports/", {"file": file, "country": "HK", **more})


def page(person: Person, run: Import, query: str = "") -> Page:
    found = look_at(person.client.get(f"/en/imports/{run.pk}/{query}"))
    found.check(200)
    return found


def act(person: Person, run: Import, what: str, **data: str) -> Any:
    return person.client.post(f"/en/imports/{run.pk}/{what}/", data)


def latest(person: Person) -> Import:
    with person.scope():
        return Import.objects.latest("created_at")


def test_a_file_goes_from_the_form_to_the_book_and_back(bob: Person, book: AddressBook) -> None:
    """By a clerk, in a browser without script."""
    answer = send(bob, book, DATA, "../../evil\\list.csv")
    run = latest(bob)

    def work(run: Import) -> None:
        work_by(run, clock=timezone.now)

    assert answer.headers["Location"] == f"/en/imports/{run.pk}/"
    assert "0 rows so far" in page(bob, run).text
    work(run)
    preview = page(bob, run)
    assert "1 contact can be imported" in preview.text
    assert "Import of list.csv" in preview.text
    assert "Enter an e-mail address" in preview.text

    act(bob, run, "carry-out", duplicates="skip")
    assert "0 of 3 rows" in page(bob, run).text
    work(run)
    assert "1 contact has been added" in page(bob, run).text
    assert "1 contact that it added goes to the bin" in Page(bob.client.get(f"/en/imports/{run.pk}/undo/")).text
    act(bob, run, "undo")
    work(run)

    assert "The import has been undone. 1 contact that it added is in the bin." in page(bob, run).text
    with bob.scope():
        assert Contact.objects.exclude(deleted_at=None).count() == 1


def test_columns_can_be_corrected_and_remembered(alice: Person, book: AddressBook, upload: Upload) -> None:
    run = upload(csv_file([["Wer", "Wo", "Bezirk"], ANN[:3]]))
    assert "No row can be imported" in page(alice, run).text

    twice = act(alice, run, "columns", column0="name", column1="name", country="HK", has_headings="yes")
    chosen = {"column0": "name", "column1": "line1", "column2": "district"}
    act(alice, run, "columns", **chosen, country="HK", has_headings="yes", remember="Depot")
    work(run)

    assert "Two columns cannot be the same" in twice.content.decode()
    assert "1 contact can be imported" in page(alice, run).text
    listed = look_at(alice.client.get(f"/en/address-books/{book.pk}/imports/"))
    assert "Depot" in listed.text
    with alice.scope():
        profile = ImportProfile.objects.get()
    alice.client.post(f"/en/import-profiles/{profile.pk}/forget/", {"book": str(book.pk)})
    with alice.scope():
        assert not ImportProfile.objects.exists()


def test_a_file_that_may_be_in_another_encoding_is_said_to_be(alice: Person, upload: Upload) -> None:
    odd, usual = (
        upload(f"Name,Address 1\nAnn,{text}\n".encode(code)) for text, code in (("東京", "shift_jis"), ("É", "cp1252"))
    )

    assert "in another encoding than the one that it was read in" in page(alice, odd).text
    assert "in another encoding" not in page(alice, usual).text


def test_another_delimiter_matches_columns_anew(alice: Person, upload: Upload) -> None:
    run = upload(b"Name|x,Address 1|y\nAnn|1,8 Nathan Road|2\n")

    act(alice, run, "columns", column0="name", column1="line1", country="HK", delimiter="|", has_headings="yes")
    work(run)

    assert again(alice, run).chosen == ["name", "", ""]


def test_duplicates_are_shown_with_whom_they_are_of(alice: Person, upload: Upload, make_contact: MakeContact) -> None:
    make_contact(name="Ann in the book", email="ann@example.com")
    run = upload(csv_file([HEADINGS, ANN, BEN, BEN]))

    shown = page(alice, run)

    assert "Same e-mail address: Ann in the book" in shown.text
    assert "row 3 of this file" in shown.text
    assert "Leave it out" in shown.text
    with alice.scope():
        assert AccessEntry.objects.filter(kind="contact", action="list").exists()


def test_rows_that_stay_out_come_back_as_a_file_for_spreadsheets(alice: Person, upload: Upload, carry_out: Do) -> None:
    run = carry_out(upload(DATA))

    answer = alice.client.get(f"/en/imports/{run.pk}/left-out/")
    lines = answer.content.decode("utf-8-sig").splitlines()

    assert answer.headers["Content-Disposition"] == 'attachment; filename="left-out.csv"'
    assert lines[0] == ",".join([*HEADINGS, "Reason"])
    assert lines[1].startswith("Cat Ng,,Sha Tin,HK,no e-mail,,")
    assert "Enter an e-mail address" in lines[1]
    assert lines[2].startswith("'=cmd|")
    mended = answer.content.decode("utf-8-sig").replace("Cat Ng,,", "Cat Ng,8 Sample Street,").replace("no e-mail", "")
    again_run = carry_out(upload(mended.encode()))
    assert again_run.added == 1, "the mended file is imported as it is"


@pytest.mark.parametrize("kind", ["vcf", "xlsx"])
def test_other_kinds_of_files_have_pages_too(alice: Person, upload: Upload, kind: str) -> None:
    files = {"vcf": card("FN:Ann").encode(), "xlsx": xlsx_file([HEADINGS, LOST])}
    run = upload(files[kind])

    assert "No row can be imported" in page(alice, run).text
    assert alice.client.get(f"/en/imports/{run.pk}/left-out/").content.count(b"\r\n") == 2


def test_a_long_list_of_rows_has_pages(alice: Person, upload: Upload) -> None:
    run = upload(csv_file([HEADINGS, *([f"Bad {n}", "", "", "HK", "", ""] for n in range(60))]))

    first, second = page(alice, run), page(alice, run, "?from=0-50")

    assert "Bad 49" in first.text and "Bad 50" not in first.text  # noqa: PT018
    assert "Bad 50" in second.text
    assert "Bad 0" in page(alice, run, "?from=x").text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty"),
        (b"%PDF-1.4", "This is no list of contacts"),
        (b'a,b\n1,"x', "A quotation mark in row 2 is never closed"),
        (b"PK\x03\x04", "This workbook is damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(alice: Person, book: AddressBook, data: bytes, words: str) -> None:
    send(alice, book, data)
    run = latest(alice)
    work(run)

    assert words in page(alice, run).text


def test_the_form_says_what_is_wrong_with_a_file(
    alice: Person, book: AddressBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = alice.client.post(f"/en/address-books/{book.pk}/imports/", {"country": "HK"})
    monkeypatch.setattr(services, "MOST_BYTES", 10)
    large = send(alice, book, DATA)
    monkeypatch.undo()
    monkeypatch.setattr(services, "MOST_AN_HOUR", 0)
    many = send(alice, book, DATA)

    assert "Choose a file." in none.content.decode()
    assert "larger than 10 MB" in large.content.decode()
    assert "within an hour" in many.content.decode()
    with alice.scope():
        assert not Import.objects.exists()


def test_an_upload_may_be_larger_than_a_form_and_stays_in_memory(alice: Person, book: AddressBook) -> None:
    rows = [HEADINGS, *([f"Person {n}", f"{n} Sample Street", "Sha Tin", "HK", "x" * 60, ""] for n in range(30_000))]
    data = csv_file(rows)
    assert 2_500_000 < len(data) < services.MOST_BYTES

    assert send(alice, book, data).status_code == 302
    assert alice.client.post(f"/en/address-books/{book.pk}/search/", {"q": "x" * 2_600_000}).status_code == 413


def test_what_is_too_late_is_said(alice: Person, upload: Upload, carry_out: Do) -> None:
    run = carry_out(upload(DATA))

    for what in ("columns", "carry-out", "give-up", "go-on"):
        answer = alice.client.post(
            f"/en/imports/{run.pk}/{what}/", {"country": "HK", "duplicates": "skip", "has_headings": "yes"}, follow=True
        )
        assert "This cannot be done any more" in answer.content.decode(), what


def test_an_undo_says_before_and_after_what_goes_what_stays_and_why(
    alice: Person, book: AddressBook, upload: Upload, carry_out: Do, make_contact: MakeContact
) -> None:
    make_contact(name="There", email="ann@example.com")
    names = ["Edited", "Took in", "Own", "Merged", "Moved", "Binned", "Gone", "Left as it was"]
    rows = [[name, f"{n} Sample Street", "Sha Tin", "HK", f"p{n}@example.com", ""] for n, name in enumerate(names)]
    run = carry_out(upload(csv_file([HEADINGS, ANN, *rows])), duplicates="update")
    later = NOW + timedelta(minutes=1)
    with alice.scope():
        made = {one.name: one for one in Contact.objects.select_related("book")}
        keeper, taken = make_contact(name="Keeper", now=NOW - timedelta(days=1)), make_contact(name="Taken", now=later)
        books.save_contact(book=book, details=ContactDetails.of(made["Edited"]), now=later, contact=made["Edited"])
        for one, other in ((made["Took in"], taken), (keeper, made["Merged"])):
            merging.merge(book=book, one=one, other=other, choices={"name": "one"}, now=later)
        other_book = books.create_book(name="Other", now=NOW)
        with scope.warrant(Warrant.SHARING):
            Contact.objects.filter(pk=made["Moved"].pk).update(book=other_book)
        books.delete_contact(contact=made["Binned"], now=later)
        Contact.objects.filter(pk=made["Gone"].pk).delete()
        Import.objects.filter(pk=run.pk).update(finished_at=timezone.now())
    stays = {
        "Changed since the import": ("1 contact", ["Edited"]),
        "Merged with another contact since": ("1 contact", ["Took in"]),
        "Merged into another contact since, which stays with what it took over": ("1 contact", ["Keeper"]),
        "In another address book by now": ("1 contact", []),
        "Deleted before: in the bin, or gone for good": ("2 contacts", []),
    }

    before = look_at(alice.client.get(f"/en/imports/{run.pk}/undo/"))
    act(alice, run, "undo")
    work(run, clock=timezone.now)
    after = page(alice, run)

    before.check(200)
    assert "2 contacts that it added go to the bin" in before.text
    assert "1 contact that it updated becomes what it was before" in before.text
    for shown in (before, after):
        told = {
            key.get_text().strip(): (number.get_text(), [link.get_text() for link in value.select("a")])
            for key, value in zip(shown.all("main dt"), shown.all("main dd"), strict=True)
            if (number := value.select_one("p"))
        }
        assert told == stays
    assert "2 contacts that it added are in the bin. 1 contact that it updated is as it was before." in after.text
    assert ("Undo the merge first" in before.text, "Undo the merge first" in after.text) == (True, False)
    assert (
        "This cannot be done any more" in alice.client.get(f"/en/imports/{run.pk}/undo/", follow=True).content.decode()
    )


def test_what_an_undo_does_is_told_by_as_many_queries_for_many_contacts_as_for_one(
    alice: Person, upload: Upload, carry_out: Do
) -> None:
    alice.client.get("/en/address-books/")  # the first page of a session asks more
    asked = []
    for number in (1, 9):
        rows = [
            [f"P{n}", f"{n} Sample Street", "Sha Tin", "HK", f"q{number}{n}@example.com", ""] for n in range(number)
        ]
        run = carry_out(upload(csv_file([HEADINGS, *rows])))
        with alice.scope():
            Contact.objects.filter(updated_at=NOW).update(updated_at=NOW + timedelta(minutes=number))
            Import.objects.filter(pk=run.pk).update(finished_at=timezone.now())
        with CaptureQueriesContext(connection) as told:
            alice.client.get(f"/en/imports/{run.pk}/undo/")
        asked.append(len(told))

    assert asked[0] == asked[1]


def test_an_import_can_be_given_up(alice: Person, upload: Upload) -> None:
    run = upload(DATA)

    act(alice, run, "give-up")

    assert "This import was given up" in page(alice, run).text
    with alice.scope():
        assert not run.files.exists()


def test_a_full_book_is_said(alice: Person, upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    run = upload(DATA)
    monkeypatch.setattr(room, "MOST", 0)

    answer = alice.client.post(f"/en/imports/{run.pk}/carry-out/", {"duplicates": "skip"}, follow=True)

    assert "Use another book" in answer.content.decode()


def test_strangers_and_colleagues_without_the_right(
    alice: Person, bob: Person, viewer: Person, charlie: Person, restricted: AddressBook, upload: Upload
) -> None:
    run = upload(DATA)
    with alice.scope():
        closed = services.upload(book=restricted, data=DATA, file_name="x", now=NOW)
    addresses = ["", "columns/", "carry-out/", "undo/", "give-up/", "go-on/", "left-out/"]
    for path in addresses:
        methods = {"": ["GET"], "left-out/": ["GET"], "undo/": ["GET", "POST"]}.get(path, ["POST"])
        for person, which, status in ((charlie, run, 404), (viewer, run, 403), (bob, closed, 403)):
            for method in methods:
                answer = person.client.generic(method, f"/en/imports/{which.pk}/{path}")
                assert answer.status_code == status, (path, method, person.user.name)
    assert send(charlie, restricted, DATA).status_code == 404
    assert send(bob, restricted, DATA).status_code == 403
    assert again(alice, run).state == State.READY
