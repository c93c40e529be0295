"""Which contacts may be one: on 500 pairs labelled by hand, and the rules that the figures could hide."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from addressbook.alike import finding, names, places
from addressbook.alike.judging import judge
from addressbook.alike.names import Alike
from addressbook.alike.places import Where
from addressbook.alike.reasons import Reason
from addressbook.alike.traits import Traits, traits_of
from tests.conftest import REPORT

FOLDER = Path(__file__).parent / "alike"
SEEN, UNSEEN = [f"{number:02}" for number in range(1, 6)], [f"{number:02}" for number in range(6, 11)]
LEAST = 0.95


class Labelled(NamedTuple):
    one: Traits
    other: Traits
    same: bool
    words: str


def labelled(files: list[str]) -> list[Labelled]:
    pairs = [pair for name in files for pair in json.loads((FOLDER / f"{name}.json").read_text())]
    return [
        Labelled(traits(pair["a"]), traits(pair["b"]), pair["same"], f"{pair['kind']}: {pair['a']} {pair['b']}")
        for pair in pairs
    ]


def traits(values: dict[str, Any]) -> Traits:
    return traits_of(values, country=values.get("country", ""))


def contact(**values: Any) -> Traits:
    return traits({"country": "HK", **values})


class Figures(NamedTuple):
    precision: float
    recall: float
    wrong: list[str]


def figures(pairs: list[Labelled]) -> Figures:
    said = [bool(judge(pair.one, pair.other)) for pair in pairs]
    right = sum(merged and pair.same for merged, pair in zip(said, pairs, strict=True))
    wrong = [pair.words for merged, pair in zip(said, pairs, strict=True) if merged != pair.same]
    return Figures(right / sum(said), right / sum(pair.same for pair in pairs), wrong)


@pytest.mark.parametrize(("files", "words"), [(SEEN, "made with them in view"), (UNSEEN, "never looked at before")])
def test_of_250_labelled_pairs_95_in_100_are_judged_right(files: list[str], words: str) -> None:
    pairs = labelled(files)

    found = figures(pairs)

    REPORT.append(f"Duplicates, {len(pairs)} pairs {words}: precision {found.precision:.3f}, recall {found.recall:.3f}")
    assert len(pairs) == 250
    assert 100 < sum(pair.same for pair in pairs) < 150
    assert min(found.precision, found.recall) >= LEAST, found.wrong


def test_it_does_not_matter_which_comes_first_and_each_is_like_itself() -> None:
    for pair in labelled(SEEN + UNSEEN):
        assert judge(pair.one, pair.other) == judge(pair.other, pair.one), pair.words


def test_the_pairs_that_are_one_share_a_key_so_that_a_book_of_all_of_them_gives_them_too() -> None:
    """What is never compared is never found."""
    pairs = labelled(SEEN + UNSEEN)
    book = [traits for pair in pairs for traits in (pair.one, pair.other)]

    found = {(pair.one, pair.other) for pair in finding.find(book)}

    judged = [at for at, pair in enumerate(pairs) if judge(pair.one, pair.other)]
    missed = [pairs[at].words for at in judged if (2 * at, 2 * at + 1) not in found]
    assert len(missed) <= len(judged) * 0.02, missed
    assert len(found) <= len(judged) * 1.1, "strangers in one book are taken for each other"


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("Chan Tai Man", "Tai-Man CHAN", Alike.SAME),
        ("Chan Taiman", "Chan Tai Man", Alike.SAME),
        ("Mr. Seán O’Brien", "sean obrien", Alike.SAME),
        ("陳大文先生", "陈大文", Alike.SAME),
        ("Chan Tai Man 陳大文", "陳大文", Alike.SAME),
        ("T.M. Chan", "Chan Tai Man", Alike.NEAR),
        ("Rob Wilson", "Robert Wilson", Alike.NEAR),
        ("Elisabeth Hartmann", "Elizabeth Hartmann", Alike.NEAR),
        ("Peter Chan Tai Man", "Chan Tai Man", Alike.NEAR),
        ("Chan Tai Man", "Chan Tai Wan", Alike.CLOSE),  # brothers are named so
        ("陳大文", "陳小文", Alike.CLOSE),
        ("John Smith Jr", "John Smith", Alike.OTHER),
        ("Mr Chan", "Mrs Chan", Alike.OTHER),
        ("Alice Wong", "Bob Wong", Alike.OTHER),
        ("Chan Tai Man 陳大文", "Chan Tai Man 陳泰民", Alike.OTHER),
        ("Chan Tai Man", "陳大文", None),
    ],
)
def test_names(one: str, other: str, how: Alike | None) -> None:
    assert names.alike(names.person(one), names.person(other)) == how


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        (["Flat 5B, 12/F", "8 Nathan Rd"], ["Rm 5 B", "12th Floor", "8 Nathan Road"], Where.SAME),
        (["彌敦道八號十二樓B室"], ["弥敦道8号12楼B室"], Where.SAME),
        (["G/F, 8 Nathan Road"], ["Ground Floor, 8 Nathan Road"], Where.SAME),
        (["8 Nathan Road"], ["Flat 5, 8 Nathan Road"], Where.NEAR),
        (["Flat 5B, 12/F", "8 Nathan Road"], ["彌敦道8號12樓5B室"], Where.NUMBERS),
        (["Flat 5A, 12/F", "8 Nathan Road"], ["Flat 5B, 12/F", "8 Nathan Road"], Where.OTHER),
        (["8 Nathan Road"], ["8 Queen's Road"], Where.OTHER),
        (["8 Nathan Road"], [], Where.UNKNOWN),
    ],
)
def test_addresses(one: list[str], other: list[str], where: Where) -> None:
    assert places.alike(contact(lines=one).place, contact(lines=other).place) == where


def test_the_reasons_say_what_is_shared() -> None:
    one = contact(name="Chan Tai Man", email="a@example.com", phone="9123 4567", lines=["8 Nathan Road"])
    other = contact(name="T M Chan", email="A@example.com", phone="+852 9123 4567", lines=["8 Nathan Rd"])

    assert judge(one, other) == (Reason.NAME_ALIKE, Reason.EMAIL, Reason.PHONE, Reason.ADDRESS)
    assert set(Reason.WORDS) == set(Reason.WEIGHTS)


def test_a_family_and_a_switchboard_are_not_one_person() -> None:
    home = {"phone": "2345 6789", "lines": ["Flat 5, 12/F", "8 Nathan Road"]}
    office = {"company": "Sample Ltd", "phone": "2345 6789", "email": "info@example.com"}
    family = [contact(name=name, **home) for name in ("Chan Tai Man", "Chan Siu Man", "Mrs Chan", "陳美玲")]
    staff = [contact(name=name, **office) for name in ("Alice Wong", "Bob Lee", "")]

    assert [judge(*pair) for pair in (*combinations(family, 2), *combinations(staff, 2))] == [()] * 9


def test_many_with_one_key_are_compared_with_their_neighbours_only() -> None:
    """The block of flats and the switchboard of a large company must not cost the square of their people."""
    people = [contact(name=f"Person {number:04} Wong", phone="2345 6789") for number in range(400)]

    pairs = list(finding.candidates(people))

    assert len(pairs) < 400 * finding.NEIGHBOURS * 4


def test_hostile_values_take_no_time() -> None:
    long = contact(
        name="a " * 50, company="b" * 100, lines=["1 " * 50] * 4, local_lines=["一" * 100] * 4, phone="9" * 32
    )

    assert judge(long, long)
    assert list(finding.find([long, long]))
