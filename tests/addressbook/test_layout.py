"""The layout of a book finds and orders as one would by looking at every contact, also after any changes."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from addressbook.folding import COLLATIONS, folded, sorter
from addressbook.index import layout as layouts
from addressbook.index import sought
from addressbook.index.layout import Entry, Filters, Layout, Place, digits

START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ACCOUNT = UUID(int=7)
NAMES = ["Chan Tai Man", "陳大文", "Wong Siu Ming", "王小明", "Élodie Ñuñez", "ÅSA", "李嘉欣", "张伟", "", "O'Neil 2nd"]
TAGS = ["Family", "客戶", "vip", "VIP", "tea house"]
WORDS = [
    "chan",
    "man tai",
    "陈",
    "陳大",
    "harbour",
    "elodie",
    "9123",
    "+852 9123 4",
    "42",
    "zz",
    "客户",
    "客戶",
    "é",
    "",
]


def some_entry(dice: random.Random, number: int) -> Entry:
    values: dict[str, Any] = {
        "name": dice.choice(NAMES),
        "company": dice.choice(["", "Harbour Prints", "維港印刷"]),
        "email": dice.choice(["", f"person{number}@example.com"]),
        "phone": dice.choice(["", f"+852 9123 4{number % 1000:03}", "2345 6789"]),
        "lines": [f"Flat {number}", "8 Nathan Road"],
        "local_name": dice.choice(["", "陳大文"]),
        "tags": dice.sample(TAGS, dice.randint(0, 2)),
    }
    made = START + timedelta(minutes=dice.randint(0, 30))
    used = None if dice.random() < 0.5 else made + timedelta(days=dice.randint(0, 9))
    return Entry(
        UUID(int=dice.getrandbits(128)),
        values,
        dice.choice(["HK", "GB", "JP"]),
        dice.random() < 0.5,
        dice.random() < 0.5,
        made,
        used,
    )


def some_entries(seed: int, count: int) -> list[Entry]:
    dice = random.Random(seed)
    return [some_entry(dice, number) for number in range(count)]


def name_of(entry: Entry) -> str:
    values = entry.values
    return str(values["name"] or values["local_name"] or values["company"])


def looked_at(entries: Sequence[Entry], filters: Filters) -> set[UUID]:
    """Find by looking at every contact, as simply as can be."""
    found = set()
    for entry in entries:
        values = entry.values
        words = [*(str(values[name]) for name in ("name", "company", "email", "phone", "local_name"))]
        text = folded("\n".join([*words, *values["lines"], *values["tags"], digits(values["phone"])]))
        number = "" if any(map(str.isalpha, filters.query)) else digits(filters.query)
        by_words = all(word in text for word in folded(filters.query).split())
        if (
            (by_words or (number and number in text))
            and (not filters.tag or folded(filters.tag) in map(folded, values["tags"]))
            and (not filters.country or entry.country == filters.country)
            and (not filters.use or (entry.can_send if filters.use == "sender" else entry.can_receive))
        ):
            found.add(entry.id)
    return found


def all_pages(layout: Layout, filters: Filters, order: Sequence[int], size: int) -> list[UUID]:
    """Walk forward to the end, and back again: the same contacts."""
    ids, start, pages = list[UUID](), None, list[Any]()
    while True:
        page = layout.page(filters, order, start=start, size=size)
        pages.append(page)
        ids += page.ids
        if page.next is None:
            break
        start = page.next
    back = [pages[-1].ids]
    place = pages[-1].previous
    while place is not None:
        page = layout.page(filters, order, start=place, size=size)
        back.append(page.ids)
        place = page.previous
    assert [one for ids_of_page in reversed(back) for one in ids_of_page][-len(ids) :] == ids
    return ids


FILTERS = [
    *(Filters(query=query) for query in WORDS),
    *(Filters(tag=tag) for tag in ("family", "VIP", "客户", "none")),
    Filters(query="chan", tag="vip", country="HK"),
    Filters(query="9123", use="sender"),
    Filters(country="JP", use="recipient"),
]


WAYS = [(0, 2_000), (0, 3), (2_000, 2_000)]  # of looking: how many are many, and how many rows one by one


@pytest.mark.parametrize(("many", "patient"), WAYS, ids=["row by row", "gathered after all", "in one pass"])
@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_it_finds_what_looking_at_every_contact_finds(
    monkeypatch: pytest.MonkeyPatch, filters: Filters, many: int, patient: int
) -> None:
    monkeypatch.setattr(layouts, "MANY", many)
    monkeypatch.setattr(layouts, "PATIENT", patient)
    entries = some_entries(1, 120)
    layout = Layout.unpacked(Layout.of(entries, account_id=ACCOUNT, version=3).packed())

    for order in _orders(layout):
        found = all_pages(layout, filters, order, size=7)
        assert len(found) == len(set(found))
        assert set(found) == looked_at(entries, filters)


def by_use(entry: Entry) -> tuple[bool, datetime, datetime, bytes]:
    """Those that were used before those that never were."""
    return entry.used_at is not None, entry.used_at or entry.created_at, entry.created_at, entry.id.bytes


def test_it_is_in_order() -> None:
    entries = some_entries(2, 150)
    layout = Layout.of(entries, account_id=ACCOUNT, version=3)
    by_id = {entry.id: entry for entry in entries}

    def walked(order: Sequence[int]) -> list[Entry]:
        return [by_id[one] for one in all_pages(layout, Filters(), order, size=40)]

    assert walked(layout.newest()) == sorted(entries, key=lambda one: (one.created_at, one.id.bytes), reverse=True)
    used = sorted(entries, key=by_use, reverse=True)
    assert walked(layout.last_used()) == used
    for language in COLLATIONS:
        key = sorter(language)
        named = sorted(entries, key=lambda one: (key(name_of(one)), one.id.bytes))
        assert walked(layout.named(language)) == named


def _counted(layout: Layout) -> dict[str, int]:
    return {tag: count for tag, (_spelt, count) in layout.tags.items()}


def _orders(layout: Layout) -> list[Sequence[int]]:
    return [layout.newest(), layout.last_used(), *(layout.named(language) for language in COLLATIONS)]


@pytest.mark.parametrize("seed", range(12))
def test_brought_up_it_is_as_if_made_anew(seed: int) -> None:
    dice = random.Random(seed + 1_000)
    entries = {entry.id: entry for entry in some_entries(seed, 60)}
    layout = Layout.of(entries.values(), account_id=ACCOUNT, version=1)

    for version in range(2, 8):
        gone = dice.sample(sorted(entries), 3)
        changed = [replace(some_entry(dice, 900), id=one) for one in dice.sample(sorted(entries.keys() - set(gone)), 4)]
        new = [some_entry(dice, 1000 + version)]
        for one in gone:
            del entries[one]
        entries |= {entry.id: entry for entry in (*changed, *new)}
        layout.change([*changed, *new], [*gone, UUID(int=1)], version=version)
        layout = Layout.unpacked(layout.packed())

    anew = Layout.of(entries.values(), account_id=ACCOUNT, version=7)
    for made in (layout, layout.without_gone()):
        assert (len(made), made.version, made.account_id) == (len(entries), 7, ACCOUNT)
        assert _counted(made) == _counted(anew)
        for filters in FILTERS:
            for mine, theirs in zip(_orders(made), _orders(anew), strict=True):
                assert all_pages(made, filters, mine, 9) == all_pages(anew, filters, theirs, 9)
    assert layout.without_gone().gone == 0


@pytest.mark.parametrize("others", [[], [0, 3, 8], [8, 9], [9], range(10)], ids=str)
def test_a_page_whose_first_contact_is_gone_goes_on_where_the_one_before_ended(others: Sequence[int]) -> None:
    """Whatever else is gone of the page before; but where its last contact is gone as well, some may be skipped."""
    entries = sorted(some_entries(3, 30), key=lambda one: (one.created_at, one.id.bytes), reverse=True)
    layout = Layout.of(entries, account_id=ACCOUNT, version=1)
    second = layout.page(Filters(), layout.newest(), start=None, size=10).next
    assert second == Place(entries[10].id, 10, entries[9].id)

    layout.change([], [entries[10].id, *(entries[at].id for at in others)], version=2)

    page = layout.page(Filters(), layout.newest(), start=second, size=10)
    skipped = len(others) if 9 in others else 0
    assert page.ids == [entry.id for entry in entries[11 + skipped : 21 + skipped]]
    assert page.previous is not None or len(others) == 10


def test_a_last_page_whose_only_contact_is_gone_is_empty() -> None:
    entries = sorted(some_entries(3, 11), key=lambda one: (one.created_at, one.id.bytes), reverse=True)
    layout = Layout.of(entries, account_id=ACCOUNT, version=1)
    second = layout.page(Filters(), layout.newest(), start=None, size=10).next

    layout.change([], [entries[10].id], version=2)

    page = layout.page(Filters(), layout.newest(), start=second, size=10)
    assert (page.ids, page.next, page.previous) == ([], None, Place(entries[0].id, 0))


def test_an_earlier_release_takes_it_for_another_form() -> None:
    """Its head stood first, behind eight bytes of its length: so it lays the book out anew, should it come back."""
    packed = Layout.of(some_entries(3, 5), account_id=ACCOUNT, version=1).packed()
    size = int.from_bytes(packed[:8], "big")

    assert json.loads(packed[8 : 8 + size]) == {"form": 0}


def test_an_empty_book_has_pages_too() -> None:
    layout = Layout.unpacked(Layout.of([], account_id=ACCOUNT, version=1).packed())

    page = layout.page(Filters(query="x"), layout.named("en"), start=Place(UUID(int=5), 3), size=10)

    assert (page.ids, page.next, page.previous) == ([], None, None)


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Äpfel", "apple", "Zoo"]),
        ("zh-hant", ["一心", "王小明", "李", "陳大文"]),  # by strokes: 1, 4, 7, 11
        ("zh-hans", ["陈大文", "李", "王小明", "一心"]),  # by sound: chen, li, wang, yi
    ],
)
def test_each_language_orders_names_its_own_way(language: str, names: list[str]) -> None:
    assert sorted({*names}, key=sorter(language)) == names


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Japan", "Mori"),
        ("日本", "Mori"),
        ("mori JAPAN", "Mori"),
        ("United Kingdom", "Lee"),
        ("chan 沙田", "Chan"),
        ("陳 sha tin", "Chan"),
        ("陳 新界", "Chan"),
        ("lee japan", ""),
        ("chan 旺角", ""),
        ("jp", ""),
    ],
)
def test_a_word_of_a_search_may_be_a_place_in_either_script(query: str, found: str) -> None:
    people = [
        ({"name": "Chan", "local_name": "陳", "district": "Sha Tin", "state": "New Territories"}, "HK"),
        ({"name": "Lee", "city": "Leeds"}, "GB"),
        ({"name": "Mori", "city": "Osaka"}, "JP"),
    ]
    entries = [Entry(UUID(int=at), values, land, True, True, START, None) for at, (values, land) in enumerate(people)]
    layout = Layout.of(entries, account_id=ACCOUNT, version=1)

    ids = layout.page(Filters(query=query), layout.named("en"), start=None, size=9).ids

    assert [people[pk.int][0]["name"] for pk in ids] == ([found] if found else [])


LABELS: list[tuple[dict[str, Any], str]] = [
    ({"name": "Kwok", "lines": ["8 Nathan Road"], "district": "Yau Tsim Mong"}, "HK"),
    ({"name": "Fong", "local_name": "方", "lines": ["1 Road"], "district": "Sha Tin"}, "HK"),
    ({"name": "Ho", "lines": ["8 Nathan Road"], "state": "Kowloon"}, "HK"),
    ({"name": "Leung", "lines": ["1 High Street"], "district": "North", "local_lines": ["上水北區"]}, "HK"),
    ({"name": "Hui", "local_lines": ["城門道1號"], "district": "Sha Tin"}, "HK"),
    ({"name": "Zhang", "local_lines": ["北京市海淀区"]}, "CN"),
    ({"name": "Ip", "company": "Bank of Hong Kong", "city": "Leeds"}, "GB"),
    ({"name": "So", "company": "Bank of Tea", "district": "Eastern"}, "HK"),
]


@pytest.mark.parametrize("many", [0, 2_000], ids=["row by row", "in one pass"])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("8 Nathan Road, Kowloon, Hong Kong", "Ho Kwok"),
        ("8 Nathan Road, Kowloon", "Ho Kwok"),
        ("8 Nathan Road, Hong Kong", "Ho Kwok"),
        ("8 Nathan Road, New Territories, Hong Kong", ""),
        ("Sha Tin, N.T., Hong Kong", "Fong Hui"),
        ("Sha Tin, NT, H.K.", "Fong Hui"),
        ("fong hk", "Fong"),
        ("fong Hong Kong SAR", "Fong"),
        ("沙田, 新界, 香港", "Fong Hui"),
        ("方 新界", "Fong"),
        ("香港新界沙田", "Fong Hui"),
        ("新界沙田區", "Fong Hui"),
        ("香港新界沙田城門道1號", "Hui"),
        ("新界北區上水", "Leung"),
        ("新界上水北區", "Leung"),
        ("九龍城", ""),
        ("香港仔", ""),
        ("kowloon", "Ho Kwok"),
        ("香港", "Ip So"),
        ("Bank of Hong Kong", "Ip"),
        ("Bank, Hong Kong", "Ip So"),
        ("north", "Leung"),
        ("北區", "Leung"),
        ("北", "Leung Zhang"),
        ("北京", "Zhang"),
    ],
)
def test_what_ends_a_label_is_where_the_contact_is(
    monkeypatch: pytest.MonkeyPatch, query: str, found: str, many: int
) -> None:
    monkeypatch.setattr(layouts, "MANY", many)
    entries = [Entry(UUID(int=at), values, land, True, True, START, None) for at, (values, land) in enumerate(LABELS)]
    layout = Layout.of(entries, account_id=ACCOUNT, version=1)

    ids = layout.page(Filters(query=query), layout.named("en"), start=None, size=9).ids

    assert [LABELS[pk.int][0]["name"] for pk in ids] == found.split()


SAID = ["chan", "陈", "9123", "flat", "nathan", "zz", "kowloon", "九龍", "Hong Kong", "N.T.", "新界", "沙田", "sha tin"]
SAID += ["新界沙田", "香港九龍彌敦道", "japan", "uk", "congo", "north", "é", "harbour", "42", ","]


@pytest.mark.parametrize("many", [0, 3, 2_000], ids="many={}".format)
def test_it_finds_what_every_way_of_writing_a_search_finds(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    """Each way by itself, all its words in the row: the rule, without what makes it quick."""
    monkeypatch.setattr(layouts, "MANY", many)
    dice = random.Random(many)
    entries = some_entries(11, 150)
    for entry in entries:
        entry.values["district"] = dice.choice(["", "Sha Tin", "North", "Yau Tsim Mong", "Eastern"])
        entry.values["state"] = dice.choice(["", "Kowloon", "New Territories"])
    layout = Layout.of(entries, account_id=ACCOUNT, version=1)
    rows = [(entry.id, layouts._row_text(entry.values, entry.country)) for entry in entries]

    for _number in range(150):
        words = " ".join(dice.choices(SAID, k=dice.randint(1, 5)))
        filters = Filters(query=words, tag=dice.choice(["", "", "vip"]))
        ways = [[needle for way in one for needle in way] for one in product(*sought.parts(filters))]
        expected = {pk for pk, text in rows if any(all(needle in text for needle in way) for way in ways)}

        found = layout.page(filters, layout.newest(), start=None, size=200).ids

        assert set(found) == expected, words
        assert len(found) == len(expected)


def test_of_a_search_of_many_places_few_are_looked_for_otherwise_too() -> None:
    ways = [len(part) for part in sought.parts(Filters(query="japan 沙田 france " * 9))]

    assert (len(ways), sum(count > 1 for count in ways)) == (27, sought.MOST_PLACES)


def looked_at_in(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which each row comes that is looked at by itself from now on."""
    looked_at: list[int] = []
    has = layout._has

    def noted(row: int, wanted: Sequence[sought.Part]) -> bool:
        looked_at.append(row)
        return has(row, wanted)

    monkeypatch.setattr(layout, "_has", noted)
    return looked_at


@pytest.mark.parametrize("query", ["zq kowloon", "zq hong kong kowloon new territories", "kowloon zq flat"])
def test_beside_a_rare_word_nothing_is_looked_at_row_by_row(monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    monkeypatch.setattr(layouts, "MANY", 20)
    entries = some_entries(5, 200)
    entries[3].values["company"] = "ZQ"
    entries[3].values["state"] = "Kowloon"
    layout = Layout.of(entries, account_id=ACCOUNT, version=1)
    looked_at = looked_at_in(layout, monkeypatch)

    layout.page(Filters(query=query), layout.named("en"), start=None, size=9)

    assert len(looked_at) == 1


def test_of_a_common_word_that_is_rare_at_the_head_of_a_list_few_rows_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layouts, "MANY", 20)
    monkeypatch.setattr(layouts, "PATIENT", 30)
    names = [f"Chan {at:03}" for at in range(400)] + [f"Wong {at:03}" for at in range(60)]
    entries = [Entry(UUID(int=at), {"name": name}, "HK", True, True, START, None) for at, name in enumerate(names)]
    layout = Layout.of(entries, account_id=ACCOUNT, version=1)
    looked_at = looked_at_in(layout, monkeypatch)

    found = layout.page(Filters(query="wong"), layout.named("en"), start=None, size=9)

    assert [names[pk.int] for pk in found.ids] == names[400:409]
    assert len(looked_at) <= 30 + 10


def test_a_layout_of_an_earlier_release_is_no_layout() -> None:
    head = b'{"form": 4, "account": "", "parts": {}}'

    for earlier in (len(head).to_bytes(8, "big") + head, b"\x00" * 20, b"{}" + (2).to_bytes(8, "big"), b"7" * 40):
        with pytest.raises(layouts.OtherForm):
            Layout.unpacked(earlier)


def test_either_chinese_script_finds_the_other_in_any_width() -> None:
    assert folded("陳發財 ＡＢＣ") == folded("陈发财 abc")
    assert folded("ﾃｽﾄ") == folded("テスト")
