"""Exact duplicates: the same name at the same address, the same e-mail address, or the same telephone number.

Who shares a telephone number is another person where both are named and the names are not alike: colleagues share
theirs. So it is with an e-mail address among the rows of one file: no row is written over another row's person.

Compared are short digests of what is folded in case, width, accents and Chinese script, so that an index of a whole
book and a whole file stays small; of names it holds what the finder compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from addressbook import phones
from addressbook.alike import names
from addressbook.alike.names import Alike, Name
from addressbook.alike.traits import traits_of
from addressbook.details import ContactDetails
from addressbook.folding import folded
from addressbook.imports import near as near_duplicates
from addressbook.imports.items import Double
from addressbook.models import AddressBook, Contact
from security import sealing

ADDRESS, EMAIL, PHONE = "address", "email", "phone"  # in the order in which they are said
Keys = list[tuple[str, int]]
MOST_COMPARED = 40  # names of those who share a key


def keys_of(details: ContactDetails) -> Keys:
    """Return what a contact is found by."""
    return _keys(vars(details), details.country)


def _keys(values: dict[str, Any], country: str) -> Keys:
    found: Keys = []
    for field, lines in (("name", "lines"), ("local_name", "local_lines")):
        who = values.get(field) or (values.get("company") if field == "name" else "")
        where = values.get(lines) or []
        if who and where:
            parts = [who, *where, values.get("city", ""), values.get("postcode", ""), country]
            found.append((ADDRESS, _digest(ADDRESS, _bare("".join(parts)))))
    if email := values.get("email"):
        found.append((EMAIL, _digest(EMAIL, email.casefold())))
    if phone := values.get("phone"):
        number = phone if phone.startswith("+") else phones.e164(phone, country=country) or phone
        found.append((PHONE, _digest(PHONE, "".join(letter for letter in number if letter.isdigit()))))
    return found


def name_of(details: ContactDetails) -> Name:
    """Return the person's name as the finder of duplicates compares it."""
    return names.person(details.name, details.local_name)


def _are_others(one: Name, other: Name) -> bool:
    return bool(one and other) and (names.alike(one, other) or Alike.OTHER) < Alike.NEAR


def _bare(text: str) -> str:
    return "".join(letter for letter in folded(text) if letter.isalnum())


def _digest(kind: str, text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=kind.encode()).digest())


class Index:
    """Who is known, by each key: contacts of the book by their ids, and rows of the file by their numbers."""

    def __init__(self) -> None:
        self._known: dict[int, dict[Name, str | int]] = {}  # by the key, then by the person's name
        self._names: dict[str | int, Name] = {}
        self._written: set[str] = set()  # contacts that rows were written into

    @classmethod
    def of(cls, book: AddressBook) -> Index:
        """Read a book. No objects are made of its contacts, which costs ten times as much."""
        made = cls()
        made.bring_in(Contact.objects.filter(book=book))
        return made

    def bring_in(self, contacts: QuerySet[Contact], near: near_duplicates.Index | None = None) -> None:
        """Make contacts known, in so far as they are kept and can be read; to the index of near duplicates as well."""
        table = Contact._meta.db_table
        columns = contacts.filter(deleted_at=None).order_by().values_list("pk", "country", "sealed", "key_version")
        for pk, country, sealed, version in columns.iterator(chunk_size=2_000):
            try:
                values = sealing.unseal(bytes(sealed), version, table=table, row=str(pk))
            except sealing.Unreadable:
                continue
            name = names.person(values.get("name", ""), values.get("local_name", ""))
            who = str(pk)  # one text for both
            self.add(_keys(values, country), who, name)
            if near is not None:
                near.add(traits_of(values, country=country), who)

    def find(self, keys: Iterable[tuple[str, int]], name: Name) -> Double | None:
        """Return by what a contact of that name is known, and as whom."""
        for by, key in keys:
            known = self._among(self._known.get(key, {}), by, name)
            if known is not None:
                return (by, known, 0) if isinstance(known, str) else (by, "", known)
        return None

    def _among(self, known: dict[Name, str | int], by: str, name: Name) -> str | int | None:
        if by != ADDRESS and name in known:
            return known[name]
        for other, who in islice(known.items(), MOST_COMPARED):
            asks = by == PHONE or (by == EMAIL and (isinstance(who, int) or who in self._written))
            if not (asks and _are_others(name, other)):
                return who
        return None

    def add(self, keys: Iterable[tuple[str, int]], who: str | int, name: Name | None = None) -> None:
        """Make somebody known, a contact that is known already by further keys; whoever came first stays."""
        name = self._names.setdefault(who, name or Name())
        for _by, key in keys:
            self._known.setdefault(key, {}).setdefault(name, who)

    def note_written(self, contact: str, name: Name | None = None) -> None:
        """Note that a row was written into a contact, which bears that name by now."""
        self._written.add(contact)
        if name is not None:
            self._names[contact] = name
