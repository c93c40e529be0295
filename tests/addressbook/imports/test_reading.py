"""Files good, broken and hostile, as rows of text: whatever comes, there are rows or a code that people can act on."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from openpyxl.worksheet._reader import WorkSheetParser

from addressbook.imports.reading import Kind, Options, Row, Unusable, open_source, sheets
from addressbook.imports.reading.encodings import decoded, looks_misread
from addressbook.imports.shaping import shaped
from addressbook.imports.words import FAILURES, FLAWS
from tests.addressbook.imports.files import ANN, HEADINGS, card, changed_xlsx, csv_file, xlsx_file

CHINESE = [["姓名", "地址"], ["陳大文", "九龍旺角亞皆老街88號"], ["黃小玲", "新界沙田正街18號"]]
SIMPLIFIED = [["姓名", "地址"], ["陈大文", "深圳市福田区深南大道6001号"], ["王鑫", "上海市浦东新区"]]
WESTERN = [["Nom", "Adresse"], ["José Müller", "12 rue de l’Église"], ["Élodie Ångström", "Straße 5"]]
SHEET = "xl/worksheets/sheet1.xml"


def read(data: bytes, **options: str) -> list[Row]:
    return list(open_source(data, Options(**options)).rows)


def cells(data: bytes, **options: str) -> list[list[str]]:
    return [row.cells for row in read(data, **options)]


def code(data: bytes) -> str:
    with pytest.raises(Unusable) as raised:
        read(data)
    assert raised.value.code in FAILURES
    return raised.value.code


# Encodings and delimiters ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "encoding"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "utf-16"),
        (CHINESE, "big5"),
        (CHINESE, "big5hkscs"),
        (SIMPLIFIED, "gbk"),
        (SIMPLIFIED, "gb18030"),
        (CHINESE, "gbk"),
        (WESTERN, "cp1252"),
        (WESTERN, "utf-16-le"),
        (WESTERN, "utf-16-be"),
        (WESTERN, "utf-8"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter_is_found_out(rows: list[list[str]], encoding: str, delimiter: str) -> None:
    assert cells(csv_file(rows, encoding=encoding, delimiter=delimiter)) == rows


@pytest.mark.parametrize(
    ("text", "is_odd"),
    [("陳大文", True), ("東京都渋谷区", True), ("José Nuñez “Ñ” – 10 €", False), ("Müller", False), ("Ann", False)],
)
def test_western_text_that_is_none_is_noticed(text: str, is_odd: bool) -> None:
    data = text.encode("shift_jis" if "渋" in text else "gbk" if is_odd else "cp1252")

    assert looks_misread(data.decode("cp1252", errors="replace"), "cp1252") == is_odd


@pytest.mark.parametrize(("text", "is_odd"), [("刘德华", True), ("何家豪", True), ("陳大文" * 9, False)])
def test_a_few_chinese_characters_may_be_as_many_others(text: str, is_odd: bool) -> None:
    read, encoding = decoded(f"Name\r\n{text}\r\n".encode("gbk" if is_odd else "big5"))

    assert looks_misread(read, encoding) == is_odd


def test_the_wrong_guess_can_be_corrected() -> None:
    data = "ÄÖ,x\r\n".encode("gb18030")

    assert cells(data, encoding="gb18030") == [["ÄÖ", "x"]]
    assert cells(b"a;b,c\r\n", delimiter=";") == [["a", "b,c"]]


def test_a_character_that_is_none_marks_its_cell_and_spares_the_others() -> None:
    data = csv_file([["陳大文", "x"], ["黃小玲", "y"]]) + b"Bad \xff,z\r\n"

    rows = read(data)

    assert [row.flaws for row in rows] == [[], [], [(0, "undecodable")]]


def test_breaks_of_every_kind_end_rows_and_stay_within_quotes() -> None:
    assert cells(b'a,b\r\n1,"x\r\ny"\r2,z\n3,w') == [["a", "b"], ["1", "x\r\ny"], ["2", "z"], ["3", "w"]]


def test_what_keeps_a_cell_from_being_worked_out_is_taken_off() -> None:
    assert cells(b'a,b\n"=""0123""",="45"\n') == [["a", "b"], ["0123", "45"]]
    assert cells(b"sep=;\r\na;b\r\n") == [["a", "b"]]


@pytest.mark.parametrize("text", ["x" * 9_000_000, '"' + "x" * 9_000_000, "," * 1_000, "a,b\n" + "1," * 1_000 + "\n"])
def test_endless_lines_and_rows_end_soon(text: str) -> None:
    began = time.monotonic()
    with suppress(Unusable):
        assert all(flaw in FLAWS for row in read(text.encode()) for _place, flaw in row.flaws)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \r\n \r\n", "empty"),
        (b'a,b\n1,"never closed\n2,x\n', "open_quote"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"),
        (b"%PDF-1.7", "wrong_kind"),
        (b"\x89PNG\r\n", "wrong_kind"),
        (b"\x1f\x8b\x08", "packed"),
        (b"<html><table>", "markup"),
        (b"PK\x03\x04 no archive", "broken_workbook"),
        (bytes(range(9)) * 200 + b"\0" * 800, "not_text"),
    ],
)
def test_what_is_no_list_is_refused_by_its_first_bytes(data: bytes, why: str) -> None:
    assert code(data) == why


NAUGHTY = [
    "a\0b", "\u202egnp.exe", "Ω≈ç√∫˜µ", "=cmd|' /C calc'!A0", "'; DROP TABLE contacts; --", "<script>alert(1)</script>",
    "{{ 7*7 }}", "%s%n", "../../etc/passwd", "\ufeff", "ﷺ" * 40, "👩‍👩‍👧‍👦", "NULL", "undefined", "1e1000", "\u2028",
]  # fmt: skip


def test_naughty_strings_are_cells_like_others() -> None:
    assert [row[1] for row in cells(csv_file([["n", text] for text in NAUGHTY]))] == NAUGHTY


# Workbooks ----------------------------------------------------------------


def test_a_workbook_gives_cells_as_a_person_sees_them() -> None:
    data = xlsx_file(
        [["Name", "Zip", "Phone", "Text"], ["Ann", 123, 91234567, "0123"], ["Ben", 1.5, 852912345678901234, True]],
        formats={"B2": "00000"},
    )

    rows = read(data)

    assert rows[1].cells == ["Ann", "00123", "91234567", "0123"]
    assert (rows[2].cells[1], rows[2].cells[3], rows[2].flaws) == ("1.5", "yes", [(2, "rounded")])
    assert open_source(data).kind is Kind.XLSX


def sheet(change: Any) -> bytes:
    return changed_xlsx(xlsx_file([["Name"], ["Ann"]]), SHEET, change)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {  # made when they are needed: some are large
    "entities": (
        lambda: sheet(lambda xml: b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + xml),
        "strange_xml",
    ),
    "another encoding": (lambda: sheet(lambda xml: xml.decode().encode("utf-16")), "strange_xml"),
    "a codec that hides": (
        lambda: sheet(lambda xml: b'<?xml version="1.0" encoding="cp037"?>' + xml.split(b"?>")[-1]),
        "strange_xml",
    ),
    "a bomb": (lambda: sheet(lambda xml: b" " * 151_000_000), "unpacks_too_large"),
    "strings without end": (
        lambda: changed_xlsx(xlsx_file([["Name"]]), "xl/sharedStrings.xml", lambda xml: b" " * 41_000_000),
        "unpacks_too_large",
    ),
    "macros": (lambda: changed_xlsx(xlsx_file([["Name"]]), "xl/vbaProject.bin", lambda xml: b"x"), "macros"),
    "another archive": (
        lambda: changed_xlsx(xlsx_file([["Name"]]), "xl/workbook.bin", lambda xml: b"x"),
        "binary_workbook",
    ),
    "a row past all": (
        lambda: sheet(lambda xml: xml.replace(b'<row r="2"', b'<row r="99999999999"')),
        "too_many_rows",
    ),
    "a formula without result": (
        lambda: sheet(
            lambda xml: xml.replace(b"</sheetData>", b'<row r="3"><c r="A3"><f>1+1</f></c></row></sheetData>')
        ),
        "uncalculated",
    ),
    "xml that ends": (lambda: sheet(lambda xml: xml[: len(xml) // 2]), "broken_workbook"),
    "cut off": (lambda: xlsx_file([["Name"], ["Ann"]])[:-40], "broken_workbook"),
}


@pytest.mark.parametrize(("made", "why"), list(HOSTILE.values()), ids=list(HOSTILE))
def test_a_hostile_workbook_is_refused_soon(made: Callable[[], bytes], why: str) -> None:
    data, began = made(), time.monotonic()

    assert code(data) == why
    assert time.monotonic() - began < 10


def test_a_cell_with_a_format_far_below_is_no_row() -> None:
    data = xlsx_file([["Name"], ["Ann"]], {"A300000": "0.00"})

    assert cells(data) == [["Name"], ["Ann"]]


def formatted(blank: range, below: bytes = b"") -> bytes:
    """Return a workbook of Ann with rows below her that hold formats alone, and then what else is given."""
    rows = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (row, row) for row in blank)
    return sheet(lambda xml: xml.replace(b"</sheetData>", rows + below + b"</sheetData>"))


BELOW = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>Ben</t></is></c></row>'


def test_a_workbook_formatted_to_the_bottom_is_read_to_its_last_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LONG_RUN", 20)
    monkeypatch.setattr(sheets, "MOST_BLANK", 50)
    beats: list[int] = []
    monkeypatch.setattr(sheets, "BEAT_ROWS", 10)

    source = open_source(formatted(range(3, 90)), beat=beats.append)

    assert [row.cells for row in source.rows] == [["Name"], ["Ann"]]
    assert beats == [10, 20, 0], "what is below is looked through once, not read"


@pytest.mark.parametrize("number", [b' r="90"', b""], ids=["numbered", "counted"])
def test_what_stands_below_many_rows_with_formats_alone_is_found(
    monkeypatch: pytest.MonkeyPatch, number: bytes
) -> None:
    monkeypatch.setattr(sheets, "LONG_RUN", 20)
    monkeypatch.setattr(sheets, "_PIECE", 100)  # so that tags are cut off
    below = (BELOW % (90, 90)).replace(b' r="90"', number)

    rows = read(formatted(range(3, 90), below=below + b"<row/>" * 30))

    assert [(row.number, row.cells) for row in rows] == [(1, ["Name"]), (2, ["Ann"]), (90, ["Ben"])]


def test_a_value_below_more_blank_rows_than_one_may_have_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LONG_RUN", 20)
    monkeypatch.setattr(sheets, "MOST_BLANK", 50)

    assert code(formatted(range(3, 90), below=BELOW % (90, 90))) == "too_many_blanks"


def test_a_sheet_that_does_not_say_its_size_is_not_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(_parser: object) -> None:
        raise AssertionError

    monkeypatch.setattr(WorkSheetParser, "parse_dimensions", parse)

    assert cells(sheet(lambda xml: re.sub(b"<dimension[^>]*>", b"", xml))) == [["Name"], ["Ann"]]


@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml", "_rels/.rels"])
def test_a_part_of_very_many_tags_that_is_held_as_a_whole_is_refused(part: str) -> None:
    data = changed_xlsx(xlsx_file([["Name"]]), part, lambda xml: xml + b"<x/>" * (sheets.MOST_TAGS + 1))

    assert code(data) == "unpacks_too_large"


def test_one_row_of_a_million_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_OF_ROW", 100_000)
    data = formatted(range(3, 4), below=b"<row>" + b"<c/>" * 30_000 + b"</row>")

    assert code(data) == "unpacks_too_large"


def test_many_rows_may_be_longer_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_OF_ROW", 100_000)
    rows = [["Name"], *(["x" * 1_000, str(number)] for number in range(300))]

    assert len(read(xlsx_file(rows))) == 301


def test_rows_of_empty_texts_are_blank_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_BLANK", 50)
    blank = b"".join(b'<row r="%d"><c t="inlineStr"><is><t></t></is></c></row>' % row for row in range(4, 90))

    assert code(formatted(range(3, 4), below=blank)) == "too_many_blanks"


def test_a_sheet_that_claims_a_billion_cells_is_read_as_far_as_it_goes() -> None:
    data = sheet(lambda xml: xml.replace(b'ref="A1:A2"', b'ref="A1:XFD1048576"'))

    assert cells(data) == [["Name"], ["Ann"]]


def test_a_row_of_thousand_cells_is_marked() -> None:
    rows = read(xlsx_file([["Name"], ["x"] * 1_000]))

    assert rows[1].flaws == [(-1, "too_many_cells")]


# vCards ----------------------------------------------------------------


def one_card(text: str) -> dict[str, str]:
    source = open_source(text.encode())
    (row,) = source.rows
    assert source.kind is Kind.VCARD
    return {name: cell for name, cell in zip(source.names or [], row.cells, strict=False) if cell}


@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
def test_a_card_is_a_row_of_our_columns(version: str) -> None:
    found = one_card(
        card(
            "FN:Chan Tai Man",
            "N:Chan;Tai Man;;;",
            "ORG:Acme\\, Ltd;Sales",
            "item1.TEL;TYPE=WORK,FAX:+852 2345 6789",
            "TEL;TYPE=CELL:+852 9123 4567",
            "TEL;VALUE=uri;TYPE=home:tel:+852-2000-0000",
            "EMAIL;TYPE=INTERNET:tai@example.com",
            'ADR;TYPE=HOME;LABEL="x;y:z":;Flat 2;8 Nathan Road\\nMong Kok;Kowloon;;;Hong Kong',
            "CATEGORIES:Family,Tea\\, club",
            "NOTE:Call\\nfirst",
            "PHOTO;ENCODING=b;TYPE=JPEG:" + "A" * 5000,
            " " + "A" * 100,
            version=version,
        )
    )

    assert found == {
        "name": "Chan Tai Man",
        "company": "Acme, Ltd",
        "fax": "+852 2345 6789",
        "phone": "+852 9123 4567",
        "email": "tai@example.com",
        "line1": "Flat 2",
        "line2": "8 Nathan Road",
        "line3": "Mong Kok",
        "city": "Kowloon",
        "country": "Hong Kong",
        "tags": "Family; Tea, club",
        "notes": "Call\nfirst",
        "further": "Department: Sales\nTelephone (home): +852-2000-0000",
    }


def test_quoted_printable_and_unindented_pictures_of_old_phones_are_read_past() -> None:
    found = one_card(
        card(
            "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E9=99=B3;=E5=A4=\r\n=A7=E6=96=87;;;",
            "PHOTO;ENCODING=BASE64;JPEG:AAAA",
            "BBBB==",
            "",
            version="2.1",
        )
    )

    assert found == {"family_name": "陳", "given_name": "大文"}


def test_a_broken_card_does_not_take_the_others_with_it() -> None:
    text = card("FN:Ann") + card("FN:Ben", "what is this?") + card("FN:Agent", "BEGIN:VCARD", "FN:Inner", "END:VCARD")

    rows = read((text + "BEGIN:VCARD\nFN:Cut off\n").encode())

    assert [row.cells[0] for row in rows] == ["Ann", "Ben", "Agent", "Cut off"]
    assert [row.flaws for row in rows] == [[], [(-1, "broken_line")], [], [(-1, "open_card")]]


def test_cards_in_cards_without_end_are_refused() -> None:
    assert code(b"BEGIN:VCARD\n" * 100_000) == "nested_cards"


@pytest.mark.parametrize("piece", ["\\", ";", '"', "=\n", "\n ", "FN:x\n", "A;B=C;"])
def test_a_card_of_one_thing_ends_soon(piece: str) -> None:
    began = time.monotonic()
    read(("BEGIN:VCARD\nNOTE;ENCODING=QUOTED-PRINTABLE:" + piece * (600_000 // len(piece))).encode())

    assert time.monotonic() - began < 10


def test_headings_and_a_row_in_one_word() -> None:
    assert cells(csv_file([HEADINGS, ANN])) == [HEADINGS, ANN]
    assert decoded(b"plain")[1] == "utf-8"


def test_nothing_of_a_card_is_dropped_without_a_word() -> None:
    text = card(
        "FN:Tai Man Chan", "ORG:Acme Ltd;Sales Dept", "TITLE:Manager", "EMAIL;TYPE=home,pref:MAILTO:home@example.com",
        "EMAIL;TYPE=work:work@example.com", "TEL;TYPE=cell:9123 4567", "TEL;TYPE=work:2345 6789",
        "ADR;TYPE=home,pref:;;Flat A\\, 12/F;Mei Foo;;;Hong Kong", "ADR;TYPE=work:;;88 Des Voeux Road;Central;;;HK",
        "NOTE:first", "NOTE:second", version="3.0",
    )  # fmt: skip
    source = open_source(text.encode())
    cells = next(source.rows).cells
    made = shaped(cells, source.names or [], country="HK")

    assert (made.details.email, made.details.phone, made.details.city) == ("home@example.com", "9123 4567", "Mei Foo")
    assert made.details.notes.splitlines() == [
        "first", "Department: Sales Dept", "Title: Manager", "E-mail (work): work@example.com",
        "Telephone (work): 2345 6789", "Address (work): 88 Des Voeux Road, Central, HK", "Note: second",
    ]  # fmt: skip
    full = shaped(["Ann", "x" * 2000, "Title: Manager"], ["name", "notes", "further"], country="HK")
    assert ("notes", "no_room", True) in {(flaw.column, flaw.code, flaw.is_doubt) for flaw in full.flaws}


def test_what_google_has_several_of_goes_into_the_notes() -> None:
    names = ["name", "phone", "line1", "city", "country", "notes"]
    cells = ["Ann", "9123 4567 ::: 2345 6789", "1 Road ::: 2 Street", "London ::: Paris", "GB ::: FR", "Hello"]
    details = shaped(cells, names, country="HK").details

    assert (details.phone, details.lines, details.city, details.country) == ("9123 4567", ["1 Road"], "London", "GB")
    assert details.notes == "Hello\nTelephone: 2345 6789\nAddress: 2 Street, Paris, FR"
