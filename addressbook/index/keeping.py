"""Where layouts are kept: sealed, in this process for the books used last, and in a table beside the book.

In this process a layout stands under its account and book, and never open: it opens with the key of the scope that
asks, and what another account's scope brings to light stops everything that would leave (`security.egress`). So a
mistake in the key of this cache shows nobody anything.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from addressbook.index.layout import Entry, Layout, OtherForm, moment_of
from addressbook.models import AddressBook, BookIndex, Contact
from security import egress, keys, scope, sealing
from security.tasks import send

KEPT_BYTES = 32 * 1024 * 1024  # of this process
WORTH_KEEPING = 1_000  # contacts, from which on a layout is kept beside its book as well
MANY_CHANGES = 20  # when a twentieth of a book has changed since, it is kept there anew
LATE = timedelta(minutes=10)  # how much later than its moment a use of a contact may be committed
_LAYING_OUT = Lock()
_TABLE = BookIndex._meta.db_table
_ENTRY = ("book_id", "pk", "country", "can_send", "can_receive", "created_at", "used_at", "sealed", "key_version")


class Sealed(NamedTuple):
    key_version: int
    data: bytes


class Changed(NamedTuple):
    kept: list[Entry]
    gone: list[UUID]


class Memory:
    """The sealed layouts of this process, no more than so many bytes; the one not used for longest goes first."""

    def __init__(self, most: int) -> None:
        self.most, self._kept, self._lock = most, OrderedDict[tuple[UUID, UUID], Sealed](), Lock()

    def get(self, account_id: UUID, book_id: UUID) -> Sealed | None:
        with self._lock:
            if (account_id, book_id) in self._kept:
                self._kept.move_to_end((account_id, book_id))
            return self._kept.get((account_id, book_id))

    def put(self, account_id: UUID, book_id: UUID, layout: Sealed) -> None:
        with self._lock:
            self._kept.pop((account_id, book_id), None)
            if len(layout.data) > self.most:
                return
            self._kept[account_id, book_id] = layout
            while self.size() > self.most:
                self._kept.popitem(last=False)

    def forget(self, account_id: UUID) -> None:
        """Drop what is kept of an account."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == account_id]:
                del self._kept[key]

    def size(self) -> int:
        """In bytes."""
        return sum(len(layout.data) for layout in self._kept.values())


MEMORY = Memory(KEPT_BYTES)


def opened(book: AddressBook) -> Layout:
    """Return the layout of a book, whose row was read in this transaction, as the book is now."""
    return opened_all([book])[book.pk]


def opened_all(books: Sequence[AddressBook]) -> dict[UUID, Layout]:
    """As `opened`, of several books: no more queries than for one."""
    layouts = {book.pk: layout for book in books if (layout := _in_memory(book))}
    known = set(layouts)
    layouts |= _beside([book for book in books if book.pk not in layouts])
    whole = [book for book in books if book.pk not in layouts or layouts[book.pk].version < book.indexed_from]
    made_anew = {book.pk for book in whole}
    late = [book for book in books if book.pk not in made_anew and layouts[book.pk].version != book.version]
    if whole or late:
        settled = _settled([*whole, *late])
        changed = _changed(late, layouts)
        whole += [book for book in late if not _bring_up(layouts[book.pk], changed[book.pk], settled[book.pk])]
        layouts |= _laid_out(whole, settled)
    late_ids = {book.pk for book in late}
    for book in books:
        if book.pk not in known or book.pk in made_anew or book.pk in late_ids:
            _remember(layouts[book.pk], book)
    return layouts


def forget(account_id: UUID) -> None:
    """Drop what this process keeps of an account."""
    MEMORY.forget(account_id)


def bring_in_uses(layouts: Mapping[UUID, Layout]) -> None:
    """Bring in when contacts were last used, which is no change of their books."""
    since = min((layout.used_until for layout in layouts.values()), default=0)
    used = Contact.objects.filter(book__in=list(layouts), used_at__gt=moment_of(since) - LATE)
    for pk, book_id, moment in used.annotate(moment=F("used_at")).values_list("pk", "book_id", "moment"):
        layouts[book_id].note_used(pk, moment)


def keep(book: AddressBook, *, now: datetime) -> None:
    """Keep the layout of a book beside it, without what was taken out of it, unless what is there is good enough."""
    kept = BookIndex.objects.filter(book=book).values_list("version", "contacts").first()
    if kept and kept[0] >= book.indexed_from and _beside([book]):  # one of an earlier form does not open
        changed = Contact.objects.filter(book=book, changed_in__gt=kept[0]).count()
        if changed * MANY_CHANGES <= kept[1]:
            return
    layout = opened(book).without_gone()
    layout.changes = 0
    sealed = _sealed(layout, book.pk)
    values = {"version": layout.version, "contacts": len(layout), "kept_at": now}
    BookIndex.objects.update_or_create(
        book=book, defaults={**values, "key_version": sealed.key_version, "sealed": sealed.data}
    )
    MEMORY.put(scope.current().account, book.pk, sealed)


def keep_soon(book_id: UUID) -> None:
    """Have the worker keep the layout of a book, once this transaction is committed."""
    from addressbook.tasks import keep_index

    send(keep_index, book_id=str(book_id))


def _remember(layout: Layout, book: AddressBook) -> None:
    if layout.changes * MANY_CHANGES > len(layout) >= WORTH_KEEPING:
        keep_soon(book.pk)
        layout.changes = 0  # once is enough to say so
    MEMORY.put(layout.account_id, book.pk, _sealed(layout, book.pk))


def _sealed(layout: Layout, book_id: UUID) -> Sealed:
    key = keys.current_key()
    return Sealed(key.version, sealing.seal_bytes(layout.packed(), key, table=_TABLE, row=str(book_id)))


def _in_memory(book: AddressBook) -> Layout | None:
    kept = MEMORY.get(scope.current().account, book.pk)
    return _open(kept, book.pk) if kept else None


def _beside(books: Sequence[AddressBook]) -> dict[UUID, Layout]:
    """Return the layouts that are kept beside their books; most small books have none."""
    if not books:
        return {}
    found = BookIndex.objects.filter(book__in=books).values_list("book_id", "key_version", "sealed")
    layouts = ((book_id, _open(Sealed(version, bytes(sealed)), book_id)) for book_id, version, sealed in found)
    return {book_id: layout for book_id, layout in layouts if layout is not None}


def _open(kept: Sealed, book_id: UUID) -> Layout | None:
    """Open a layout; None for one that does not open, which is made anew."""
    try:
        data = sealing.unseal_bytes(kept.data, kept.key_version, table=_TABLE, row=str(book_id))
        layout = Layout.unpacked(data)
    except (sealing.Unreadable, OtherForm):
        return None
    egress.witness_kept(BookIndex._meta.label_lower, book_id, account_id=layout.account_id)
    return layout


def _laid_out(books: Sequence[AddressBook], settled: Mapping[UUID, int]) -> dict[UUID, Layout]:
    """Lay whole books out, one request of this process after the other.

    Meanwhile a book takes several times the bytes of its layout: of four who search it first at once, three wait.
    They find it laid out.
    """
    if not books:
        return {}
    with _LAYING_OUT:
        found = {book.pk: layout for book in books if (layout := _in_memory(book)) and _is_of(layout, book, settled)}
        entries: dict[UUID, list[Entry]] = {book.pk: [] for book in books if book.pk not in found}
        rows = Contact.objects.filter(book__in=list(entries), deleted_at=None).order_by()
        for book_id, entry in _entries(rows) if entries else ():
            entries[book_id].append(entry)
        account_id = scope.current().account
        while entries:
            pk, kept = entries.popitem()  # and is let go of before the next one
            found[pk] = Layout.of(kept, account_id=account_id, version=settled[pk])
            MEMORY.put(account_id, pk, _sealed(found[pk], pk))
        return found


def _is_of(layout: Layout, book: AddressBook, settled: Mapping[UUID, int]) -> bool:
    """Tell whether a layout is all of a book: of its version, to which this transaction has added nothing."""
    return layout.version == book.version == settled[book.pk]


def _changed(books: Sequence[AddressBook], layouts: Mapping[UUID, Layout]) -> dict[UUID, Changed]:
    """Return what changed in books since they were laid out."""
    changed = {book.pk: Changed([], []) for book in books}
    if not books:
        return changed
    since = [Q(book=book.pk, changed_in__gt=layouts[book.pk].version) for book in books]
    # The index of changes is for those who say so in words that the planner sees, not in a parameter.
    rows = Contact.objects.filter(reduce(or_, since)).extra(where=['"addressbook_contact"."changed_in" > 0']).order_by()
    for book_id, entry in _entries(rows.filter(deleted_at=None)):
        changed[book_id].kept.append(entry)
    for book_id, pk in rows.exclude(deleted_at=None).values_list("book_id", "pk"):
        changed[book_id].gone.append(pk)
    return changed


def _bring_up(layout: Layout, changed: Changed, version: int) -> bool:
    """Bring a layout to its book's version; False where making it anew is less work."""
    if (len(changed.kept) + len(changed.gone) + layout.gone) * 2 > len(layout):
        return False
    layout.change(changed.kept, changed.gone, version=version)
    return True


def _settled(books: Sequence[AddressBook]) -> dict[UUID, int]:
    """Return the versions that nobody can add to: this transaction may still, to one that it made itself."""
    ids = [book.pk for book in books]
    own = "SELECT id FROM addressbook_addressbook WHERE id = ANY(%s) AND xmin = pg_current_xact_id_if_assigned()::xid"
    with connection.cursor() as cursor:
        cursor.execute(own, [ids])
        ours = {row[0] for row in cursor.fetchall()}
    return {book.pk: book.version - (book.pk in ours) for book in books}


def _entries(rows: QuerySet[Contact]) -> Iterator[tuple[UUID, Entry]]:
    """Open many contacts without making objects of them, which costs ten times as much.

    What cannot be opened keeps its place in a list, and has nothing to be found by.
    """
    table = Contact._meta.db_table
    for book_id, pk, country, can_send, can_receive, created_at, used_at, sealed, version in rows.values_list(*_ENTRY):
        try:
            values = sealing.unseal(bytes(sealed), version, table=table, row=str(pk))
        except sealing.Unreadable:
            values = {}
        yield book_id, Entry(pk, values, country, can_send, can_receive, created_at, used_at)


def forget_purged(books: set[UUID]) -> None:
    """Drop what is kept beside books from which something was taken away for good."""
    BookIndex.objects.filter(book__in=books).delete()
    AddressBook.objects.filter(pk__in=books).update(version=F("version") + 1, indexed_from=F("version") + 1)
