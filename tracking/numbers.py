"""Item numbers as people type them: many in one box, in groups, in small letters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shipments import item_numbers

# A number may be written in groups (RB 1234 5678 5 HK), so a space alone does not separate two numbers.
WRITTEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}(?:[ -]?[0-9]){9}[ -]?[A-Za-z]{2}(?![A-Za-z0-9])")
SEPARATORS = re.compile(r"[\s,;、，；]+")
SHOWN_LENGTH = 40  # of what was typed and is no item number


@dataclass(frozen=True)
class Typed:
    """Good numbers, once each, and the rest as it was typed."""

    numbers: list[str]
    malformed: list[str]

    @property
    def count(self) -> int:
        return len(self.numbers) + len(self.malformed)


def read(text: str) -> Typed:
    """Find the item numbers in a text."""
    candidates: list[str] = []
    end = 0
    for match in WRITTEN.finditer(text):
        candidates += [*SEPARATORS.split(text[end : match.start()]), match.group()]
        end = match.end()
    return sort([*candidates, *SEPARATORS.split(text[end:])])


def sort(candidates: Iterable[str]) -> Typed:
    """Tell good numbers from those that look like none or fail their check digit."""
    numbers: dict[str, None] = {}
    malformed: dict[str, None] = {}
    for candidate in filter(None, candidates):
        number = item_numbers.normalise(candidate)
        if item_numbers.is_valid(number):
            numbers[number] = None
        else:
            malformed[candidate[:SHOWN_LENGTH]] = None
    return Typed(numbers=list(numbers), malformed=list(malformed))
