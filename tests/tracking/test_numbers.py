"""Item numbers as people type them."""

from __future__ import annotations

import pytest

from tracking import numbers

GOOD, OTHER = "RB123456785HK", "RT371435919HK"


@pytest.mark.parametrize(
    "text",
    [
        f"{GOOD} {OTHER}",
        f"{GOOD},{OTHER}",
        f"{GOOD}\r\n{OTHER}\n\n",
        "rb123456785hk;rt371435919hk",
        "RB 1234 5678 5 HK RT 3714 3591 9 HK",
        f"{GOOD}、{OTHER}，{GOOD}",
    ],
)
def test_read_finds_each_number_once(text: str) -> None:
    assert numbers.read(text) == numbers.Typed(numbers=[GOOD, OTHER], malformed=[])


@pytest.mark.parametrize("text", ["RB123456789HK", "RB123456786US", "hello", "RB12345678HK", "RB1234567855HK", "١٢٣"])
def test_read_gives_back_what_is_no_number(text: str) -> None:
    assert numbers.read(text) == numbers.Typed(numbers=[], malformed=[text])


def test_read_keeps_the_good_beside_the_bad() -> None:
    typed = numbers.read(f"where is {GOOD}?")

    assert typed.numbers == [GOOD]
    assert typed.malformed == ["where", "is", "?"]


def test_what_is_no_number_is_shown_in_part_only() -> None:
    assert len(numbers.read("x" * 4000).malformed[0]) == numbers.SHOWN_LENGTH
