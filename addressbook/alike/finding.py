"""Which pairs of a book are worth judging: those that share a key. 10,000 contacts have 50 million pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from addressbook.alike.judging import judge
from addressbook.alike.traits import Traits

LARGE = 40  # contacts that share a key, above which each is compared with its neighbours by name only
NEIGHBOURS = 8


class Pair(NamedTuple):
    """Two places in the sequence of contacts, the lower first, and why they may be one."""

    one: int
    other: int
    reasons: tuple[str, ...]


def find(contacts: Sequence[Traits]) -> Iterator[Pair]:
    """Yield each pair of contacts that may be one, once."""
    judged: set[tuple[int, int]] = set()
    for one, other in candidates(contacts):
        if (one, other) in judged:
            continue
        judged.add((one, other))
        if reasons := judge(contacts[one], contacts[other]):
            yield Pair(one, other, reasons)


def candidates(contacts: Sequence[Traits]) -> Iterator[tuple[int, int]]:
    """Yield the pairs that share a key, the lower place first; a pair that shares two keys comes twice."""
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    for place, traits in enumerate(contacts):
        for key in keys_of(traits):
            blocks[key].append(place)
    for block in blocks.values():
        reach = len(block)
        if reach > LARGE:  # a switchboard, a block of flats
            block = sorted(block, key=lambda place: _by_name(contacts[place]))
            reach = NEIGHBOURS
        for at, one in enumerate(block):
            for other in block[at + 1 : at + 1 + reach]:
                yield (one, other) if one < other else (other, one)


def keys_of(traits: Traits) -> set[str]:
    """Return what contacts that may be one have in common at least one of."""
    keys = {f"@{traits.email}", f"+{traits.phone}"} - {"@", "+"}
    for name in (traits.person, traits.organisation, traits.swapped_person):
        if name.latin:
            keys.add("=" + "".join(sorted("".join(name.latin))))  # in any order, joined or not
            keys.add("_" + min(word[:1] for word in name.latin) + "".join(sorted(name.latin, key=len)[-1:]))
        if name.han:
            keys.add(f"={name.han}")
            keys.add(f"_{name.han[-2:]}")
    for written in traits.place.written:
        if written.numbers:
            keys.add(f"#{'.'.join(sorted(written.numbers))}{written.words[:1]}")
            keys.add(f"#{'.'.join(sorted(written.numbers))}" if len(written.numbers) > 2 else "")
    return keys - {""}


def _by_name(traits: Traits) -> tuple[str, str]:
    return " ".join(sorted(traits.person.latin or traits.organisation.latin)), traits.person.han
