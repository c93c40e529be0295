"""What people and programs do with exports; the work itself is the worker's (`working`).

Whoever calls has fetched the book or the export through `access`, the export locked, and has shown who they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Sum

from accounts import notices
from accounts.models import Account, OutgoingMail
from addressbook import access, periods, selectors
from addressbook.exports.models import Export, ExportFile, ExportPiece, Kind, State
from addressbook.exports.writing import FORMATS
from addressbook.models import AddressBook, Contact
from addressbook.selectors import Filters
from security import scope, tasks, trail, tuning
from security.detection import observing
from security.leased import LEASE
from security.trail import Action

KIND = "contact_export"  # in the access log
DECLARED = "export"  # to detection: work that somebody ordered as a whole
MOST_CHOSEN = 1_000  # contacts that are ticked one by one
MOST_TWINS = 20  # exports that are looked through for one that is alike
FILE_LASTS = periods.EXPORT_FILE.length()
RUN_LASTS = periods.RUNS.length()  # what is said of an export in the list
DAY = timedelta(days=1)


class Empty(Exception):
    """There is no contact to give out."""


class OverBudget(Exception):
    """The account has had as many contacts, or as many files, made within a day as it may."""


class WrongState(Exception):
    """The export is not at the point where this can be done."""


@dataclass(frozen=True)
class Wishes:
    """What file is made: its kind, for CSV with a mark by which Excel knows UTF-8, headings in which language."""

    kind: str = Kind.XLSX
    has_mark: bool = False
    language: str = "en"


@dataclass(frozen=True)
class Made:
    """A file as it is given out. Its name says nothing of anybody."""

    data: bytes
    name: str
    media_type: str


@transaction.atomic
def begin(
    *, book: AddressBook, wishes: Wishes, now: datetime, filters: Filters | None = None, chosen: Sequence[UUID] = ()
) -> Export:
    """Have a file made of a book, of what the filters leave of it, or of chosen contacts; the owners are told by mail.

    One that is alike and still being made for the same person is returned instead. Raises Empty and OverBudget.
    """
    present = _present(book, chosen)
    rows = len(present) if chosen else count(book, filters=filters)
    if not rows:
        raise Empty
    run = Export(book=book, kind=Kind(wishes.kind), rows=rows, by=access.who_acts(), created_at=now, due_at=now + LEASE)
    run.has_mark = wishes.has_mark and wishes.kind == Kind.CSV
    run.language, run.asked = wishes.language, tasks.scope_to_keep()
    run.wanted = {name: value for name, value in asdict(filters or Filters()).items() if value}
    run.chosen = [str(pk) for pk in present]
    _wait_for_turn()
    if (twin := _twin_of(run)) is not None:
        return twin
    _require_budget(rows, now=now)
    run.save(force_insert=True)
    trail.record(action=Action.CREATE, kind=KIND, ids=[run.pk])
    account = Account.objects.get(pk=scope.current().account)
    notices.tell(OutgoingMail.Kind.CONTACTS_EXPORTED, account=account, about=str(rows))
    _send(run)
    return run


def count(book: AddressBook, *, filters: Filters | None = None, chosen: Sequence[UUID] = ()) -> int:
    """Return how many contacts would be in a file."""
    if chosen:
        return len(_present(book, chosen))
    kept = Contact.objects.filter(book=book, deleted_at=None)
    if filters is None or not any(vars(filters).values()):
        return kept.count()
    if filters.query:
        trail.record(action=Action.SEARCH, kind="address_book", ids=[book.pk])
    return len(selectors.ids_of(book, filters, most=kept.count()))


@transaction.atomic
def take(*, run: Export, now: datetime) -> Made:
    """Give the file out, and note everybody who is in it. Raises WrongState where there is none, or none any more."""
    if not is_there(run, now=now) or (data := ExportFile.of(run)) is None:
        raise WrongState
    with observing.declared(DECLARED, run.contacts):
        for piece in run.pieces.order_by("number"):
            if piece.ids:
                trail.record(action=Action.EXPORT, kind="contact", ids=piece.ids)
    trail.record(action=Action.EXPORT, kind=KIND, ids=[run.pk])
    Export.objects.filter(pk=run.pk).update(fetched_at=now)
    made = FORMATS[run.kind]
    return Made(data, f"contacts-{run.created_at:%Y-%m-%d}.{made.suffix}", made.media_type)


def is_there(run: Export, *, now: datetime) -> bool:
    """Tell whether the file can be fetched."""
    return run.state == State.READY and run.finished_at is not None and now < run.finished_at + FILE_LASTS


@transaction.atomic
def remove(*, run: Export, now: datetime) -> None:
    """Remove the file before its time, or give up making it. Raises WrongState."""
    if run.state not in {State.MAKING, State.READY}:
        raise WrongState
    forget(run)
    run.state, run.failure, run.due_at = State.GONE, "", now + RUN_LASTS
    run.let_go()
    run.save()
    trail.record(action=Action.DELETE, kind=KIND, ids=[run.pk])


@transaction.atomic
def go_on(*, run: Export, now: datetime) -> None:
    """Let an export that stopped in the middle go on, as who they are now. Raises WrongState."""
    if not run.is_stopped:
        raise WrongState
    run.failure, run.attempts, run.asked, run.due_at = "", 0, tasks.scope_to_keep(), now + LEASE
    run.save()
    _send(run)


def let_go_of(book: AddressBook, *, now: datetime) -> None:
    """Keep of a book that is about to be deleted what today's budget counts; nothing that came out of it.

    The rest goes with the book. Whoever calls holds the book locked, so that no export of it begins meanwhile.
    """
    for run in Export.objects.select_for_update().filter(book=book, created_at__gt=now - DAY):
        forget(run)
        run.book, run.state, run.failure, run.asked, run.due_at = None, State.GONE, "", "", run.created_at + DAY
        run.let_go()
        run.save()


@transaction.atomic
def erase_with(contacts: Iterable[UUID], *, now: datetime) -> None:
    """Remove the files, made or being made, that hold a contact which is erased for good: no copy outlives it here."""
    gone = {str(pk) for pk in contacts}
    if not gone:
        return
    for run in Export.objects.select_for_update().filter(state__in=[State.MAKING, State.READY]).order_by("pk"):
        if any(not gone.isdisjoint(piece.ids) for piece in run.pieces.iterator(chunk_size=20)):
            remove(run=run, now=now)


def forget(run: Export) -> None:
    """Remove what came out of the book, and which part of it that was; nothing of the run is saved."""
    run.files.all().delete()
    run.pieces.all().delete()
    run.wanted, run.chosen = {}, []


def put_together(run: Export) -> None:
    """Make the file of the pieces, which keep who is in it and nothing else; nothing of the run is saved."""
    pieces = run.pieces.order_by("number")
    texts = (piece.text for piece in pieces.iterator(chunk_size=20))
    data = FORMATS[run.kind].whole(texts, run.language, run.has_mark)
    ExportFile.keep(run, data)
    run.size = len(data)
    for piece in ExportPiece.objects.filter(run=run).order_by("number").iterator(chunk_size=20):
        piece.text = ""
        piece.save(update_fields=["sealed", "key_version"])


# ----------------------------------------------------------------


def _present(book: AddressBook, chosen: Sequence[UUID]) -> list[UUID]:
    """Return which of some contacts are in the book, each once, in the order in which they were named."""
    if not chosen:
        return []
    kept = Contact.of_book(book.pk, chosen).filter(deleted_at=None)
    there = set(kept.values_list("pk", flat=True))
    return [pk for pk in dict.fromkeys(chosen) if pk in there]


def _wait_for_turn() -> None:
    """Let two who ask at once do so one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 61))", [str(scope.current().account)])


def _twin_of(run: Export) -> Export | None:
    """Return what another click has asked for already: the same, of as many contacts, not made yet and not stopped."""
    alike = Export.objects.filter(book=run.book, by=run.by, state=State.MAKING, failure="", rows=run.rows)
    newest = alike.filter(kind=run.kind, has_mark=run.has_mark).order_by("-created_at")[:MOST_TWINS]
    return next((one for one in newest if not one.is_unreadable and _said(one) == _said(run)), None)


def _said(run: Export) -> tuple[str, dict[str, Any], list[str]]:
    return run.language, run.wanted, run.chosen


def _require_budget(rows: int, *, now: datetime) -> None:
    """Raise OverBudget."""
    limits = tuning.current().exports
    today = Export.objects.filter(created_at__gt=now - DAY).aggregate(rows=Sum("rows"), files=Count("pk"))
    if today["files"] >= limits.files_a_day or (today["rows"] or 0) + rows > limits.rows_a_day:
        raise OverBudget


def _send(run: Export) -> None:
    from addressbook.tasks import work_export  # the task calls services, and services send it

    tasks.send(work_export, export_id=str(run.pk))
