"""Countries are found by every name that people write, the same in every process."""

from __future__ import annotations

import pytest

from addressbook import countries
from addressbook.index.sought import LAND, Filters, parts
from addressbook.paste import lands


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Finland", "FI"),
        ("Åland Islands", "AX"),
        ("Côte d'Ivoire", "CI"),
        ("cote d’ivoire", "CI"),
        ("South Georgia & South Sandwich Islands", "GS"),
        ("South Georgia and the South Sandwich Islands", "GS"),
        ("Trinidad and Tobago", "TT"),
        ("Saint Kitts and Nevis", "KN"),
        ("the U.K.", "GB"),
        ("England", "GB"),
        ("Great Britain", "GB"),
        ("America", "US"),
        ("Holland", "NL"),
        ("UAE", "AE"),
        ("Korea", "KR"),
        ("Czech Republic", "CZ"),
        ("Russian Federation", "RU"),
        ("臺灣", "TW"),
        ("韩国", "KR"),
        ("Congo", "CD CG"),
        ("us", ""),
        ("jp", ""),
    ],
)
def test_a_country_is_sought_by_any_of_its_names(written: str, found: str) -> None:
    ways = [way for part in parts(Filters(query=written)) for way in part]
    lands = [way[0].decode() for way in ways if len(way) == 1 and way[0].startswith(LAND.encode())]

    assert lands == [f"{LAND}{code}" for code in found.split()]


def test_each_name_of_ours_finds_its_country() -> None:
    names = [
        (code, countries.name(code, language))
        for code in countries.codes()
        for language in ("en", "zh-hant", "zh-hans")
    ]

    assert [code for code, name in names if countries.named(name) != (code,)] == []


def test_of_a_postal_name_that_several_share_it_is_the_countrys_in_whatever_order_they_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every, made = sorted(countries.codes()), []
    for order in (every, every[::-1]):
        monkeypatch.setattr(countries, "codes", lambda order=order: order)
        made.append(countries._codes_by_name.__wrapped__())

    assert made[0] == made[1]
    assert (made[0]["finland"], made[0]["channel islands"]) == (("FI",), ("GG", "JE"))


@pytest.mark.parametrize(("written", "found"), [("Trinidad and Tobago", "TT"), ("Côte d’Ivoire", "CI"), ("Congo", "")])
def test_a_pasted_text_knows_the_same_names(written: str, found: str) -> None:
    assert lands.named(written) == found
