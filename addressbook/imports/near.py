"""Near duplicates: whom of the book, and which row further up in the file, a row may be, by the finder's rules.

A file can be made so that all of its names are alike. So a row is held against a bounded number of others, those with
which it shares its rarest keys (`addressbook.alike.finding.keys_of`) first; and what is kept of each is packed, so that
a full book and a long file fit into the memory of a worker.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import islice

from addressbook.alike import finding, judging, places, reasons
from addressbook.alike.names import Name
from addressbook.alike.places import Place, Written
from addressbook.alike.traits import Traits
from addressbook.imports.items import Near

MOST_HELD = 24  # of a key; those that share one which more have are told apart by their initials as well
MOST_LOOKED_AT = 60  # others that a row is held against
MOST_JUDGED = 12  # of these, in full: what reaches them, or where they are, speaks for it
MOST_KEPT = 3  # of a row
_BUCKETS = 1 << 18
_SEPARATOR = "\x1f"  # no text of a contact has it


class Index:
    """Who is known, by 64-bit hashes of keys. In arrays, since a dictionary of lists would take ten times as much."""

    def __init__(self) -> None:
        self.judged = 0
        self._who: list[str | int] = []  # ids of contacts, numbers of rows
        self._packed: list[bytes] = []
        self._numbers = array("Q")  # of their addresses (`places.bits`)
        self._heads = array("i", [-1]) * _BUCKETS  # of each bucket, the last of its chain
        self._keys, self._places, self._before = array("q"), array("i"), array("i")
        self._common: set[int] = set()

    def add(self, traits: Traits, who: str | int) -> None:
        """Make a contact of the book known by its id, or a row by its number."""
        place = len(self._who)
        self._who.append(who)
        self._packed.append(packed(traits))
        self._numbers.append(places.bits(traits.place))
        for key in map(hash, finding.keys_of(traits)):
            self._put(key, place, traits)

    def find(self, traits: Traits) -> list[Near]:
        """Return who may be the one described, the likeliest first."""
        found: list[Near] = []
        judged = 0
        for place in islice(self._candidates(traits), MOST_LOOKED_AT):
            other = unpacked(self._packed[place])
            if not judging.may_be_one(traits, other):
                continue
            judged += 1
            if why := judging.judge(traits, other):
                who = self._who[place]
                found.append((who, 0, list(why)) if isinstance(who, str) else ("", who, list(why)))
            if judged == MOST_JUDGED:
                break
        self.judged += judged
        return sorted(found, key=lambda near: (-reasons.weight(near[2]), near[1]))[:MOST_KEPT]

    def _candidates(self, traits: Traits) -> Iterator[int]:
        """Yield the places of those who share a key, a rare one first, but for those whose numbers contradict.

        At another address the same person is known by what reaches them, or by the same name and a number like it.
        """
        held: list[tuple[int, str, list[int]]] = []
        for text in finding.keys_of(traits):
            key = hash(text)
            for each in _narrower(key, traits) if key in self._common else (key,):
                found = self._held(each)
                held.append((len(found), text[0], found))
        held.sort()
        reached = {place for _count, kind, found in held if kind in "@+" for place in found}
        numbers, seen = places.bits(traits.place), set()
        for _count, kind, found in held:
            for place in found:
                is_elsewhere = place not in reached and places.are_elsewhere(numbers, self._numbers[place])
                if is_elsewhere and not (kind == "=" and self._has_phone_like(place, traits)):
                    continue
                if place not in seen:
                    seen.add(place)
                    yield place

    def _has_phone_like(self, place: int, traits: Traits) -> bool:
        phone = self._packed[place].partition(_SEPARATOR.encode())[0].decode()
        return judging.are_phones_alike(traits.phone, phone)

    def _put(self, key: int, place: int, traits: Traits) -> None:
        if key not in self._common:
            held = self._held(key)
            if len(held) < MOST_HELD:
                self._link(key, place)
                return
            self._common.add(key)
            for other in held:
                self._put_narrower(key, other, unpacked(self._packed[other]))
        self._put_narrower(key, place, traits)

    def _put_narrower(self, key: int, place: int, traits: Traits) -> None:
        for each in _narrower(key, traits):
            if len(self._held(each)) < MOST_HELD:
                self._link(each, place)

    def _link(self, key: int, place: int) -> None:
        bucket = key % _BUCKETS
        self._before.append(self._heads[bucket])
        self._heads[bucket] = len(self._keys)
        self._keys.append(key)
        self._places.append(place)

    def _held(self, key: int) -> list[int]:
        """Return the places of a key, the last one first."""
        found, at = [], self._heads[key % _BUCKETS]
        while at >= 0:
            if self._keys[at] == key:
                found.append(self._places[at])
            at = self._before[at]
        return found


def _narrower(key: int, traits: Traits) -> Iterator[int]:
    """Yield keys of those who share a key and whose names have the same initials, or the same characters at the end."""
    named = traits.person or traits.organisation
    if named.latin:
        yield hash((key, "".join(sorted(word[:1] for word in named.latin))))
    if named.han:
        yield hash((key, named.han[-2:]))


def packed(traits: Traits) -> bytes:
    """Return what is compared of a contact as one text: some 150 bytes in place of two thousand."""
    person, company, swapped, place = traits.person, traits.organisation, traits.swapped_person, traits.place
    parts = [
        traits.phone, *_name(person), *_name(company), *_name(swapped), traits.email, "m" if traits.is_mobile else "",
        place.country, place.postcode,
    ]  # fmt: skip
    for written in place.written:
        parts += [" ".join(written.numbers), written.words, "h" if written.is_han else ""]
    return _SEPARATOR.join(parts).encode("utf-8", "surrogatepass")


def _name(name: Name) -> tuple[str, str, str, str]:
    return " ".join(name.latin), name.han, name.rank, name.sex


def unpacked(made: bytes) -> Traits:
    """Return the traits that were packed."""
    parts = made.decode("utf-8", "surrogatepass").split(_SEPARATOR)
    person, company, swapped = (
        Name(tuple(parts[at].split()), parts[at + 1], parts[at + 2], parts[at + 3]) for at in (1, 5, 9)
    )
    written = tuple(
        Written(tuple(parts[at].split()), parts[at + 1], bool(parts[at + 2])) for at in range(17, len(parts), 3)
    )
    place = Place(parts[15], parts[16], written)
    return Traits(person, company, swapped, parts[13], parts[0], bool(parts[14]), place)
