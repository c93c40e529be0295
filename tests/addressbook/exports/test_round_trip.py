"""Import(export(book)) is the identity: whatever a book can hold comes back as it was, from each kind of file."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import BytesIO, StringIO

import openpyxl
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from addressbook import columns
from addressbook.details import ContactDetails, InvalidContact, checked
from addressbook.exports.models import Kind
from addressbook.exports.writing import FORMATS
from addressbook.imports import matching
from addressbook.imports.checking import Rules, details_of, items_of
from addressbook.imports.doubles import Index
from addressbook.imports.reading import open_source
from security.spreadsheets import FORMULAS

LANGUAGES = ("en", "zh-hant", "zh-hans")
KINDS = list(Kind.values)


def written(contacts: list[ContactDetails], kind: str, *, language: str = "en", has_mark: bool = False) -> bytes:
    """Write a file in pieces of three, as the worker does in larger ones."""
    form = FORMATS[kind]
    pieces = [form.piece(contacts[at : at + 3], at) for at in range(0, len(contacts), 3)]
    return form.whole(pieces, language, has_mark)


def read(data: bytes) -> list[ContactDetails]:
    """Read a file as an import does of which nobody says anything. A row that would stay out fails."""
    source = open_source(data)
    rows = list(source.rows)
    if source.names:
        chosen = list(source.names)
    else:
        match = matching.matched([row.cells for row in rows[: matching.SAMPLE + 1]])
        assert match.has_headings
        chosen, rows = match.columns, rows[1:]
        for row in rows:
            row.cells.extend([""] * (len(chosen) - len(row.cells)))
    items = list(items_of(rows, Rules(chosen, "GB"), Index()))
    assert [item.flaws for item in items if item.is_bad] == []
    return [details_of(item) for item in items]


# Texts that break something somewhere: formulas, quotation marks, escapes, breaks, digits, other scripts.
NAUGHTY = [
    "=1+1", "'=1+1", "''=1+1", "'", "+852", "-1", "@SUM(A1)", "＝1", "'＠x", '="0123"', "0123", "00852", "1E5", "12E34",
    "8.52E+10x", 'say "hi"', '"', "a,b;c", "、，；", ":::", "a ::: b", "* mine", "Starred", "myContacts", "\\", "\\n",
    "a\\,b", "a\\", "x;y", "_x0041_", "_x005F_x0041_", "__x0041_", "<b>&amp;</b>", "]]>", "QUOTED-PRINTABLE=", "x=",
    "BEGIN:VCARD", "END:VCARD", "sep=;", "Name", "yes", "NULL", "#N/A", "#REF!", "TRUE", "1/2", "2026-03-27", "(555)",
    "陳大文", "陈大文", "Ｆｕｌｌ", "Łódź", "é", "ﬁ", "👩‍👩‍👧", "😀", "नि", "ا", "ﷺ", "\U0001f1ed\U0001f1f0", "ꙮ",
    "mailto:x", "tel:1", "TYPE=x", ";;;", "a:b", "http://x.example/?a=b&c", "%s%n", "{{ 7*7 }}", "${7}", "../../x",
    "' OR 1=1 --", "a" * 100,
]  # fmt: skip
LATIN = st.text(st.characters(codec="latin-1", exclude_categories=["Cc", "Cs"]), max_size=40)
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd"), max_size=40)
LOOSE = st.one_of(st.sampled_from(NAUGHTY), ANY)
STRICT = st.one_of(st.sampled_from([text for text in NAUGHTY if text.isascii()]), LATIN)
PHONES = st.sampled_from(["", "+85291234567", "91234567", "020 7946 0000", "+442079460123", "+13125550199"])
EMAILS = st.sampled_from(["", "ann@example.com", '"a:::b"@example.com', "=x@example.com", "'+x@example.com"])
NOTES = st.lists(LOOSE, max_size=4).map("\n".join)
TAGS = st.lists(LOOSE.map(lambda text: text[:40]), max_size=5)


def place(draw: st.DrawFn) -> dict[str, object]:
    """Draw where somebody is: at home in either script, or abroad, with codes that begin with zeros."""
    return draw(
        st.one_of(
            st.fixed_dictionaries({
                "country": st.just("HK"), "lines": st.lists(LOOSE, min_size=1, max_size=4),
                "district": st.sampled_from(["Sha Tin", "沙田", "Central and Western"]), "city": LOOSE,
                "local_name": LOOSE, "local_lines": st.lists(LOOSE, max_size=4),
            }),
            st.fixed_dictionaries({
                "country": st.just("HK"), "local_name": LOOSE, "local_lines": st.lists(LOOSE, min_size=1, max_size=4),
            }),
            st.fixed_dictionaries({
                "country": st.just("US"), "lines": st.lists(STRICT, min_size=1, max_size=4),
                "city": STRICT, "state": st.just("MA"), "postcode": st.just("02134"), "district": STRICT,
            }),
            st.fixed_dictionaries({
                "country": st.just("GB"), "lines": st.lists(STRICT, min_size=1, max_size=3),
                "city": STRICT, "postcode": st.just("E1 6AN"), "local_name": LOOSE,
            }),
            st.fixed_dictionaries({
                "country": st.sampled_from(["AE", "BS", "CN", "MO", "TW", "JP", "SG"]), "city": STRICT,
                "lines": st.lists(STRICT, min_size=1, max_size=4), "state": STRICT, "district": STRICT,
                "postcode": st.sampled_from(["", "12E34", "0123", "001-0000", "012345"]),
            }),
        )
    )  # fmt: skip


@st.composite
def contacts(draw: st.DrawFn) -> ContactDetails:
    """Draw a contact as a book holds it: one that the checks let in, in its usual spelling."""
    where = place(draw)
    at_home = where["country"] == "HK"
    details = ContactDetails(
        **where,  # type: ignore[arg-type]  # drawn by name
        name=draw(LOOSE if at_home else STRICT),
        company=draw(LOOSE if at_home else STRICT),
        email=draw(EMAILS),
        phone=draw(PHONES),
        fax=draw(PHONES),
        tags=draw(TAGS),
        notes=draw(NOTES),
        can_send=draw(st.booleans()),
        can_receive=draw(st.booleans()),
    )
    try:
        kept = checked(details)
        assume(checked(kept) == kept)
    except InvalidContact:
        assume(False)
    return kept


HK = ContactDetails(name="Ann", lines=["8 Nathan Road"], district="Yau Tsim Mong", state="Kowloon")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(contacts(), min_size=1, max_size=7), st.sampled_from(LANGUAGES), st.booleans())
@example([HK, replace(HK, district="Mong Kok", state="")], "en", True)
def test_a_book_comes_back_from_its_file_as_it_was(
    kind: str, book: list[ContactDetails], language: str, has_mark: bool
) -> None:
    assert read(written(book, kind, language=language, has_mark=has_mark)) == book


@pytest.mark.parametrize("kind", KINDS)
def test_every_naughty_text_comes_back_in_every_field_that_takes_it(kind: str) -> None:
    book = []
    for text in NAUGHTY:
        try:
            book.append(
                checked(
                    ContactDetails(
                        name=text, company=text, lines=[text, text], district="Sha Tin", local_name=text,
                        local_lines=[text, text, text, text], notes=f"{text}\n{text}\n\n{text}", tags=[text[:40], "b"],
                    )
                )
            )  # fmt: skip
        except InvalidContact:
            assert text == "a" * 100, text

    assert len(book) >= len(NAUGHTY) - 1
    assert read(written(book, kind)) == book


# Safe in spreadsheet programs ----------------------------------------------------------------


def test_no_cell_of_a_table_is_a_formula_and_no_cell_of_a_workbook_anything_but_text() -> None:
    book = [checked(ContactDetails(name=text, lines=[text], district="Sha Tin", notes=text)) for text in NAUGHTY[:14]]

    table = list(csv.reader(StringIO(written(book, Kind.CSV).decode(), newline="")))
    sheet = openpyxl.load_workbook(BytesIO(written(book, Kind.XLSX))).worksheets[0]

    assert table[0] == columns.headings("en")
    assert [cell for row in table for cell in row if cell.startswith(FORMULAS)] == []
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert sheet["A2"].value == "=1+1"


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_are_in_the_language_that_was_asked_for(language: str) -> None:
    table = written([HK], Kind.CSV, language=language, has_mark=True).decode()

    assert table.startswith("\ufeff" + columns.headings(language)[0])


def test_a_card_is_one_that_other_programs_understand() -> None:
    long = checked(ContactDetails(name="陳大文" * 20, lines=["x"], district="Sha Tin", phone="91234567", company="A;B"))

    text = written([long], Kind.VCARD).decode()

    lines = text.split("\r\n")
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:4.0"]
    assert max(len(line.encode()) for line in lines) <= 75
    assert "ADR:;;x;Sha Tin;New Territories;;Hong Kong" in text
    assert {"ORG:A\\;B", "TEL;TYPE=voice:+852 9123 4567"} <= set(lines)


def test_a_card_of_somebody_with_a_chinese_address_alone_has_a_street_for_other_programs() -> None:
    local = checked(ContactDetails(local_name="陳大文", local_lines=["彌敦道8號", "3樓"], district="Yau Tsim Mong"))

    text = written([local], Kind.VCARD).decode()

    assert "ADR:;;彌敦道8號\\n3樓;Yau Tsim Mong;Kowloon;;Hong Kong" in text.replace("\r\n ", "")
    assert read(text.encode()) == [local]


def test_a_street_that_another_program_changed_comes_back() -> None:
    local = checked(ContactDetails(local_name="陳大文", local_lines=["彌敦道8號", "3樓"], district="Yau Tsim Mong"))
    text = written([local], Kind.VCARD).decode().replace("\r\n ", "")

    (back,) = read(text.replace("ADR:;;彌敦道8號\\n3樓;", "ADR:;;太子道9號;").encode())

    assert (back.lines, back.local_lines) == ([], ["太子道9號"])
