"""What an undo of an import takes back and what it leaves, with the reason: as it stands now, before it and after.

Some ten thousand contacts are told apart by two statements that bring ids, books and moments alone; names are fetched
for the few that a page shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from addressbook.duplicates.models import Merge
from addressbook.imports.items import ADDED, UPDATED, Item
from addressbook.imports.models import Import, State
from addressbook.models import Contact
from security import trail
from security.trail import Action

MOST_NAMED = 20  # contacts of one reason that a page names
Where = tuple[UUID | None, bool]  # the book a contact is in, None where it is gone for good; and whether it is deleted


class Reason(models.TextChoices):
    """Why a contact of an import is left as it is by an undo."""

    EDITED = "edited", _("Changed since the import")
    TOOK_IN = "took_in", _("Merged with another contact since")
    MERGED = "merged", _("Merged into another contact since, which stays with what it took over")
    MOVED = "moved", _("In another address book by now")
    BINNED = "binned", _("Deleted before: in the bin, or gone for good")


@dataclass
class Left:
    """Contacts that stay as they are for one reason; `named` are those of them, or beside them, that may be shown."""

    reason: Reason
    count: int = 0
    named: list[Contact] = field(default_factory=list)

    @property
    def words(self) -> str:
        return str(self.reason.label)

    @property
    def is_merge(self) -> bool:
        return self.reason in {Reason.TOOK_IN, Reason.MERGED}

    @property
    def more(self) -> int:
        """How many are not named."""
        return max(0, self.count - len(self.named)) if self.named else 0


@dataclass(frozen=True)
class Outlook:
    """How many contacts go to the bin, how many become what they were, and which stay, by reason."""

    binned: int
    restored: int
    left: list[Left]


def before_undo(run: Import) -> Outlook:
    """Say what an undo would do now."""
    added, updated = _written(run)
    untouched, touched = _told_apart(run, added | updated)
    return Outlook(len(untouched & added), len(untouched - added), _reasons(run, touched))


def after_undo(run: Import) -> list[Left]:
    """Say what an undo left, by reason. What somebody changed after it is told as it stands now."""
    if run.state != State.UNDONE:
        return []
    kept = {UUID(pk) for pk in run.kept}
    found = {pk: (book_id, gone) for pk, book_id, _at, gone in _rows(kept)}
    touched: dict[UUID, Where] = {pk: found.get(pk, (None, True)) for pk in kept}
    written = set.union(*_written(run))
    _took_in, merged_into = _merges(run, written - kept)
    touched |= dict.fromkeys(merged_into, (run.book_id, True))
    left = _reasons(run, touched)
    gone = len(written) - run.returned - run.left - len(merged_into)
    return [*left, Left(Reason.BINNED, gone)] if gone > 0 else left


def _written(run: Import) -> tuple[set[UUID], set[UUID]]:
    """Return which contacts it added, and which it updated that were there before."""
    by_act: dict[str, set[UUID]] = {ADDED: set(), UPDATED: set()}
    for batch in run.batches.order_by("number").iterator(chunk_size=4):
        for item in map(Item.of, batch.items):
            if item.act in by_act and item.contact:
                by_act[item.act].add(UUID(item.contact))
    return by_act[ADDED], by_act[UPDATED] - by_act[ADDED]


def _rows(ids: Iterable[UUID]) -> Iterable[tuple[UUID, UUID, object, bool]]:
    rows = Contact.objects.filter(pk__in=ids).order_by().values_list("pk", "book_id", "updated_at", "deleted_at")
    return ((pk, book_id, at, deleted_at is not None) for pk, book_id, at, deleted_at in rows)


def _told_apart(run: Import, ids: set[UUID]) -> tuple[set[UUID], dict[UUID, Where]]:
    """Return which are as the import left them, and where the others are."""
    found = {pk: (book_id, at, gone) for pk, book_id, at, gone in _rows(ids)}
    untouched = {
        pk for pk, (book_id, at, gone) in found.items() if at == run.started_at and book_id == run.book_id and not gone
    }
    touched: dict[UUID, Where] = dict.fromkeys(ids - untouched, (None, True))
    touched |= {pk: (book_id, gone) for pk, (book_id, _at, gone) in found.items() if pk not in untouched}
    return untouched, touched


def _reasons(run: Import, touched: dict[UUID, Where]) -> list[Left]:
    took_in, merged_into = _merges(run, set(touched))
    left = {reason: Left(reason) for reason in Reason}
    names: dict[Reason, list[UUID]] = {reason: [] for reason in Reason}
    for pk, (book_id, is_gone) in sorted(touched.items()):
        reason = _reason(run, pk, book_id, is_gone, took_in, merged_into)
        left[reason].count += 1
        if reason == Reason.MERGED:
            names[reason].append(merged_into[pk])
        elif reason in {Reason.EDITED, Reason.TOOK_IN}:
            names[reason].append(pk)
    _name(run, left, names)
    return [one for one in left.values() if one.count]


def _reason(
    run: Import, pk: UUID, book_id: UUID | None, is_gone: bool, took_in: set[UUID], merged_into: dict[UUID, UUID]
) -> Reason:
    if pk in merged_into and is_gone:
        return Reason.MERGED
    if is_gone:
        return Reason.BINNED
    if book_id != run.book_id:
        return Reason.MOVED
    return Reason.TOOK_IN if pk in took_in else Reason.EDITED


def _merges(run: Import, ids: set[UUID]) -> tuple[set[UUID], dict[UUID, UUID]]:
    """Return which of some contacts took in another one, and which were taken in, by whom."""
    if not ids:
        return set(), {}
    merges = Merge.objects.filter(Q(kept__in=ids) | Q(taken_in__in=ids), book=run.book_id)
    pairs = list(merges.values_list("kept_id", "taken_in_id"))
    return {kept for kept, _taken in pairs if kept in ids}, {taken: kept for kept, taken in pairs if taken in ids}


def _name(run: Import, left: dict[Reason, Left], names: dict[Reason, list[UUID]]) -> None:
    """Fetch those that are named, of this book alone, and note that they are listed."""
    wanted = {reason: list(dict.fromkeys(ids))[:MOST_NAMED] for reason, ids in names.items()}
    ids = [pk for some in wanted.values() for pk in some]
    if not ids:
        return
    found = {one.pk: one for one in Contact.of_book(run.book_id, ids).filter(deleted_at=None)}
    for reason, some in wanted.items():
        left[reason].named = [found[pk] for pk in some if pk in found]
    if found:
        trail.record(action=Action.LIST, kind="contact", ids=list(found))
