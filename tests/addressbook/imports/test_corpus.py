"""A corpus of files, good, broken and hostile, as people upload them: from the form to the book, out of it, and back.

Of each is known what becomes of it. Nothing of a file is lost: a row is in the book, or in the file of those that
stayed out, with the reason. What is in the book comes back the same from an export of each kind.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from addressbook import services as books
from addressbook.details import ContactDetails
from addressbook.exports import services as exports
from addressbook.exports import working as exporting
from addressbook.exports.models import Export, Kind
from addressbook.imports import words
from addressbook.imports.models import Import
from addressbook.models import AddressBook, Contact
from tests.addressbook.imports.conftest import NOW, again, asking, work
from tests.addressbook.imports.files import ANN, BEN, HEADINGS, LOST, card, changed_xlsx, csv_file, xlsx_file
from tests.addressbook.imports.test_reading import HOSTILE, NAUGHTY
from tests.conftest import REPORT, Person

Make = Callable[[], bytes]
MOST_MIB = 150  # that reading all of these may take

CHINESE = ["陳大文", "彌敦道8號", "油尖旺", "香港", "tai.man@example.com", "9123 4567"]
SIMPLIFIED = ["陈大文", "建国路8号", "", "CN", "wen@example.cn", "+86 10 6552 9988"]
GOOGLE = """First Name,Middle Name,Last Name,Organization Name,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,\
Phone 1 - Label,Phone 1 - Value,Address 1 - Street,Address 1 - City,Address 1 - Region,Address 1 - Postal Code,\
Address 1 - Country
Ann,,Lee,Sample Ltd,,* myContacts,* ,ann@example.com,Mobile,+44 20 7946 0000,8 Sample Street,London,,SW1A 1AA,GB
"""
OUTLOOK = """First Name,Last Name,Company,Business Street,Business City,Business State,Business Postal Code,\
Business Country/Region,Mobile Phone,E-mail Address
Ben,Ho,Sample Inc,1 Sample Avenue,Springfield,MA,01001,United States of America,(212) 555-0199,ben@example.com
"""


class Becomes(NamedTuple):
    """What becomes of a file: rows for the book, rows that stay out; or why it cannot be read."""

    good: int = 0
    bad: int = 0
    why: str = ""


def table(*rows: list[str], **options: str) -> Make:
    return lambda: csv_file([HEADINGS, *rows], **options)


def text(*lines: str, encoding: str = "utf-8") -> Make:
    return lambda: "\r\n".join([*lines, ""]).encode(encoding)


def named(*names: str) -> Make:
    """A table of people with these names, all at home."""
    return table(*([name, f"{n} Nathan Road", "Yau Tsim Mong", "HK", "", ""] for n, name in enumerate(names, 1)))


GOOD: dict[str, tuple[Make, Becomes]] = {
    "plain": (table(ANN, BEN), Becomes(2)),
    "Excel's comma, with a mark": (lambda: b"\xef\xbb\xbf" + csv_file([HEADINGS, ANN]), Becomes(1)),
    "semicolons": (table(ANN, BEN, delimiter=";"), Becomes(2)),
    "tabs in UTF-16": (table(ANN, delimiter="\t", encoding="utf-16"), Becomes(1)),
    "Big5": (table(CHINESE, ANN, encoding="big5"), Becomes(2)),
    "GBK": (table(SIMPLIFIED, encoding="gbk"), Becomes(1)),
    "Google": (text(*GOOGLE.splitlines()), Becomes(1)),
    "Outlook": (text(*OUTLOOK.splitlines(), encoding="cp1252"), Becomes(1)),
    "zeros in a workbook": (
        lambda: xlsx_file(
            [["Name", "Address line 1", "City", "State", "Postcode", "Country"],
             ["Ben Ho", "1 Sample Street", "Boston", "MA", 2108, "US"]], {"E2": "00000"},
        ),
        Becomes(1),
    ),
    "cards of both versions": (
        lambda: (
            card("FN:Ann Lee", "N:Lee;Ann;;;", "ADR:;;8 Sample Street;London;;SW1A 1AA;GB", "EMAIL:ann@example.com")
            + card("FN:陳大文", "ADR;TYPE=home:;;彌敦道8號;油尖旺;;;HK", version="3.0")
        ).encode(),
        Becomes(2),
    ),
    "Chinese names above English addresses": (named("陳小明", "李家美"), Becomes(2)),
    "naughty names": (
        named(*(name for name in NAUGHTY if "\0" not in name and name.strip("\ufeff\u2028"))), Becomes(13)
    ),
}  # fmt: skip
BROKEN: dict[str, tuple[Make, Becomes]] = {
    "one lost row": (table(ANN, LOST, BEN), Becomes(2, 1)),
    "too many cells": (text(",".join(HEADINGS), ",".join([*ANN, "more", "and more"])), Becomes(0, 1)),
    "a thousand columns in a row": (lambda: xlsx_file([HEADINGS, ANN, ["x"] * 1_000]), Becomes(1, 1)),
    "a thousand columns": (lambda: csv_file([["x"] * 1_000, ["y"] * 1_000]), Becomes(why="too_many_columns")),
    "two encodings": (
        lambda: csv_file([HEADINGS, *[CHINESE] * 8]) + csv_file([["李家美", *CHINESE[1:]]], encoding="big5"),
        Becomes(8, 1),
    ),
    "NULs": (lambda: csv_file([HEADINGS, ["An\0n Lee", *ANN[1:]], BEN]), Becomes(2)),
    "a shortened number": (table([*ANN[:5], "8.52912E+11"]), Becomes(0, 1)),
    "headings alone": (table(), Becomes(why="no_rows")),
    "nothing": (lambda: b"", Becomes(why="empty")),
    "blank": (lambda: b" \r\n \r\n", Becomes(why="empty")),
    "an open quotation mark": (lambda: b'a,b\n1,"never closed\n2,x\n', Becomes(why="open_quote")),
    "an old workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Becomes(why="old_excel")),
    "a PDF called CSV": (lambda: b"%PDF-1.7", Becomes(why="wrong_kind")),
    "an archive": (lambda: b"\x1f\x8b\x08", Becomes(why="packed")),
    "a web page": (lambda: b"<html><table>", Becomes(why="markup")),
    "no archive at all": (lambda: b"PK\x03\x04 no archive", Becomes(why="broken_workbook")),
    "a card cut off": (
        lambda: card("FN:Ann", "ADR:;;8 Sample Street;London;;SW1A 1AA;GB").encode() + b"BEGIN:VCARD\r\nFN:Ben\r\n",
        Becomes(1, 1),
    ),
    "a billion cells claimed": (
        lambda: changed_xlsx(
            xlsx_file([HEADINGS, ANN]), "xl/worksheets/sheet1.xml",
            lambda xml: xml.replace(b'ref="A1:F2"', b'ref="A1:XFD1048576"'),
        ),
        Becomes(1),
    ),
}  # fmt: skip
CORPUS = GOOD | BROKEN | {name: (made, Becomes(why=why)) for name, (made, why) in HOSTILE.items()}


def everybody(person: Person, book: AddressBook) -> list[ContactDetails]:
    with person.scope():
        found = [ContactDetails.of(one) for one in Contact.objects.filter(book=book, deleted_at=None)]
    return sorted(found, key=repr)


def uploaded(person: Person, book: AddressBook, data: bytes) -> Import:
    """Send a file by the form, and be the worker that reads it."""
    file = SimpleUploadedFile("list.csv", data)
    answer = person.client.post(f"/en/address-books/{book.pk}/imports/", {"file": file, "country": "HK"})
    if answer.status_code != 302:
        raise AssertionError(answer.content.decode())
    with person.scope():
        run = Import.objects.latest("created_at")
    work(run, clock=timezone.now)
    return again(person, run)


def page(person: Person, run: Import) -> str:
    answer = person.client.get(f"/en/imports/{run.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def new_book(person: Person) -> AddressBook:
    with person.scope():
        return books.create_book(name="Depot", access="everyone", now=NOW)


def exported(person: Person, book: AddressBook, kind: str) -> bytes:
    with asking(person):
        run = exports.begin(
            book=book, wishes=exports.Wishes(kind=kind, has_mark=False, language="en"), now=timezone.now()
        )
    exporting.work(run.pk, account_id=run.account_id, clock=timezone.now)
    with person.scope():
        return exports.take(run=Export.objects.get(pk=run.pk), now=timezone.now()).data


def carry_out(person: Person, run: Import) -> Import:
    person.client.post(f"/en/imports/{run.pk}/carry-out/", {"duplicates": "add"})
    work(run, clock=timezone.now)
    return again(person, run)


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(CORPUS))
def test_nothing_of_a_file_is_lost(alice: Person, book: AddressBook, name: str) -> None:
    made, becomes = CORPUS[name]

    run = uploaded(alice, book, made())
    told = page(alice, run)

    if becomes.why:
        assert (run.state, run.failure) == ("failed", becomes.why)
        assert words.failure_words(becomes.why, run.failure_at) in told
        return
    assert (run.good, run.bad, run.failure) == (becomes.good, becomes.bad, "")
    if becomes.good:
        assert carry_out(alice, run).added == becomes.good
    assert len(everybody(alice, book)) == becomes.good
    if becomes.bad:
        left = list(
            csv.reader(StringIO(alice.client.get(f"/en/imports/{run.pk}/left-out/").content.decode("utf-8-sig")))
        )
        assert len(left) == becomes.bad + 1
        assert all(row[-1] for row in left), "each says why"


@pytest.mark.django_db
def test_what_came_in_goes_out_and_comes_back_the_same(alice: Person, book: AddressBook) -> None:
    """The contacts of all files together, as each kind of file."""
    for made, becomes in CORPUS.values():
        if becomes.good:
            carry_out(alice, uploaded(alice, book, made()))
    kept = everybody(alice, book)
    assert len(kept) == sum(becomes.good for _made, becomes in CORPUS.values())

    for kind in Kind.values:
        back = new_book(alice)
        run = uploaded(alice, back, exported(alice, book, kind))
        assert (run.good, run.bad) == (len(kept), 0)
        carry_out(alice, run)
        assert everybody(alice, back) == kept, kind


# Memory ----------------------------------------------------------------


def taken_mib(files: Path) -> float:
    """Return by how much a new process grows that reads and checks every file in a folder."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.addressbook.imports.reading_alone", str(files)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=120)
    return float(done.stdout.split()[-1])


def test_no_file_takes_more_memory_than_a_worker_has(tmp_path: Path) -> None:
    for number, (made, _becomes) in enumerate(CORPUS.values()):
        (tmp_path / str(number)).write_bytes(made())

    taken = taken_mib(tmp_path)

    REPORT.append(f"imports: {len(CORPUS)} files of the corpus read one after the other, {taken:.0f} MiB at most")
    assert 0 < taken < MOST_MIB
