"""Near duplicates on import: found by the finder's rules at a bounded cost, said, left out, or put beside a contact."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from addressbook import room
from addressbook import services as books
from addressbook.alike import finding, judging, places
from addressbook.alike.places import Where
from addressbook.duplicates import looking, merging
from addressbook.duplicates.models import PossibleDuplicate
from addressbook.imports import near, showing, working
from addressbook.imports.checking import Rules, items_of
from addressbook.imports.doubles import Index
from addressbook.imports.items import Item
from addressbook.imports.models import Import, ImportBatch
from addressbook.imports.reading.rows import Row
from addressbook.models import AddressBook, Contact
from security.models import AccessEntry
from tests.addressbook.conftest import MakeContact
from tests.addressbook.imports.conftest import NOW, Upload, again
from tests.addressbook.imports.files import HEADINGS, LOST, csv_file
from tests.addressbook.test_alike import SEEN, UNSEEN, contact, labelled
from tests.api.calling import ROOT, call, key_of
from tests.conftest import REPORT, Person, look_at
from tests.pages import Page

pytestmark = pytest.mark.django_db
Do = Callable[..., Import]
THERE = {"name": "Chan Tai Man", "lines": ["Flat 5B, 12/F", "8 Nathan Road"], "district": "Yau Tsim Mong"}
TWIN = ["Tai-Man CHAN", "Flat 5B 12/F, 8 Nathan Rd", "Yau Tsim Mong", "HK", "", ""]
OTHER = ["Ben Ho", "18 Sample Street", "Sha Tin", "HK", "ben@example.com", "2345 6789"]
FEW = csv_file([HEADINGS, TWIN, OTHER])


def stored(person: Person, run: Import) -> list[Item]:
    with person.scope():
        batches = ImportBatch.objects.filter(run=run).order_by("number")
        return [Item.of(item) for batch in batches for item in batch.items]


def pairs_of(person: Person) -> list[tuple[set[str], list[str]]]:
    """Return the pairs as the page of possible duplicates shows them."""
    with person.scope():
        shown = looking.likeliest(AddressBook.objects.get())
        return [({pair.one.name, pair.other.name}, pair.reasons) for pair in shown]


def page_of(person: Person, run: Import) -> Page:
    return look_at(person.client.get(f"/en/imports/{run.pk}/"))


# Finding ----------------------------------------------------------------


def test_of_the_labelled_pairs_an_import_finds_what_the_page_finds() -> None:
    """One half of each pair is known, the other is read; lost is what the bounds of the keys lose."""
    pairs = labelled(SEEN + UNSEEN)
    index = near.Index()
    for at, pair in enumerate(pairs):
        index.add(pair.one, str(at))

    said = {(int(who), at) for at, pair in enumerate(pairs) for who, _row, _why in index.find(pair.other)}

    judged = {(at, at) for at, pair in enumerate(pairs) if judging.judge(pair.one, pair.other)}
    book = [traits for pair in pairs for traits in (pair.one, pair.other)]
    by_parity = (sorted((pair.one, pair.other), key=lambda at: at % 2) for pair in finding.find(book))
    by_page = {(one // 2, other // 2) for one, other in by_parity if one % 2 != other % 2}
    same = {at for at, pair in enumerate(pairs) if pair.same}
    own = {one for one, other in said if one == other}
    recall = len(said & by_page) / len(by_page)
    REPORT.append(
        f"Near duplicates on import: {len(said & by_page)} of {len(by_page)} pairs of the page, "
        f"{len(judged - said)} of {len(judged)} judged pairs lost; "
        f"labels: precision {len(own & same) / len(own):.3f}, recall {len(own & same) / len(same):.3f}"
    )
    assert recall >= 0.95, by_page - said
    assert len(own & same) / len(own) >= 0.95
    assert len(own & same) / len(same) >= 0.95


def test_what_is_passed_over_unjudged_would_have_been_judged_two() -> None:
    half = [traits for pair in labelled(UNSEEN[:1]) for traits in (pair.one, pair.other)]
    for one, other in combinations(half, 2):
        if places.are_elsewhere(places.bits(one.place), places.bits(other.place)):
            assert places.alike(one.place, other.place) == Where.OTHER
        if not judging.may_be_one(one, other):
            assert judging.judge(one, other) == ()


def test_what_is_packed_comes_out_as_it_was() -> None:
    for pair in labelled(SEEN + UNSEEN):
        assert near.unpacked(near.packed(pair.one)) == pair.one


def test_alike_names_by_the_thousand_cost_a_bounded_number_of_judgements(monkeypatch: pytest.MonkeyPatch) -> None:
    """One switchboard, one building, names of one pattern that are never one person: judged, not timed."""
    asked = [0]
    real = judging.judge

    def judge(*both: Any) -> Any:
        asked[0] += 1
        return real(*both)

    monkeypatch.setattr(judging, "judge", judge)
    index, rows = near.Index(), 600
    for number in range(rows):
        letters = chr(97 + number % 26) + chr(97 + number // 26)
        index.add(contact(name=f"Chan Tai {letters}", phone="2345 6789", lines=["12/F", "8 Nathan Road"]), number)
        index.find(contact(name=f"Chan Siu {letters}", phone="2345 6789", lines=["12/F", "8 Nathan Road"]))

    assert asked[0] == index.judged <= rows * near.MOST_JUDGED
    assert len(index._keys) < rows * 12, "what a key holds is bounded"


def test_among_many_of_one_switchboard_who_has_the_same_initials_is_found() -> None:
    index = near.Index()
    for number in range(200):
        letters = chr(97 + number % 26) + chr(97 + number // 26)
        index.add(contact(name=f"{letters}xy Bok", phone="2345 6789", lines=["12/F", "8 Nathan Road"]), number)
    index.add(contact(name="Jonathan Chan", phone="2345 6789", lines=["12/F", "8 Nathan Road"]), "him")

    found = index.find(contact(name="Jonothan Chan", phone="2345 6789", lines=["12/F", "8 Nathan Road"]))

    assert [who for who, _row, _why in found] == ["him"]


def test_a_row_is_held_against_rows_further_up_and_an_exact_one_is_no_near_one() -> None:
    rows = [["Ann Lee", line, "Sha Tin"] for line in ("8 Nathan Road", "8 Nathan Rd.", "8 Nathan Road")]
    chosen = Rules(["name", "line1", "district"], "HK")

    items = list(items_of((Row(at, cells) for at, cells in enumerate(rows, 2)), chosen, Index(), near.Index()))

    assert [(item.double, item.near) for item in items] == [
        (None, []), (None, [("", 2, ["name", "address"])]), (("address", "", 2), []),
    ]  # fmt: skip


# Saying ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["1 row may be a contact that you have already", "This may be a contact of this book: Chan Tai Man"]),
        ("zh-hant", ["1 行可能是你已有的聯絡人", "可能是此地址簿的聯絡人： Chan Tai Man"]),
        ("zh-hans", ["1 行可能是您已有的联系人", "可能是此地址簿的联系人： Chan Tai Man"]),
    ],
)
def test_the_preview_says_whom_a_row_may_be_and_why_and_the_log_who_read_it(
    alice: Person, upload: Upload, make_contact: MakeContact, language: str, words: list[str]
) -> None:
    there = make_contact(**THERE)
    run = upload(FEW)

    shown = " ".join(look_at(alice.client.get(f"/{language}/imports/{run.pk}/")).text.split())

    assert (run.near, run.doubles, run.good) == (1, 0, 2)
    for sentence in words:
        assert sentence in shown
    with alice.scope():
        assert AccessEntry.objects.filter(kind="contact", action="list", ids=[str(there.pk)]).count() == 1


def test_each_kind_of_rows_can_be_shown_by_itself(alice: Person, upload: Upload, make_contact: MakeContact) -> None:
    make_contact(**THERE)
    unprintable = ["Cat \U0001f9ff", "7 Sample Street", *OTHER[2:4], "", ""]
    run = upload(csv_file([HEADINGS, TWIN, OTHER, LOST, OTHER, unprintable]))
    rows = {"": "2456", "errors": "4", "duplicates": "5", "possible-duplicates": "2", "doubts": "6", "strange": "2456"}

    for only, numbers in rows.items():
        shown = look_at(alice.client.get(f"/en/imports/{run.pk}/?only={only}"))
        shown.check(200)
        assert "".join(re.findall(r"Row (\d)", shown.text)) == numbers, only
    with alice.scope():
        first = showing.rows_to_look_at(run, most=1, only="possible-duplicates")
        assert ([row.number for row in first.rows], first.next) == ([2], "")


def test_without_any_nothing_is_asked(alice: Person, upload: Upload) -> None:
    run = upload(csv_file([HEADINGS, OTHER]))

    shown = page_of(alice, run)

    assert "Rows that may be contacts that you have already" not in shown.text
    assert shown.all("input[type=hidden][name=near_duplicates][value=add]")


# What is done ----------------------------------------------------------------


def test_it_is_added_and_the_two_stand_under_possible_duplicates_until_the_undo(
    alice: Person, upload: Upload, carry_out: Do, undo: Do, make_contact: MakeContact
) -> None:
    make_contact(**THERE)
    run = carry_out(upload(FEW))

    assert (run.added, run.skipped) == (2, 0)
    assert pairs_of(alice) == [({"Chan Tai Man", "Tai-Man CHAN"}, ["name", "address"])]
    assert "This import made 1 pair of contacts that may be one" in page_of(alice, run).text
    assert (
        "1 pair may be one contact" in alice.client.get(f"/en/address-books/{run.book_id}/duplicates/").content.decode()
    )
    assert all(not item.near for item in stored(alice, run))

    run = undo(run)

    assert (run.returned, pairs_of(alice)) == (2, [])
    with alice.scope():
        assert PossibleDuplicate.objects.count() == 1  # it comes back with a contact that is restored
        books.purge_deleted(now=NOW + books.UNDO_PERIOD + timedelta(days=1))
        assert not PossibleDuplicate.objects.exists()


def test_such_a_pair_can_be_merged_and_a_later_look_finds_it_too(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact
) -> None:
    make_contact(**THERE)
    run = carry_out(upload(FEW))
    found = pairs_of(alice)

    with alice.scope():
        book = AddressBook.objects.get(pk=run.book_id)
        looking.ask(book, now=NOW)
        assert looking.look(book, now=NOW) == 1
        again_found = pairs_of(alice)
        pair = looking.likeliest(book)[0]
        merging.merge(book=book, one=pair.one, other=pair.other, choices={}, now=NOW)
        assert looking.likeliest(book) == []

    assert found == again_found


def test_left_out_it_comes_back_in_the_file_with_the_reason_and_the_read_is_logged(
    alice: Person, upload: Upload, carry_out: Do, undo: Do, make_contact: MakeContact
) -> None:
    there = make_contact(**THERE)
    again_twin = ["T.M. Chan", *TWIN[1:]]
    run = carry_out(upload(csv_file([HEADINGS, TWIN, again_twin, OTHER])), near_duplicates="skip")

    with alice.scope():
        file = showing.left_out_file(run).decode("utf-8-sig").splitlines()
        assert AccessEntry.objects.filter(kind="contact", action="list", ids=[str(there.pk)]).count() == 1
    assert (run.near, run.added, run.skipped, run.near_skipped, run.exact_skipped) == (2, 1, 2, 2, 0)
    assert len(file) == 3
    assert file[1].startswith("Tai-Man CHAN,") and "Same name · Same address" in file[1]  # noqa: PT018
    assert "Left out as possible duplicates" in page_of(alice, run).text
    assert pairs_of(alice) == []
    assert undo(run).returned == 1


def test_whom_it_may_be_is_gone_meanwhile_so_that_it_is_added(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact
) -> None:
    there = make_contact(**THERE)
    left_out, beside = upload(FEW), upload(FEW)
    with alice.scope():
        books.delete_contact(contact=Contact.objects.get(pk=there.pk), now=NOW)

    left_out, beside = carry_out(left_out, near_duplicates="skip"), carry_out(beside)

    assert (left_out.added, left_out.near_skipped) == (2, 0)
    assert (beside.added, beside.skipped) == (0, 2)  # by now exact
    assert pairs_of(alice) == []


@pytest.mark.parametrize("batch", [1, 250], ids=["next batch", "same batch"])
@pytest.mark.parametrize(("choice", "names"), [("add", 3), ("skip", 1)])
def test_a_row_like_one_further_up_is_treated_alike(
    alice: Person, upload: Upload, carry_out: Do, monkeypatch: pytest.MonkeyPatch, batch: int, choice: str, names: int
) -> None:
    monkeypatch.setattr(working, "BATCH", batch)
    first = ["Chan Tai Man", *TWIN[1:]]
    first[1] = "Flat 5B, 12th Floor, 8 Nathan Road"
    third = ["Chan Tai-man", "Room 5B, 12/F, 8 Nathan Road", *TWIN[2:]]

    run = carry_out(upload(csv_file([HEADINGS, first, TWIN, third])), near_duplicates=choice)

    assert (run.near, run.added) == (2, names)
    assert len(pairs_of(alice)) == (3 if choice == "add" else 0)
    if choice == "skip":
        with alice.scope():
            assert "This may be the contact of row 2" in showing.left_out_file(run).decode()


def test_it_is_never_updated(alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact) -> None:
    there = make_contact(**THERE)

    run = carry_out(upload(FEW), duplicates="update")

    assert (run.updated, run.added) == (0, 2)
    with alice.scope():
        assert Contact.objects.get(pk=there.pk).updated_at == there.updated_at


def test_pairs_are_kept_while_there_is_room(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_contact(**THERE)
    monkeypatch.setattr(looking, "MOST_PAIRS", 0)

    carry_out(upload(FEW))

    assert pairs_of(alice) == []


def test_rows_that_stay_out_take_no_room_in_a_full_book(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_contact(**THERE)
    run = upload(FEW)
    monkeypatch.setattr(room, "MOST", 2)

    with pytest.raises(room.BookFull):
        carry_out(run, worked=False)
    assert carry_out(run, near_duplicates="skip").added == 1


def test_a_book_is_gone_through_in_parts(
    alice: Person, upload: Upload, make_contact: MakeContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        make_contact(name=f"Person {number}", lines=[f"{number} Sample Street"])
    make_contact(**THERE)
    rows = [[f"PERSON {number}", f"{number} Sample St", "Sha Tin", "HK", "", ""] for number in range(5)]

    for size in (1, 2, 5, 6):
        monkeypatch.setattr(working, "SLICE", size)
        assert upload(csv_file([HEADINGS, *rows, TWIN])).near == 6, size


def test_the_database_knows_no_other_choice(alice: Person, upload: Upload) -> None:
    run = upload(FEW)

    with alice.scope(), pytest.raises(IntegrityError), transaction.atomic():
        Import.objects.filter(pk=run.pk).update(near_duplicates="x")


def test_a_program_counts_and_chooses_too(
    alice: Person, book: AddressBook, upload: Upload, make_contact: MakeContact
) -> None:
    make_contact(**THERE)
    shop, run = key_of(alice, "contacts:write"), upload(FEW)
    at = f"{ROOT}/imports/{run.pk}/"

    read = call(shop, "get", at).json()
    refused = call(shop, "post", f"{at}commit/", {"duplicates": "skip", "possible_duplicates": "update"})
    begun = call(shop, "post", f"{at}commit/", {"duplicates": "skip", "possible_duplicates": "skip"})

    assert (read["possible_duplicates"], read["valid"], refused.status_code, begun.status_code) == (1, 2, 400, 200)
    assert again(alice, run).near_duplicates == "skip"
