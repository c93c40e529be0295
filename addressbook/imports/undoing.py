"""Taking a batch back: what was added goes to the bin, what was updated becomes what it was.

A contact that was edited since, or is in another book by now, is left alone and named.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from addressbook import holding
from addressbook.imports.items import ADDED, UPDATED, Item
from addressbook.imports.models import Import, ImportBatch
from addressbook.imports.writing import put_back
from addressbook.models import AddressBook, Contact
from security import trail
from security.trail import Action

MOST_NAMED = 1_000  # contacts that were left alone, whose ids are kept


def take_back(run: Import, batch: ImportBatch, *, book: AddressBook, now: datetime) -> None:
    """Take back what one batch has written, in the transaction of whoever calls."""
    items = [Item.of(stored) for stored in batch.items]
    ids = {UUID(item.contact) for item in items if item.act in {ADDED, UPDATED}}
    holding.hold([book.pk])
    locked = Contact.objects.select_for_update().filter(pk__in=ids, deleted_at=None).order_by("pk")
    found = {contact.pk: contact for contact in locked}
    untouched = {pk for pk, one in found.items() if one.updated_at == run.started_at and one.book_id == book.pk}
    restored = _restore([item for item in items if item.act == UPDATED], found, untouched, run)
    binned = [pk for item in items if item.act == ADDED and (pk := UUID(item.contact)) in untouched]
    Contact.objects.filter(pk__in=binned).update(deleted_at=now)
    for action, changed in ((Action.DELETE, binned), (Action.CHANGE, restored)):
        if changed:
            trail.record(action=action, kind="contact", ids=changed)
    kept = [str(pk) for pk in found if pk not in untouched]
    run.kept = list(dict.fromkeys([*run.kept, *kept]))[:MOST_NAMED]
    run.left += len(kept)
    run.binned += len(binned)
    run.returned += len(set(binned) | set(restored))  # a row may have updated what another one added
    run.done -= len(items)
    batch.is_done = False
    batch.save()


def _restore(items: list[Item], found: dict[UUID, Contact], untouched: set[UUID], run: Import) -> list[UUID]:
    """Put contacts back, the last update first: one that two rows updated ends as it was before the first."""
    restored: dict[UUID, None] = {}
    for item in reversed(items):
        contact = found.get(UUID(item.contact))
        if contact is None or contact.pk not in untouched or contact.is_unreadable:
            continue
        put_back(contact, item.before)
        restored[contact.pk] = None
    return list(restored)
