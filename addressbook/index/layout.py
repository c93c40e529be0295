"""The layout of a book: every contact's words one after the other in one run of bytes, and the orders as row numbers.

A word is looked for by one pass over the bytes. A word that very many have is looked for row by row instead, in the
order of the list and no further than the page needs.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Self
from uuid import UUID

from addressbook.folding import COLLATIONS, folded, sorter
from addressbook.index.sought import Filters as Filters
from addressbook.index.sought import Part, land, parts, plain
from addressbook.index.sought import digits as digits

SEARCHED = ("name", "company", "email", "phone", "district", "city", "state", "postcode", "local_name")
SEARCHED_LISTS = ("lines", "local_lines", "tags")
MANY = 1_200  # finds of one word, from which on rows are looked at one by one
PATIENT = 1_500  # rows that are looked at so for one page, before all that may match are gathered after all
MOST_LOOKED_FOR = 8  # words of which one is hoped to be rare
_START, _NAME, _TAG = b"\x00", b"\x01", b"\x02"  # before a row, after its name, around each of its tags
_RECEIVES, _SENDS, _GONE = 1, 2, 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ARRAYS = {"starts": "I", "flags": "B", "created": "q", "used": "q", "oldest": "I"}
_NEVER = 1 << 62  # microseconds, taken from when one was added that was never used: behind all that were
FORM = 5  # of what stands in a row, and of its order: a layout of another one is made anew
_HEAD = 8  # bytes, the last ones, that give the length of the head
# What stands first: a head that earlier releases, whose head was there, take for another form's.
_NO_FORM = b'{"form": 0}'
_EARLIER = len(_NO_FORM).to_bytes(_HEAD, "big") + _NO_FORM


class OtherForm(Exception):
    """The layout was packed by another release, which put other words into a row, or in another order."""


@dataclass(frozen=True)
class Entry:
    """What the layout holds of one contact; `values` are its private ones, empty where they cannot be opened."""

    id: UUID
    values: dict[str, Any]
    country: str
    can_send: bool
    can_receive: bool
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Place:
    """Where a page begins: at this contact; where it is gone, behind the one shown before it, or at this place."""

    id: UUID
    at: int
    after: UUID | None = None


@dataclass(frozen=True)
class Found:
    ids: list[UUID]
    next: Place | None = None
    previous: Place | None = None


@dataclass
class Layout:
    """One book at one version. `used_until`: later uses of a contact are not in it yet."""

    account_id: UUID
    version: int
    used_until: int = 0
    tags: dict[str, tuple[str, int]] = field(default_factory=dict)  # folded: as spelt first, on how many contacts
    gone: int = 0  # rows that were replaced or taken out
    changes: int = 0  # contacts that are not as they were when it was kept beside its book
    ids: bytearray = field(default_factory=bytearray)
    countries: bytearray = field(default_factory=bytearray)
    starts: array[int] = field(default_factory=lambda: array("I", [len(_EARLIER)]))
    flags: array[int] = field(default_factory=lambda: array("B"))
    created: array[int] = field(default_factory=lambda: array("q"))
    used: array[int] = field(default_factory=lambda: array("q"))
    oldest: array[int] = field(default_factory=lambda: array("I"))
    by_name: dict[str, array[int]] = field(default_factory=lambda: {name: array("I") for name in COLLATIONS})
    text: bytes = _EARLIER  # and its rows; opened, with what follows them, so that nobody copies it

    @property
    def end(self) -> int:
        """Where the last row ends."""
        return self.starts[-1]

    def __len__(self) -> int:
        """How many contacts are in it."""
        return len(self.flags) - self.gone

    # Made and changed ----------------------------------------------------------------

    @classmethod
    def of(cls, entries: Iterable[Entry], *, account_id: UUID, version: int) -> Self:
        layout = cls(account_id=account_id, version=version)
        layout._append(entries)
        layout.changes = len(layout.flags)
        rows = range(len(layout.flags))
        layout.oldest = array("I", sorted(rows, key=layout._age))
        for language in COLLATIONS:
            layout.by_name[language] = array("I", sorted(rows, key=layout._name_key(language)))
        return layout

    def change(self, kept: Sequence[Entry], gone: Iterable[UUID], *, version: int) -> None:
        """Bring it to a later version of the book: contacts that are new or changed, and those that are gone."""
        out = {row for one in (*(entry.id for entry in kept), *gone) if (row := self._row(one)) is not None}
        for row in out:
            self._take_out(row)
        if out:
            self.oldest = array("I", (row for row in self.oldest if row not in out))
            for language, order in self.by_name.items():
                self.by_name[language] = array("I", (row for row in order if row not in out))
        first = len(self.flags)
        self._append(kept)
        self.changes += len(self.flags) - first + len(out)
        for row in range(first, len(self.flags)):
            insort(self.oldest, row, key=self._age)
        for language, order in self.by_name.items():
            key = self._name_key(language)
            for row in range(first, len(self.flags)):
                insort(order, row, key=key)
        self.version = version

    def note_used(self, contact_id: UUID, moment: datetime) -> None:
        row = self._row(contact_id)
        if row is not None:
            self.used[row] = _micros(moment)
            self.used_until = max(self.used_until, self.used[row])

    def _append(self, entries: Iterable[Entry]) -> None:
        texts, end = [self.text[: self.end]], self.end
        for entry in entries:
            text = _row_text(entry.values, entry.country)
            texts.append(text)
            end += len(text)
            self.starts.append(end)
            self.ids += entry.id.bytes
            self.countries += entry.country.encode().ljust(2)[:2]
            self.flags.append((_RECEIVES if entry.can_receive else 0) | (_SENDS if entry.can_send else 0))
            self.created.append(_micros(entry.created_at))
            self.used.append(_micros(entry.used_at) if entry.used_at else _micros(entry.created_at) - _NEVER)
            self.used_until = max(self.used_until, _micros(entry.used_at or entry.created_at))
            for tag in _tags_once(entry.values):
                spelt, count = self.tags.get(folded(tag), (tag, 0))
                self.tags[folded(tag)] = spelt, count + 1
        self.text = b"".join(texts)

    def _take_out(self, row: int) -> None:
        self.flags[row] |= _GONE
        self.gone += 1
        for tag in _tags_of(self.text[self.starts[row] : self.starts[row + 1]]):
            spelt, count = self.tags[tag]
            self.tags[tag] = spelt, count - 1
            if count == 1:
                del self.tags[tag]

    def without_gone(self) -> Layout:
        """Return it without what was replaced or taken out."""
        if not self.gone:
            return self
        kept = [row for row, flags in enumerate(self.flags) if not flags & _GONE]
        places = {row: place for place, row in enumerate(kept)}
        made = Layout(self.account_id, self.version, self.used_until, dict(self.tags))
        texts = [self.text[self.starts[row] : self.starts[row + 1]] for row in kept]
        made.text = b"".join([_EARLIER, *texts])
        for row, text in zip(kept, texts, strict=True):
            made.starts.append(made.starts[-1] + len(text))
            made.ids += self.ids[row * 16 : row * 16 + 16]
            made.countries += self.countries[row * 2 : row * 2 + 2]
        made.flags = array("B", (self.flags[row] for row in kept))
        made.created = array("q", (self.created[row] for row in kept))
        made.used = array("q", (self.used[row] for row in kept))
        made.oldest = array("I", (places[row] for row in self.oldest))
        made.by_name = {name: array("I", (places[row] for row in order)) for name, order in self.by_name.items()}
        return made

    # Orders ----------------------------------------------------------------

    def _age(self, row: int) -> tuple[int, bytes]:
        return self.created[row], bytes(self.ids[row * 16 : row * 16 + 16])

    def _name_key(self, language: str) -> Callable[[int], tuple[bytes, bytes]]:
        key = sorter(language)
        return lambda row: (key(self._name(row)), bytes(self.ids[row * 16 : row * 16 + 16]))

    def _name(self, row: int) -> str:
        start = self.starts[row] + 1
        return self.text[start : self.text.index(_NAME, start)].decode("utf-8", "surrogatepass")

    def newest(self) -> Sequence[int]:
        return self.oldest[::-1]

    def last_used(self) -> Sequence[int]:
        return sorted(self.oldest, key=lambda row: (self.used[row], *self._age(row)))[::-1]

    def named(self, language: str) -> Sequence[int]:
        return self.by_name[language if language in COLLATIONS else "en"]

    def first(self, order: Sequence[int], ids: Iterable[UUID]) -> Sequence[int]:
        """Return an order with these contacts before all others."""
        rows = self._rows_of(ids)
        return [*(row for row in order if row in rows), *(row for row in order if row not in rows)] if rows else order

    def _rows_of(self, ids: Iterable[UUID]) -> set[int]:
        return {row for one in ids if (row := self._row(one)) is not None}

    def countries_present(self) -> set[str]:
        pairs = (bytes(self.countries[row * 2 : row * 2 + 2]) for row in self.oldest)
        return {pair.decode().strip() for pair in set(pairs)}

    # Found ----------------------------------------------------------------

    def page(
        self,
        filters: Filters,
        order: Sequence[int],
        *,
        start: Place | None,
        size: int,
        among: Iterable[UUID] | None = None,
    ) -> Found:
        """Return a page of what the filters leave, in an order of this layout; `among`: of no others than these.

        The order is a whole one, so that a page whose first contact is narrowed out meanwhile begins where it stood.
        """
        wanted = sorted(parts(filters), key=len)  # words before places, as these take longer to look for
        matches = self._test(filters, wanted)
        some = self._narrowed(wanted, MANY) if wanted else None
        rows = None if some is None else set(some)
        if among is not None:
            rows = self._rows_of(among) if rows is None else rows & self._rows_of(among)
        rank = self._rank(order, start) if start else 0
        found = self._walk(order, rows, matches, rank, size)
        if found is None:  # what is sought is rare here, as Wongs are in the first half of a list by name
            found = self._walk(order, self._all_rows(filters, wanted), matches, rank, size)
        ahead, behind = found or ([], [])
        return Found(
            [self._id(order[rank]) for rank in ahead[:size]],
            next=self._place(order, ahead[size], after=ahead[size - 1]) if len(ahead) > size else None,
            previous=self._place(order, behind[-1]) if behind else None,
        )

    def _rank(self, order: Sequence[int], start: Place) -> int:
        row = self._row(start.id)
        if row is not None:
            return order.index(row)
        before = self._row(start.after) if start.after else None
        return min(start.at, len(order)) if before is None else order.index(before) + 1

    def _place(self, order: Sequence[int], rank: int, *, after: int | None = None) -> Place:
        return Place(self._id(order[rank]), rank, None if after is None else self._id(order[after]))

    def _id(self, row: int) -> UUID:
        return UUID(bytes=bytes(self.ids[row * 16 : row * 16 + 16]))

    def _row(self, contact_id: UUID) -> int | None:
        """Return the row of a contact; None where it is not there, or no more."""
        at = self.ids.find(contact_id.bytes)
        while at != -1:
            if at % 16 == 0 and not self.flags[at // 16] & _GONE:
                return at // 16
            at = self.ids.find(contact_id.bytes, at + 1)
        return None

    def _walk(
        self, order: Sequence[int], rows: set[int] | None, matches: Callable[[int], bool], rank: int, size: int
    ) -> tuple[list[int], list[int]] | None:
        """Return the ranks of a page and of the one before it; None where it takes long to go through all rows."""
        most = PATIENT if rows is None else len(order)
        ways = (range(rank, len(order)), size + 1), (range(rank)[::-1], size if rank else 0)
        found = []
        for way, count in ways:
            some = way[:most] if rows is None else (at for at in way if order[at] in rows)
            found.append(list(islice((at for at in some if matches(order[at])), count)))
        is_all = all(len(some) == count or len(way) <= most for some, (way, count) in zip(found, ways, strict=True))
        return (found[0], found[1]) if is_all else None

    def _test(self, filters: Filters, wanted: Sequence[Part]) -> Callable[[int], bool]:
        """Return what tells whether a row is what is sought."""
        tests: list[Callable[[int], bool]] = []
        if filters.country:
            tests.append(self._of_country(filters.country))
        if filters.use:
            tests.append(self._for_use(filters.use))
        if wanted:
            tests.append(lambda row: self._has(row, wanted))
        return lambda row: all(test(row) for test in tests)

    def _of_country(self, code: str) -> Callable[[int], bool]:
        country = code.upper().encode()
        return lambda row: self.countries[row * 2 : row * 2 + 2] == country

    def _for_use(self, use: str) -> Callable[[int], bool]:
        flag = _SENDS if use == "sender" else _RECEIVES
        return lambda row: bool(self.flags[row] & flag)

    def _all_rows(self, filters: Filters, wanted: Sequence[Part]) -> set[int]:
        """Return the rows beside which nothing of what is sought can be, however many there are."""
        rows = self._narrowed(wanted, len(self.flags) + 1) if wanted else None
        some: Iterable[int] = range(len(self.flags)) if rows is None else rows
        if filters.country:
            some = filter(self._of_country(filters.country), some)
        if filters.use:
            some = filter(self._for_use(filters.use), some)
        return set(some)

    def _narrowed(self, wanted: Sequence[Part], many: int) -> Iterable[int] | None:
        """Return few enough rows to be looked at, beside which none can be found; None where there are `many`.

        Those of a needle that all must have, whichever has few; only then those of a place, in any way it is called.
        """
        fixed = sorted({needle for part in wanted if len(part) == 1 for needle in part[0]}, key=len, reverse=True)
        some: Iterable[int] | None = self._few(fixed[:MOST_LOOKED_FOR], many)
        places = (part for part in wanted if len(part) > 1)
        while some is None and (place := next(places, None)) is not None:
            some = self._few_of_any(place, many)
        return some

    def _few_of_any(self, part: Part, many: int) -> set[int] | None:
        rows: set[int] = set()
        for needles in part:
            some = self._few(sorted(needles, key=len, reverse=True), many)
            if some is None:
                return None
            rows.update(some)
        return rows

    def _few(self, needles: Sequence[bytes], many: int) -> list[int] | None:
        """Return the rows with the first of some needles that very many do not have."""
        return next((rows for needle in needles if (rows := self._rows_with(needle, many)) is not None), None)

    def _has(self, row: int, wanted: Sequence[Part]) -> bool:
        start, end = self.starts[row], self.starts[row + 1]
        for part in wanted:
            for needles in part:
                for needle in needles:
                    if self.text.find(needle, start, end) == -1:
                        break
                else:
                    break
            else:
                return False
        return True

    def _rows_with(self, needle: bytes, many: int) -> list[int] | None:
        """Return the rows that have it; None for so many."""
        find, starts, end = self.text.find, self.starts, self.end
        rows: list[int] = []
        row, at = 0, find(needle, starts[0], end)
        while at != -1:
            if len(rows) == many:
                return None
            row = bisect_right(starts, at, row)
            rows.append(row - 1)
            at = find(needle, starts[row], end)
        return rows

    # Kept ----------------------------------------------------------------

    def packed(self) -> bytes:
        """Return it as bytes, for `unpacked`."""
        parts: dict[str, bytes | memoryview] = {"text": memoryview(self.text)[: self.end]}
        parts |= {"ids": bytes(self.ids), "countries": bytes(self.countries)}
        parts |= {name: getattr(self, name).tobytes() for name in _ARRAYS}
        parts |= {f"by_name.{language}": order.tobytes() for language, order in self.by_name.items()}
        head = {
            "form": FORM,
            "account": str(self.account_id),
            "version": self.version,
            "used_until": self.used_until,
            "gone": self.gone,
            "changes": self.changes,
            "tags": self.tags,
            "parts": {name: len(part) for name, part in parts.items()},
        }
        written = json.dumps(head).encode()
        return b"".join([*parts.values(), written, len(written).to_bytes(_HEAD, "big")])

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Return what was packed. Raises OtherForm."""
        view, size = memoryview(data), int.from_bytes(data[-_HEAD:], "big")
        head = _head_of(view[-_HEAD - size : -_HEAD]) if size < len(data) else {}
        if head.get("form") != FORM:
            raise OtherForm
        made = cls(
            UUID(head["account"]), head["version"], head["used_until"], gone=head["gone"], changes=head["changes"]
        )
        made.tags = {tag: (spelt, count) for tag, (spelt, count) in head["tags"].items()}
        end = 0
        for name, size in head["parts"].items():
            part, end = view[end : end + size], end + size
            name, _dot, language = name.partition(".")
            if name in ("ids", "countries"):
                setattr(made, name, bytearray(part))
            elif name == "text":
                made.text = data
            else:
                made._fill(name, language, part)
        return made

    def _fill(self, name: str, language: str, part: memoryview) -> None:
        filled = array("I" if language else _ARRAYS[name])
        filled.frombytes(part)
        if language:
            self.by_name[language] = filled
        else:
            setattr(self, name, filled)


def _head_of(written: memoryview) -> dict[str, Any]:
    """Read the head of a layout; nothing where an earlier release put something else there."""
    try:
        head: Any = json.loads(bytes(written))
    except ValueError:
        return {}
    return head if isinstance(head, dict) else {}


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _tags_once(values: dict[str, Any]) -> list[str]:
    return list({folded(tag): tag for tag in reversed(values.get("tags") or [])}.values())[::-1]


def _tags_of(text: bytes) -> list[str]:
    tags = text[text.find(_TAG) + 1 : -1] if _TAG in text else b""
    return [tag.decode("utf-8", "surrogatepass") for tag in tags.split(_TAG) if tag]


def _row_text(values: dict[str, Any], country: str) -> bytes:
    """The name as it is, for sorting; where it is; what is searched, without apostrophes; the number's digits; tags."""
    name = values.get("name") or values.get("local_name") or values.get("company") or ""
    words = [values.get(part) or "" for part in SEARCHED]
    for part in SEARCHED_LISTS:
        words.extend(values.get(part) or [])
    searched = plain("\n".join([*words, digits(values.get("phone") or "")]))
    tags = "".join(f"\x02{folded(tag)}" for tag in _tags_once(values))
    where = land(country, values.get("district") or "", values.get("state") or "") if values else ""
    text = f"\x00{name}\x01{where}{searched}{tags}\x02" if tags else f"\x00{name}\x01{where}{searched}"
    return text.encode("utf-8", "surrogatepass")
