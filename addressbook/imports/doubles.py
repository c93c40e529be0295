"""Exact duplicates: the same name at the same address, the same e-mail address, or the same telephone number.

Compared are short digests of what is folded in case, width, accents and Chinese script, so that an index of a whole
book and a whole file holds nothing of anybody and stays small.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from addressbook import phones
from addressbook.details import ContactDetails
from addressbook.folding import folded
from addressbook.imports.items import Double
from addressbook.models import AddressBook, Contact
from security import sealing

ADDRESS, EMAIL, PHONE = "address", "email", "phone"  # in the order in which they are said
Keys = list[tuple[str, int]]


def keys_of(details: ContactDetails) -> Keys:
    """Return what a contact is found by."""
    return _keys(vars(details), details.country)


def _keys(values: dict[str, Any], country: str) -> Keys:
    found: Keys = []
    for names, lines in (("name", "lines"), ("local_name", "local_lines")):
        who = values.get(names) or (values.get("company") if names == "name" else "")
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


def _bare(text: str) -> str:
    return "".join(letter for letter in folded(text) if letter.isalnum())


def _digest(kind: str, text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=kind.encode()).digest())


class Index:
    """Who is known, by each key: contacts of the book by their ids, and rows of the file by their numbers."""

    def __init__(self) -> None:
        self._known: dict[int, str | int] = {}

    @classmethod
    def of(cls, book: AddressBook) -> Index:
        """Read a book. No objects are made of its contacts, which costs ten times as much."""
        made, table = cls(), Contact._meta.db_table
        rows = Contact.objects.filter(book=book, deleted_at=None).order_by()
        columns = rows.values_list("pk", "country", "sealed", "key_version")
        for pk, country, sealed, version in columns.iterator(chunk_size=2_000):
            try:
                values = sealing.unseal(bytes(sealed), version, table=table, row=str(pk))
            except sealing.Unreadable:
                continue
            made.add(_keys(values, country), str(pk))
        return made

    def find(self, keys: Iterable[tuple[str, int]]) -> Double | None:
        """Return by what a contact is known, and as whom."""
        for by, key in keys:
            known = self._known.get(key)
            if known is not None:
                return (by, known, 0) if isinstance(known, str) else (by, "", known)
        return None

    def add(self, keys: Iterable[tuple[str, int]], who: str | int) -> None:
        """Make somebody known; whoever came first stays."""
        for _by, key in keys:
            self._known.setdefault(key, who)
