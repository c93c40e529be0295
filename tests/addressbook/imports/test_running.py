"""From a file to contacts and back: what is checked, written, found twice, undone, and removed after its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import gettext, override

from addressbook import room
from addressbook import services as books
from addressbook.details import ContactDetails
from addressbook.imports import services, showing, tending, working, writing
from addressbook.imports.models import Import, ImportBatch, ImportFile, ImportProfile, State
from addressbook.index import keeping
from addressbook.models import AddressBook, Contact
from security.models import AccessEntry
from tests.addressbook.conftest import MakeContact
from tests.addressbook.imports.conftest import NOW, Upload, again, asking, work
from tests.addressbook.imports.files import ANN, BEN, HEADINGS, LOST, card, csv_file, xlsx_file
from tests.conftest import Person

pytestmark = pytest.mark.django_db
Do = Callable[..., Import]
GOOD = csv_file([HEADINGS, ANN, BEN])


def contacts(person: Person) -> dict[str, Contact]:
    with person.scope():
        return {contact.name: contact for contact in Contact.objects.filter(deleted_at=None)}


def counts(run: Import) -> dict[str, int]:
    names = ("rows", "good", "bad", "doubtful", "doubles", "added", "updated", "skipped", "returned", "left")
    return {name: value for name in names if (value := getattr(run, name))}


def items(person: Person, run: Import) -> list[dict[str, Any]]:
    with person.scope():
        return [item for batch in ImportBatch.objects.filter(run=run).order_by("number") for item in batch.items]


def test_a_large_book_is_laid_out_before_anybody_looks(
    upload: Upload, carry_out: Do, undo: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(keeping, "keep_soon", asked.append)
    run = carry_out(upload(GOOD))
    small = list(asked)

    monkeypatch.setattr(keeping, "WORTH_KEEPING", 2)
    undo(carry_out(upload(GOOD), duplicates="add"))

    assert (small, asked) == ([], [run.book_id, run.book_id])


# Reading and checking ----------------------------------------------------------------


def test_a_file_is_read_and_judged_and_nothing_is_written(alice: Person, upload: Upload) -> None:
    run = upload(csv_file([HEADINGS, ANN, LOST, BEN]))

    assert (run.state, run.kind, run.encoding, run.delimiter) == (State.READY, "csv", "utf-8", ",")
    assert counts(run) == {"rows": 3, "good": 2, "bad": 1}
    assert run.chosen == ["name", "line1", "district", "country", "email", "phone"]
    assert items(alice, run)[1]["flaws"] == [["line1", "required"], ["email", "invalid"]]
    assert contacts(alice) == {}


@pytest.mark.parametrize(
    "data", [xlsx_file([HEADINGS, ANN, BEN]), csv_file([HEADINGS, ANN, BEN], encoding="utf-16", delimiter="\t")]
)
def test_other_kinds_of_files_come_to_the_same_contacts(
    alice: Person, upload: Upload, carry_out: Do, data: bytes
) -> None:
    carry_out(upload(data))

    found = contacts(alice)
    assert set(found) == {"Ann Lee", "Ben Ho"}
    assert (found["Ann Lee"].phone, found["Ann Lee"].email) == ("+852 9123 4567", "ann@example.com")
    assert found["Ann Lee"].email_index is not None


def test_a_vcard_needs_no_columns(alice: Person, upload: Upload, carry_out: Do) -> None:
    text = card("FN:Ann Lee", "ADR:;;8 Nathan Road;Mong Kok;;;Hong Kong", "TEL:91234567")
    text += card("FN:陳大文", "ADR:;;九龍旺角亞皆老街88號;;;;Hong Kong")

    carry_out(upload(text.encode(), name="phone.vcf"))

    found = contacts(alice)
    assert found["Ann Lee"].district == "Yau Tsim Mong"
    assert (found[""].local_name, found[""].local_lines) == ("陳大文", ["九龍旺角亞皆老街88號"])


@pytest.mark.parametrize("digits", ["8.52E+10", "9.1E5", "1,2E+8"])
def test_shortened_numbers_are_said_and_never_guessed(alice: Person, upload: Upload, digits: str) -> None:
    run = upload(csv_file([HEADINGS, [*ANN[:5], digits]]))

    assert items(alice, run)[0]["flaws"] == [["phone", "scientific"]]


def test_leading_zeros_come_through_in_every_way(alice: Person, upload: Upload, carry_out: Do) -> None:
    head = ["Name", "Address 1", "City", "State", "Zip", "Country"]
    row = ["A", "1 Main St", "Boston", "MA"]
    data = xlsx_file([head, [*row, 2134, "US"], ["B", *row[1:], "02135", "US"]], formats={"E2": "00000"})
    carry_out(upload(data))
    carry_out(upload(csv_file([head, ["C", *row[1:], '="02136"', "US"], ["D", *row[1:], "'02137", "US"]])))

    found = contacts(alice)
    assert [found[name].postcode for name in "ABC"] == ["02134", "02135", "02136"]
    assert "D" not in found, "an apostrophe that keeps nothing from being worked out is a part of the cell"


def test_the_person_says_what_columns_are_and_it_is_remembered(alice: Person, upload: Upload, carry_out: Do) -> None:
    odd = csv_file([["Wer", "Wo", "Bezirk"], ANN[:3]])
    run = upload(odd)
    with asking(alice):
        kept = Import.objects.get(pk=run.pk)
        services.check_again(run=kept, wishes=services.Wishes(chosen=["name", "line1", "district"]), now=NOW)
    work(run)
    run = again(alice, run)
    with alice.scope():
        services.remember(run=run, name="Warehouse", now=NOW)

    second = upload(odd)

    assert counts(run) == {"rows": 1, "good": 1}
    assert second.chosen == ["name", "line1", "district"]
    with alice.scope():
        assert [profile.name for profile in ImportProfile.objects.all()] == ["Warehouse"]


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_file_of_rows_that_stayed_out_is_read_by_remembered_columns_too(
    alice: Person, upload: Upload, language: str
) -> None:
    with alice.scope():
        profile = ImportProfile(created_at=NOW, updated_at=NOW)
        profile.name, profile.columns = "Warehouse", {"wer": "name", "wo": "line1", "bezirk": "district"}
        profile.save()
    with override(language):
        reason = gettext("Reason")

    known = upload(csv_file([["Wer", "Wo", "Bezirk", reason], [*ANN[:3], "Enter a name."]]))
    other = upload(csv_file([["Wer", "Wo", "Bezirk", "Grund"], [*ANN[:3], "Enter a name."]]))

    assert known.chosen == ["name", "line1", "district", ""]
    assert other.chosen != known.chosen


@pytest.mark.parametrize(("data", "why"), [(b"Name,Address\r\n", "no_rows"), (b'a,b\n1,"x', "open_quote")])
def test_a_file_that_cannot_be_read_says_why_and_can_be_tried_otherwise(
    alice: Person, upload: Upload, data: bytes, why: str
) -> None:
    run = upload(data)

    assert (run.state, run.failure) == (State.FAILED, why)
    with alice.scope():
        services.check_again(run=Import.objects.get(pk=run.pk), wishes=services.Wishes(delimiter=";"), now=NOW)
    assert again(alice, run).state == State.READING


# Duplicates ----------------------------------------------------------------


SAME_MAIL = ["Lee Ann", "9 Sample Street", "Sha Tin", "HK", "ANN@example.com", ""]
SAME_PLACE = ["ann  LEE", "8 NATHAN ROAD", "Yau Tsim Mong", "Hong Kong", "", ""]
SAME_PHONE = ["Ann Lee", "1 Third Street", "Sha Tin", "HK", "", "+852-9123-4567"]


@pytest.mark.parametrize(
    ("row", "by"),
    [(SAME_MAIL, "email"), (SAME_PLACE, "address"), (SAME_PHONE, "phone")],
    ids=["mail", "place", "phone"],
)
def test_duplicates_are_found_in_the_book_and_in_the_file(
    alice: Person, upload: Upload, make_contact: MakeContact, row: list[str], by: str
) -> None:
    within = upload(csv_file([HEADINGS, ANN, row]))
    there = make_contact(name="Ann Lee", email="ann@example.com", phone="9123 4567")
    against = upload(csv_file([HEADINGS, row]))

    assert items(alice, within)[1]["double"] == [by, "", 2]
    assert items(alice, against)[0]["double"] == [by, str(there.pk), 0]


@pytest.mark.parametrize("duplicates", ["skip", "update"])
def test_colleagues_who_share_a_number_or_a_mailbox_stay_themselves(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact, duplicates: str
) -> None:
    make_contact(name="Dora Dao", phone="2345 6789", lines=["1 Sample Road"])
    rows = [
        [name, f"{n} Sample Road", "Sha Tin", "HK", "office@example.com", "2345 6789"]
        for n, name in enumerate(["Anna Au", "Ben Bok", "Carl Chu", "陳大文"], 2)
    ]

    run = carry_out(upload(csv_file([HEADINGS, *rows])), duplicates=duplicates)

    assert counts(run) == {"rows": 4, "good": 4, "added": 4}
    assert {"Dora Dao", "Anna Au", "Ben Bok", "Carl Chu"} <= set(contacts(alice))


def test_a_duplicate_is_left_out_or_added_or_updates_what_is_there(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact
) -> None:
    there = make_contact(name="Ann Lee", email="ann@example.com", notes="Ring twice", tags=["Tea"])
    data = csv_file([[*HEADINGS, "Tags"], [*ANN, "Coffee"], [*BEN, ""]])

    skipped = carry_out(upload(data))
    updated = carry_out(upload(csv_file([[*HEADINGS, "Tags"], [*ANN, "Coffee"]])), duplicates="update")
    with alice.scope():
        now = Contact.objects.get(pk=there.pk)
        assert not now.is_unreadable
    added = carry_out(upload(csv_file([HEADINGS, ANN])), duplicates="add")

    assert counts(skipped) == {"rows": 2, "good": 2, "doubles": 1, "added": 1, "skipped": 1}
    assert counts(updated) == {"rows": 1, "good": 1, "doubles": 1, "updated": 1}
    assert (now.phone, now.notes, now.tags) == ("+852 9123 4567", "Ring twice", ["Tea", "Coffee"])
    assert counts(added) == {"rows": 1, "good": 1, "doubles": 1, "added": 1}


def test_an_update_moves_a_whole_address_and_stays_out_where_it_would_be_too_much(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact
) -> None:
    make_contact(name="Ann Lee", email="ann@example.com", company="Acme")
    make_contact(name="Ben Ho", email="ben@example.com", tags=[f"t{n}" for n in range(20)])
    head = ["Name", "Address 1", "City", "Postcode", "Country", "Email", "Tags"]
    london = ["10 High Street", "London", "SW1A 1AA", "GB"]
    data = csv_file([head, ["Ann Lee", *london, "ann@example.com", ""], ["Ben Ho", *london, "ben@example.com", "more"]])

    run = carry_out(upload(data), duplicates="update")

    assert counts(run) == {"rows": 2, "good": 1, "bad": 1, "doubles": 2, "updated": 1}
    ann = contacts(alice)["Ann Lee"]
    assert (ann.country, ann.lines, ann.district, ann.company) == ("GB", ["10 High Street"], "", "Acme")
    assert items(alice, run)[1]["flaws"] == [["", "update_invalid"]]


# Undo ----------------------------------------------------------------


def test_undo_bins_what_was_added_restores_what_was_updated_and_names_what_was_edited(
    alice: Person, upload: Upload, carry_out: Do, undo: Do, make_contact: MakeContact
) -> None:
    there = make_contact(name="Old name", email="ann@example.com", notes="Ring twice")
    cat = ["Cat", "2 Sample Street", "Sha Tin", "HK", "cat@example.com", ""]
    run = carry_out(upload(csv_file([HEADINGS, ANN, BEN, cat])), duplicates="update")
    before = contacts(alice)
    with alice.scope():
        edited = Contact.objects.get(pk=before["Cat"].pk)
        details = ContactDetails.of(edited)
        books.save_contact(book=edited.book, details=details, now=NOW + timedelta(minutes=1), contact=edited)

    run = undo(run)

    assert (run.state, counts(run)["returned"], counts(run)["left"]) == (State.UNDONE, 2, 1)
    assert (run.binned, run.restored) == (1, 1)
    assert run.kept == [str(edited.pk)]
    found = contacts(alice)
    assert set(found) == {"Old name", "Cat"}
    assert (found["Old name"].phone, found["Old name"].updated_at) == ("", there.updated_at)
    with alice.scope():
        assert Contact.objects.exclude(deleted_at=None).count() == 1


def test_a_contact_that_two_rows_made_and_updated_is_gone_after_the_undo(
    alice: Person, upload: Upload, carry_out: Do, undo: Do
) -> None:
    run = carry_out(upload(csv_file([HEADINGS, ANN, SAME_MAIL, SAME_PHONE])), duplicates="update")
    assert counts(run) == {"rows": 3, "good": 3, "doubles": 2, "added": 1, "updated": 2}

    run = undo(run)

    assert contacts(alice) == {}
    assert run.left == 0


def test_an_import_can_be_undone_for_as_long_as_the_bin_lasts(alice: Person, upload: Upload, carry_out: Do) -> None:
    run = carry_out(upload(GOOD))

    with alice.scope(), pytest.raises(services.WrongState):
        services.undo(run=Import.objects.get(pk=run.pk), now=NOW + services.UNDO_PERIOD)


# What is refused ----------------------------------------------------------------


def test_bounds_of_a_file_an_hour_and_a_book(
    alice: Person, book: AddressBook, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_BYTES", 10)
    with pytest.raises(services.TooLarge):
        upload(GOOD)
    monkeypatch.undo()
    monkeypatch.setattr(services, "MOST_AN_HOUR", 1)
    run = upload(GOOD)
    with pytest.raises(services.TooMany):
        upload(GOOD)
    monkeypatch.setattr(room, "MOST", 1)
    with alice.scope(), pytest.raises(room.BookFull):
        services.carry_out(run=Import.objects.get(pk=run.pk), duplicates="skip", now=NOW)


def test_imports_under_way_count_against_the_room_of_a_book(
    alice: Person, upload: Upload, carry_out: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = upload(GOOD), upload(csv_file([HEADINGS, ["Eve", *ANN[1:4], "", ""]]))
    monkeypatch.setattr(room, "MOST", 2)

    carry_out(one, worked=False)

    with pytest.raises(room.BookFull):
        carry_out(other)


def test_of_an_import_under_way_the_good_rows_not_done_yet_count(
    alice: Person, book: AddressBook, upload: Upload, carry_out: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = [["X", "1 Road", "Sha Tin", "Nowhereland", "", ""]] * 2
    good = [[f"Ann {number}", f"{number} Road", *ANN[2:4], "", ""] for number in range(2)]
    monkeypatch.setattr(working, "BATCH", 2)
    run = carry_out(upload(csv_file([HEADINGS, *bad, *good])), worked=False)
    assert (run.good, run.bad) == (2, 2)
    with alice.scope():
        ImportBatch.objects.filter(run=run, number=0).update(is_done=True)  # the bad ones
        Import.objects.filter(pk=run.pk).update(done=2)
        monkeypatch.setattr(room, "MOST", 3)

        room.require_held(book, 1)
        with pytest.raises(room.BookFull):
            room.require_held(book, 2)


def test_rows_for_which_a_book_has_no_room_any_more_stay_out_and_say_so(
    alice: Person, book: AddressBook, upload: Upload, carry_out: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = upload(GOOD)
    monkeypatch.setattr(room, "MOST", 2)

    def filled_meanwhile(kept: Import, _index: Any) -> None:
        monkeypatch.setattr(room, "NEAR", 0)
        Contact.objects.bulk_create(
            [books.put_details(Contact(book=kept.book, created_at=NOW), ContactDetails(name="Eve"), now=NOW)]
        )

    monkeypatch.setattr(writing, "know_again", filled_meanwhile)

    done = carry_out(run)

    assert counts(done) == {"rows": 2, "good": 1, "bad": 1, "added": 1}
    with alice.scope():
        assert AddressBook.objects.get(pk=book.pk).filled == 2
        assert "The book is full" in showing.left_out_file(done).decode()


def test_what_another_import_adds_meanwhile_is_a_duplicate(
    alice: Person, upload: Upload, carry_out: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = upload(GOOD)

    def behind_the_index(kept: Import, _index: Any) -> None:
        details = ContactDetails(name=ANN[0], email=ANN[4], lines=[ANN[1]], district=ANN[2])
        books.save_contact(book=kept.book, details=details, now=NOW)

    monkeypatch.setattr(writing, "know_again", behind_the_index)

    assert counts(carry_out(run)) == {"rows": 2, "good": 2, "added": 1, "skipped": 1}


def test_what_an_updated_contact_was_goes_when_it_is_erased(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact
) -> None:
    there = make_contact(name="Old name", email="ann@example.com")
    run = carry_out(upload(GOOD), duplicates="update")
    assert "Old name" in str(items(alice, run))

    with alice.scope():
        books.delete_contact(contact=Contact.objects.get(pk=there.pk), now=NOW)
        books.purge_deleted(now=NOW + books.UNDO_PERIOD + timedelta(days=1))

    assert "Old name" not in str(items(alice, run))


def test_the_file_of_rows_that_stayed_out_is_a_read_of_whom_they_are_duplicates_of(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact
) -> None:
    there = make_contact(name="Ann Lee", email="ann@example.com")
    run = carry_out(upload(GOOD))

    with alice.scope():
        showing.left_out_file(Import.objects.get(pk=run.pk))
        assert AccessEntry.objects.filter(kind="contact", action="list", ids=[str(there.pk)]).exists()


def test_what_is_done_twice_or_too_late_is_refused(alice: Person, upload: Upload, carry_out: Do) -> None:
    run = carry_out(upload(GOOD))

    with alice.scope():
        kept = Import.objects.get(pk=run.pk)
        for refused in (
            lambda: services.carry_out(run=kept, duplicates="skip", now=NOW),
            lambda: services.give_up(run=kept, now=NOW),
            lambda: services.check_again(run=kept, wishes=services.Wishes(), now=NOW),
            lambda: services.go_on(run=kept, now=NOW),
        ):
            with pytest.raises(services.WrongState):
                refused()


# Traces ----------------------------------------------------------------


def test_the_log_has_every_contact_and_the_file_lies_sealed(alice: Person, upload: Upload, carry_out: Do) -> None:
    run = upload(GOOD)
    with alice.scope():
        kept = ImportFile.objects.get(run=run)
        assert b"Ann" not in bytes(kept.sealed)
        assert ImportFile.of(run) == GOOD

    carry_out(run)

    with alice.scope():
        assert not ImportFile.objects.exists()
        logged = AccessEntry.objects.filter(kind="contact", action="create").get()
        assert set(logged.ids) == {str(contact.pk) for contact in Contact.objects.all()}
        assert AccessEntry.objects.filter(kind="contact_import", ids=[str(run.pk)]).count() >= 3


def test_what_came_out_of_a_file_is_removed_step_by_step(alice: Person, upload: Upload, carry_out: Do) -> None:
    waiting, done = upload(GOOD), carry_out(upload(csv_file([HEADINGS, ANN, LOST])))

    def tend(after: timedelta) -> None:
        with alice.scope():
            assert tending.tend_here(now=NOW + after + timedelta(seconds=1)) == []

    tend(services.FILE_LASTS)
    waiting = again(alice, waiting)
    assert (waiting.state, waiting.failure, waiting.chosen, items(alice, waiting)) == ("cancelled", "expired", [], [])
    tend(services.LEFT_OUT_LASTS)
    assert [item.get("cells") for item in items(alice, done)] == [None, None]
    tend(services.UNDO_PERIOD)
    assert items(alice, done) == []
    tend(services.RUN_LASTS)
    with alice.scope():
        assert not Import.objects.exists()
        assert Contact.objects.count() == 1
