from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from addressbook import addresses, countries, districts, phones
from addressbook.addresses import format_address, read_address
from addressbook.details import ContactDetails, InvalidContact, checked
from addressbook.printable import unprintable
from security.texts import clean_text


def codes(**values: Any) -> set[tuple[str, str]]:
    with pytest.raises(InvalidContact) as refused:
        checked(ContactDetails(**values))
    return {(problem.field, problem.code) for problem in refused.value.problems}


def lines(**values: Any) -> list[str]:
    return format_address(checked(ContactDetails(**values)))


def test_hong_kong_goes_from_small_to_large() -> None:
    written = lines(
        country="HK", name="Chan Tai Man", lines=["Flat A, 12/F", "8 Nathan Road"], city="Mong Kok", district="油尖旺區"
    )

    assert written == [
        "Chan Tai Man",
        "Flat A, 12/F",
        "8 Nathan Road",
        "Mong Kok",
        "Yau Tsim Mong",
        "Kowloon",
        "HONG KONG",
    ]


def test_the_island_and_the_territory_stand_once() -> None:
    written = lines(country="HK", name="Lee", lines=["1 Queen's Road"], district="central and western district")

    assert written == ["Lee", "1 Queen's Road", "Central and Western", "HONG KONG"]


@pytest.mark.parametrize(
    ("language", "district", "last"),
    [
        ("en", "Yau Tsim Mong", ["Kowloon", "Yau Tsim Mong", "Kowloon", "HONG KONG"]),
        ("zh-hant", "Yau Tsim Mong", ["Kowloon", "油尖旺區", "九龍", "香港"]),
        ("zh-hans", "Eastern", ["Kowloon", "东区", "香港"]),
        ("zh-hant", "Narnia", ["Kowloon", "Narnia", "九龍", "香港"]),
    ],
)
def test_a_reader_finds_district_and_area_in_their_language(language: str, district: str, last: list[str]) -> None:
    kept = ContactDetails(country="HK", lines=["Kowloon"], district=district, state="Kowloon")
    if found := districts.find(district):
        kept = replace(kept, state=found.area)

    assert read_address(kept, language) == last


def test_chinese_alone_serves_in_hong_kong() -> None:
    details = checked(ContactDetails(country="HK", local_name="陳大文", local_lines=["九龍旺角彌敦道8號"]))

    assert format_address(details, local=True) == ["九龍旺角彌敦道8號", "陳大文"]


@pytest.mark.parametrize(
    ("values", "last"),
    [
        (
            {"country": "GB", "lines": ["10 High Street"], "city": "London", "postcode": "sw1a 1aa"},
            ["LONDON", "SW1A 1AA", "UNITED KINGDOM"],
        ),
        (
            {"country": "US", "lines": ["1 Main St"], "city": "Springfield", "state": "illinois", "postcode": "62701"},
            ["SPRINGFIELD, IL 62701", "UNITED STATES"],
        ),
        ({"country": "FR", "lines": ["1 rue Neuve"], "city": "Paris", "postcode": "75001"}, ["75001 PARIS", "FRANCE"]),
        ({"country": "SG", "lines": ["1 Orchard Road"], "postcode": "238801"}, ["SINGAPORE 238801", "SINGAPORE"]),
        ({"country": "MO", "lines": ["1 Rua do Campo"]}, ["1 Rua do Campo", "MACAO"]),
    ],
)
def test_countries_have_their_own_order(values: dict[str, Any], last: list[str]) -> None:
    assert lines(name="Ann Lee", **values)[-len(last) :] == last


def test_japan_in_its_own_script_begins_with_the_postcode() -> None:
    details = checked(
        ContactDetails(
            country="JP",
            name="Yamada",
            lines=["1-2-3 Shibuya"],
            state="Tokyo",
            postcode="150-0002",
            local_name="山田",
            local_lines=["東京都渋谷区渋谷1-2-3"],
        )
    )

    assert format_address(details, local=True) == ["〒150-0002", "東京都渋谷区渋谷1-2-3", "山田"]


def test_an_address_abroad_needs_what_its_country_needs() -> None:
    assert codes(country="GB", name="Ann", lines=["10 High Street"]) == {("city", "required"), ("postcode", "required")}
    assert codes(country="GB", name="Ann", lines=["1 A"], city="London", postcode="123") == {("postcode", "invalid")}
    assert codes(country="US", name="J", lines=["1 A"], city="B", state="Kent", postcode="62701") == {
        ("state", "invalid")
    }
    assert codes(country="HK", name="Ann", lines=["1 A"]) == {("district", "required")}
    assert codes(country="HK") == {("name", "required"), ("lines", "required"), ("district", "required")}
    assert codes(country="ZZ", name="Ann", lines=["1 A"]) == {("country", "invalid")}


def test_an_address_abroad_is_in_latin_letters() -> None:
    place: dict[str, Any] = {"lines": ["10 High Street"], "city": "London", "postcode": "SW1A 1AA"}

    assert codes(country="GB", name="陳大文", **place) == {("name", "not_latin")}
    assert checked(ContactDetails(country="GB", name="Chloë Łukasz-O’Neill", **place))


def test_a_part_without_a_place_is_kept_with_the_street() -> None:
    written = lines(country="GB", name="Ann", lines=["1 A"], district="Soho", city="London", postcode="SW1A 1AA")

    assert written == ["Ann", "1 A", "Soho", "LONDON", "SW1A 1AA", "UNITED KINGDOM"]


def test_every_country_has_a_form_and_names() -> None:
    for code in countries.codes():
        addresses.address_fields(code)
        assert countries.postal_name(code).isupper()
    for language in ("en", "zh-hant", "zh-hans"):
        with translation.override(language):
            offered = countries.choices()
            assert offered[0][0] == "HK"
            assert len(offered) == len(countries.codes())


def test_there_are_18_districts_in_three_languages_and_three_areas() -> None:
    assert len(districts.DISTRICTS) == 18
    assert {district.area for district in districts.DISTRICTS} == set(districts.AREAS)
    for district in districts.DISTRICTS:
        assert {districts.find(spelling) for spelling in district[:3]} == {district}
    assert districts.find_area("N.T.") == "New Territories"


def test_text_is_composed_and_loses_what_is_invisible() -> None:
    assert clean_text("  Cafe\u0301 \t\u202eevil\u200b\ud800\x00 ") == "Café evil"
    assert clean_text("one  two\r\nthree", keep_breaks=True) == "one two\nthree"
    assert clean_text("\u3164\uffa0\u115f\u2800") == ""  # letters, to Unicode, that nobody sees


def test_too_much_is_refused() -> None:
    found = codes(
        country="HK", name="x" * 101, lines=["a"] * 5, district="North", tags=[f"t{n}" for n in range(21)], email="no"
    )

    assert found == {("name", "too_long"), ("lines", "too_many"), ("tags", "too_many"), ("email", "invalid")}


def test_phones_are_read_where_they_are_dialled() -> None:
    assert phones.normalise("9123 4567", country="HK") == "+852 9123 4567"
    assert phones.e164("020 7946 0018", country="GB") == "+442079460018"
    assert phones.e164("+44 20 7946 0018", country="HK") == "+442079460018"
    assert phones.normalise("12", country="HK") is None
    assert phones.is_hk_mobile("9123 4567")
    assert not phones.is_hk_mobile("2123 4567")
    assert not phones.is_hk_mobile("+44 7911 123456")


def test_a_label_warns_of_what_it_cannot_print() -> None:
    plain = checked(
        ContactDetails(name="Chan", lines=["1 A"], district="North", local_name="陳", local_lines=["北區1號"])
    )
    odd = checked(ContactDetails(name="Chan \U00013000", lines=["1 A"], district="North"))

    assert addresses.warnings_for(plain) == []
    assert "\U00013000" in addresses.warnings_for(odd)[0]


def test_the_short_way_to_no_warning_misses_none() -> None:
    """Whatever the whole label would warn of, the words alone make it look."""
    for odd in ("\U00013000", "é\U00013000", "ß", "ŉ", "中", "\ud7ff"):
        contact = ContactDetails(name=f"Ann {odd}", lines=["1 Road"], city="Leeds", country="GB")
        written = " ".join([*addresses.format_address(contact), *addresses.format_address(contact, local=True)])

        assert bool(addresses.warnings_for(contact)) == bool(unprintable(written)), odd
