"""Which column is which: by the names of three languages and of other programs, and by what stands in the cells."""

from __future__ import annotations

import pytest

from addressbook import columns
from addressbook.imports import lands
from addressbook.imports.matching import matched, repeated
from addressbook.imports.quoting import quoted, unquoted
from addressbook.imports.shaping import shaped
from security.spreadsheets import FORMULAS

GOOGLE = [
    "First Name", "Middle Name", "Last Name", "Organization Name", "Notes", "Labels", "E-mail 1 - Label",
    "E-mail 1 - Value", "Phone 1 - Label", "Phone 1 - Value", "Address 1 - Label", "Address 1 - Formatted",
    "Address 1 - Street", "Address 1 - City", "Address 1 - Region", "Address 1 - Postal Code", "Address 1 - Country",
]  # fmt: skip
ANN = [
    "Ann", "", "Lee", "Acme", "", "* myContacts ::: Family", "Work", "ann@example.com", "Mobile",
    "9123 4567 ::: 2345 6789", "Home", "8 Nathan Road\nMong Kok", "8 Nathan Road", "Mong Kok", "", "", "HK",
]  # fmt: skip
OUTLOOK = ["Title", "First Name", "Last Name", "Company", "Business Street", "Business City", "Business Country/Region",
           "Home Street", "Home City", "Home Postal Code", "Home Country/Region", "Mobile Phone", "E-mail Address",
           "Categories"]  # fmt: skip
BEN = [
    "",
    "Ben",
    "Ho",
    "",
    "",
    "",
    "",
    "10 High Street",
    "London",
    "SW1A 1AA",
    "United Kingdom",
    "",
    "b@example.com",
    "",
]


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_our_own_headings_are_known_in_every_language(language: str) -> None:
    headings = columns.headings(language)

    assert matched([headings, ["x"] * len(headings)]).columns == [column.name for column in columns.COLUMNS]


def test_no_heading_of_ours_is_another_column() -> None:
    for column in columns.TARGETS:
        for heading in (column.name, column.english, column.traditional, column.simplified):
            known = columns.known_as(heading)
            assert known is not None
            assert known.column == column.name, heading


def test_googles_file_is_understood() -> None:
    match = matched([GOOGLE, ANN])
    details = shaped(ANN, match.columns, country="HK").details

    assert (details.name, details.company, details.tags) == ("Ann Lee", "Acme", ["Family"])
    assert (details.phone, details.lines, details.city) == ("9123 4567", ["8 Nathan Road"], "Mong Kok")
    assert details.district == "Yau Tsim Mong"


def test_of_outlooks_addresses_the_one_counts_that_is_filled() -> None:
    details = shaped(BEN, matched([OUTLOOK, BEN]).columns, country="HK").details

    assert (details.lines, details.city, details.postcode, details.country) == (
        ["10 High Street"], "London", "SW1A 1AA", "GB",
    )  # fmt: skip


def test_an_address_is_never_put_together_of_two() -> None:
    cells = [
        "Ms",
        "Amy",
        "Wong",
        "",
        "",
        "Wan Chai",
        "Hong Kong",
        "1 Home Road",
        "Sha Tin",
        "",
        "Hong Kong",
        "",
        "",
        "",
    ]
    match = matched([OUTLOOK, cells, [*cells[:4], "5 Business Road", *cells[5:]], cells])
    mixed = shaped([*cells[:4], "5 Business Road", *cells[5:]], match.columns, country="HK").details

    assert (match.columns[5], match.columns[8]) == ("other_city", "city")
    assert (mixed.lines, mixed.district) == (["1 Home Road"], "Sha Tin")
    assert mixed.notes == "Other address: 5 Business Road, Wan Chai, Hong Kong"


def test_whoever_has_only_the_other_address_gets_that_one_and_it_is_said() -> None:
    columns_of_most = matched([OUTLOOK, *[BEN] * 3]).columns
    made = shaped(["", "Amy", "Wong", "Beta", "1 Rue", "Paris", "France", *[""] * 7], columns_of_most, country="HK")

    assert (made.details.lines, made.details.city, made.details.country) == (["1 Rue"], "Paris", "FR")
    assert [(flaw.code, flaw.is_doubt) for flaw in made.flaws] == [("other_address", True)]


@pytest.mark.parametrize(
    ("cells", "name", "notes"),
    [(["Edith", "Smith", "Bubbles"], "Edith Smith", "Nickname: Bubbles"), (["", "", "Bubbles"], "Bubbles", "")],
)
def test_a_nickname_is_no_name_beside_the_name(cells: list[str], name: str, notes: str) -> None:
    details = shaped(cells, matched([["First Name", "Last Name", "Nickname"], cells]).columns, country="HK").details

    assert (details.name, details.notes) == (name, notes)


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("addresseeCompanyName", "company"),
        ("recipientPostalNo", "postcode"),
        ("addresseeAddr3", "line3"),
        ("收件人", "name"),
        ("收件人姓名", "name"),
        ("手机号码", "phone"),
        ("Ｅ－ＭＡＩＬ", "email"),
        ("e_mail", "email"),
        ("邮政编码", "postcode"),
        ("联系人", "name"),
        ("联系电话", "phone"),
        ("详细地址", "address"),
        ("收货地址", "address"),
        ("聯絡地址", "address"),
        ("Phone No.", "phone"),
        ("Mobile No.", "phone"),
        ("City/Town", "city"),
        ("State/Province/Region", "state"),
        ("Nickname", "nickname"),
    ],
)
def test_other_programs_names_are_known(heading: str, column: str) -> None:
    assert matched([[heading], ["x"]]).columns == [column]


def test_columns_without_headings_are_known_by_what_they_hold() -> None:
    match = matched([["陳大文", "a@example.com", "9123 4567", "Sha Tin", "GB"]] * 3)

    assert match.columns == ["", "email", "phone", "district", "country"]
    assert not match.has_headings
    assert matched([["Wer", "Post"], ["Ann", "a@example.com"]]).has_headings


def test_a_column_given_twice_is_named() -> None:
    assert repeated(["name", "email", "", "", "email"]) == ["email"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("HKG", "HK"), ("GBA", "GB"), ("CNC", "CN"), ("USA", "US"), ("AUT", "AT"), ("CHN", "CN"), ("英國", "GB"),
     ("澳洲", "AU"), ("Deutschland", "DE"), ("us", "US"), ("Atlantis", ""), ("", ""),
     ("UAE", "AE"), ("PRC", "CN"), ("RSA", "ZA"), ("CNJ", "CN"), ("MYC", "MY"), ("TAA", "SH"), ("uga", "UG"),
     ("IRE", ""), ("ROC", ""), ("CHI", ""), ("GBB", ""), ("SUN", ""), ("ANT", ""),
     ("中国", "CN"), ("中国大陆", "CN"), ("中华人民共和国", "CN"), ("中国香港", "HK"), ("中国澳门", "MO")],
)  # fmt: skip
def test_countries_are_known_by_code_and_name(text: str, code: str) -> None:
    assert lands.country_of(text) == code


@pytest.mark.parametrize("text", [*(f"{sign}1" for sign in FORMULAS), "'=x", "''+y", "plain", "'quoted'", "", "'"])
def test_what_is_quoted_comes_back_and_is_no_formula(text: str) -> None:
    assert unquoted(quoted(text)) == text
    assert not quoted(text).startswith(FORMULAS)


def test_tags_come_back_from_one_cell() -> None:
    tags = ["Tea", "a, b", 'say "x"', "x:::y", "茶；水"]

    assert columns.tags_in(columns.tags_as_text(tags)) == tags
    assert columns.tags_in("a,b; c，d\n* e") == ["a", "b", "c", "d", "* e"]


def test_a_name_in_parts_is_put_together_as_its_script_does() -> None:
    chosen = ["given_name", "family_name", "address", "country"]

    assert shaped(["Ann", "Lee", "x", "GB"], chosen, country="HK").details.name == "Ann Lee"
    chinese = shaped(["大文", "陳", "九龍旺角\n亞皆老街88號", "HK"], chosen, country="HK").details
    assert (chinese.local_name, chinese.local_lines) == ("陳大文", ["九龍旺角", "亞皆老街88號"])
    mixed = shaped(["大文", "陳", "88 Argyle Street", "HK"], chosen, country="HK").details
    assert (mixed.name, mixed.local_name, mixed.lines) == ("陳大文", "", ["88 Argyle Street"])


@pytest.mark.parametrize(
    ("written", "kept", "doubts"),
    [
        ("Mong Kok", ("Yau Tsim Mong", "Mong Kok", ""), ["district_from_place"]),
        ("Kowloon", ("", "", "Kowloon"), []),
        ("Narnia", ("Narnia", "", ""), ["unknown_district"]),
        ("Central & Western", ("Central & Western", "", ""), []),
        ("油尖旺區", ("油尖旺區", "", ""), []),
    ],
)
@pytest.mark.parametrize("line", ["line1", "local_line1"])
def test_what_is_no_district_is_resolved_or_said(
    line: str, written: str, kept: tuple[str, str, str], doubts: list[str]
) -> None:
    made = shaped(["Ann", "1 Road", written], ["name", line, "district"], country="HK")

    assert (made.details.district, made.details.city, made.details.state) == kept
    assert [(flaw.code, flaw.is_doubt) for flaw in made.flaws] == [(code, True) for code in doubts]


@pytest.mark.parametrize(
    ("row", "kept", "doubts"),
    [
        ({"line1": "1 Road", "district": "旺角"}, {"city": "Mong Kok"}, 1),
        ({"local_line1": "彌敦道8號", "district": "旺角"}, {"city": "", "local_lines": ["旺角", "彌敦道8號"]}, 1),
        ({"local_line1": "旺角彌敦道8號", "district": "旺角"}, {"city": "", "local_lines": ["旺角彌敦道8號"]}, 1),
        ({"line1": "1 Road", "district": "Mong Kok", "city": "Foo"}, {"city": "Foo, Mong Kok"}, 1),
        ({"line1": "1 Road", "district": "Mong Kok", "city": "Mong Kok"}, {"city": "Mong Kok"}, 1),
        ({"line1": "1 Road", "district": "Kowloon", "state": "New Territories"}, {"district": "Kowloon"}, 1),
        ({"line1": "1 Road", "district": "Kowloon", "state": "Kowloon"}, {"district": "", "state": "Kowloon"}, 0),
    ],
)
def test_nothing_of_what_stood_as_a_district_is_lost(row: dict[str, str], kept: dict[str, object], doubts: int) -> None:
    made = shaped(["Ann", *row.values()], ["name", *row], country="HK")

    assert {name: getattr(made.details, name) for name in kept} == kept
    assert sum(flaw.is_doubt for flaw in made.flaws) == doubts


def test_a_long_address_in_one_cell_is_broken_at_its_commas() -> None:
    text = ", ".join(f"{n} Very Long Street Name Indeed" for n in range(8))

    lines = shaped([text], ["address"], country="GB").details.lines

    assert " ".join(lines) == text
    assert all(len(line) <= 100 for line in lines)
