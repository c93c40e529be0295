"""Writing a batch of rows into the book. What an update changed is kept in the batch, so that it can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from addressbook import room
from addressbook.details import ContactDetails, InvalidContact, checked
from addressbook.imports.checking import details_of
from addressbook.imports.doubles import Index, keys_of, name_of
from addressbook.imports.items import ADDED, SKIPPED, UPDATED, Item, Near
from addressbook.imports.models import Duplicates, Import, ImportBatch
from addressbook.imports.pairing import Pairs, is_left_out
from addressbook.models import AddressBook, Contact
from addressbook.services import put_details
from security import trail
from security.trail import Action

_CHANGED = ["sealed", "key_version", "country", "can_send", "can_receive", "email_index", "phone_index", "updated_at"]


def know_again(run: Import, index: Index) -> None:
    """Add to an index what rows that are done already were taken for; those that were added stand in the book."""
    for batch in run.batches.filter(is_done=True).order_by("number"):
        for stored in batch.items:
            item = Item.of(stored)
            if item.act in {ADDED, UPDATED} and item.contact:
                index.note_written(item.contact)
            if item.act in {SKIPPED, UPDATED} and item.contact and not is_left_out(item):
                index.add(item.keys, item.contact)


def concerned(run: Import, batch: ImportBatch, *, index: Index, pairs: Pairs) -> set[UUID]:
    """Return the contacts that writing a batch needs to hold: those to be updated, and those that rows may be."""
    items = [item for item in map(Item.of, batch.items) if not item.is_bad]
    meant = pairs.rows_meant(items)
    found = pairs.contacts_meant(items)
    for item in items:
        if run.duplicates == Duplicates.UPDATE or item.number in meant:
            double = index.find(item.keys, name_of(details_of(item)))
            if double and double[1]:
                found.add(UUID(double[1]))
    return found


def hold(ids: set[UUID], book: AddressBook) -> dict[UUID, Contact]:
    """Fetch contacts of a book, and lock them in the order of their ids until the transaction ends.

    To be called when the book is held (`addressbook.holding`). The pairs that are put down refer to them, for which the
    database would else wait at the end for whoever changes them.
    """
    if not ids:
        return {}
    here = Contact.of_book(book.pk, ids).filter(deleted_at=None)
    return {contact.pk: contact for contact in here.select_for_update(no_key=True).order_by("pk")}


def write(
    run: Import,
    batch: ImportBatch,
    *,
    book: AddressBook,
    index: Index,
    now: datetime,
    pairs: Pairs,
    held: dict[UUID, Contact],
) -> None:
    """Write one batch, in the transaction of whoever calls, and note in it what was done.

    `held`: what `hold` gave for whom it concerns.
    """
    items = [Item.of(stored) for stored in batch.items]
    pairs.open(held)
    added: dict[UUID, Contact] = {}
    changed: dict[UUID, Contact] = {}
    place = room.left(book)
    for item in items:
        if item.is_bad:
            continue
        details = details_of(item)
        double = index.find(item.keys, name_of(details))
        known = double[1] if double and run.duplicates != Duplicates.ADD else ""
        if not known and (instead := pairs.stays_out_for(item, details)):
            _leave_out(item, *instead)
        elif not known and len(added) >= place:  # others have filled the book meanwhile
            item.flaws = [("", "no_place")]
        elif not known:
            contact = put_details(Contact(book=book, created_at=now), details, now=now)
            added[contact.pk] = contact
            _done(item, ADDED, str(contact.pk), index)
        elif run.duplicates == Duplicates.SKIP:
            item.double = double
            _done(item, SKIPPED, known, index)
        else:
            contact_or_none = held.get(UUID(known)) or added.get(UUID(known))
            _update(item, contact_or_none, double, index, now=now)
            if item.act == UPDATED and contact_or_none is not None and contact_or_none.pk not in added:
                changed[contact_or_none.pk] = contact_or_none
        pairs.note(item, added.get(UUID(item.contact)) if item.act == ADDED else None)
    Contact.objects.bulk_create(list(added.values()))
    for contact in changed.values():
        contact.save(update_fields=_CHANGED)
    for action, contacts in ((Action.CREATE, added), (Action.CHANGE, changed)):
        if contacts:
            trail.record(action=action, kind="contact", ids=list(contacts))
    run.paired += pairs.keep(items, book)
    _note(run, batch, items)


def _update(item: Item, contact: Contact | None, double: Any, index: Index, *, now: datetime) -> None:
    """Put what a row has into the contact that is there already; what the row has not stays as it is."""
    if contact is None or contact.is_unreadable:  # deleted meanwhile, or damaged: nothing is overwritten
        item.double = double
        _done(item, SKIPPED, double[1], index)
        return
    try:
        merged = checked(_merged(ContactDetails.of(contact), details_of(item)))
    except InvalidContact:
        item.flaws = [("", "update_invalid")]
        return
    item.before = _as_it_was(contact)
    put_details(contact, merged, now=now)
    index.note_written(str(contact.pk), name_of(merged))
    index.add(keys_of(merged), str(contact.pk))
    _done(item, UPDATED, str(contact.pk), index)


def _merged(before: ContactDetails, coming: ContactDetails) -> ContactDetails:
    """Put what is given in place of what was there: an address as a whole, tags beside those that are there."""
    given: dict[str, Any] = {name: value for name, value in vars(coming).items() if value and name not in _FLAGS}
    if coming.lines:
        given |= {name: getattr(coming, name) for name in _ADDRESS}
    elif before.country != coming.country:
        given |= {name: getattr(coming, name) for name in ("lines", *_ADDRESS)}
    given["can_send"] = before.can_send or coming.can_send
    given["tags"] = [*before.tags, *(tag for tag in coming.tags if tag not in before.tags)]
    return replace(before, **given)


_FLAGS, _ADDRESS = {"can_send", "can_receive"}, ("country", "city", "district", "state", "postcode")


def _as_it_was(contact: Contact) -> dict[str, Any]:
    return {
        "private": dict(contact.private),
        "country": contact.country,
        "can_send": contact.can_send,
        "can_receive": contact.can_receive,
        "email_index": bytes(contact.email_index).hex() if contact.email_index else "",
        "phone_index": bytes(contact.phone_index).hex() if contact.phone_index else "",
        "updated_at": contact.updated_at.isoformat(),
    }


def put_back(contact: Contact, before: dict[str, Any]) -> None:
    """Make a contact what it was before an update."""
    for name, value in before["private"].items():
        setattr(contact, name, value)
    contact.country, contact.can_send, contact.can_receive = (
        before["country"],
        before["can_send"],
        before["can_receive"],
    )
    contact.email_index = bytes.fromhex(before["email_index"]) or None
    contact.phone_index = bytes.fromhex(before["phone_index"]) or None
    contact.updated_at = datetime.fromisoformat(before["updated_at"])
    contact.save(update_fields=_CHANGED)


def _done(item: Item, act: str, contact: str, index: Index) -> None:
    item.act, item.contact = act, contact
    if act == ADDED:
        index.note_written(contact, name_of(details_of(item)))
    index.add(item.keys, contact)
    item.details = {}
    if act == ADDED:
        item.keys = []
    if act != SKIPPED:  # a row that stays out is given back as it came
        item.cells = []


def _leave_out(item: Item, contact: str, near: Near) -> None:
    """Leave a row out that may be a contact. It may be somebody else too: nobody is known by what it says."""
    item.act, item.contact = SKIPPED, contact
    item.double, item.near = None, [near]
    item.details, item.keys = {}, []


def _note(run: Import, batch: ImportBatch, items: list[Item]) -> None:
    acts = [item.act for item in items]
    run.added += acts.count(ADDED)
    run.updated += acts.count(UPDATED)
    run.skipped += acts.count(SKIPPED)
    run.near_skipped += sum(map(is_left_out, items))
    late = sum(item.is_bad for item in items) - batch.bad  # that could not update what is there
    run.bad += late
    run.good -= late
    run.done += len(items)
    batch.items = [item.plain() for item in items]
    batch.bad = sum(item.is_bad or item.act == SKIPPED for item in items)
    batch.is_done = True
    batch.save()
