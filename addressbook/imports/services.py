"""What people and programs do with imports; the work itself is the worker's (`working`).

Whoever calls has fetched book or import through `access`, the import locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext, override

from addressbook import columns, countries, periods, room
from addressbook.imports.items import Item
from addressbook.imports.models import (
    Duplicates,
    Import,
    ImportBatch,
    ImportFile,
    ImportProfile,
    NearDuplicates,
    State,
)
from addressbook.imports.reading.encodings import CHOICES
from addressbook.imports.reading.tables import DELIMITERS
from addressbook.models import AddressBook
from security import tasks, trail
from security.leased import LEASE
from security.texts import clean_text
from security.trail import Action

KIND = "contact_import"  # in the access log
MOST_BYTES = 10_000_000  # of a file
MOST_AN_HOUR = 60  # uploads of an account
MOST_PROFILES = 100
MAX_NAME = 100
FILE_LASTS = periods.IMPORT_FILE.length()  # and rows that nobody carried out
LEFT_OUT_LASTS = periods.IMPORT_LEFT_OUT.length()  # rows that stayed out
UNDO_PERIOD = periods.IMPORT_UNDO.length()  # as long as the bin
RUN_LASTS = periods.RUNS.length()  # what is said of an import in the list


class WrongState(Exception):
    """The import is not at the point where this can be done."""


class TooLarge(Exception):
    """The file has more bytes than we take."""


class TooMany(Exception):
    """The account has uploaded too many files within an hour."""


@dataclass(frozen=True)
class Wishes:
    """What a person says about a file; what is empty is found out. `chosen`: of each column, what it is."""

    chosen: Sequence[str] | None = None
    country: str = countries.HONG_KONG
    encoding: str = ""
    delimiter: str = ""
    has_headings: bool | None = None


@transaction.atomic
def upload(*, book: AddressBook, data: bytes, file_name: str, now: datetime, wishes: Wishes | None = None) -> Import:
    """Take a file: it is sealed, and the worker is told to read it. Raises TooLarge and TooMany."""
    if len(data) > MOST_BYTES:
        raise TooLarge
    if Import.objects.filter(created_at__gt=now - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        raise TooMany
    run = Import(book=book, size=len(data), created_at=now, due_at=now + LEASE)
    run.file_name = clean_text(file_name)[:MAX_NAME]  # for people alone: no path is made of it
    run.asked = tasks.scope_to_keep()
    _take_wishes(run, wishes or Wishes())
    run.save(force_insert=True)
    ImportFile.keep(run, data)
    trail.record(action=Action.CREATE, kind=KIND, ids=[run.pk])
    _send(run)
    return run


@transaction.atomic
def check_again(*, run: Import, wishes: Wishes, now: datetime) -> None:
    """Have a file read anew, as a person says it is to be read. Raises WrongState."""
    if run.state not in {State.READY, State.FAILED} or not run.files.exists():
        raise WrongState
    _take_wishes(run, wishes)
    _begin(run, State.READING, now)
    _send(run)


@transaction.atomic
def carry_out(*, run: Import, duplicates: str, now: datetime, near_duplicates: str = NearDuplicates.ADD) -> None:
    """Write the good rows into the book. The file is not needed any more. Raises WrongState and `room.BookFull`."""
    if run.state != State.READY or not run.good:
        raise WrongState
    coming = run.good - (0 if duplicates == Duplicates.ADD else run.doubles)
    coming -= run.near if near_duplicates == NearDuplicates.SKIP else 0
    room.require_held(run.book, coming, besides=run)
    run.files.all().delete()
    run.duplicates, run.near_duplicates = Duplicates(duplicates), NearDuplicates(near_duplicates)
    run.added = run.updated = run.skipped = run.near_skipped = run.paired = run.done = 0
    run.started_at = now
    _begin(run, State.RUNNING, now)
    trail.record(action=Action.CHANGE, kind=KIND, ids=[run.pk])
    _send(run)


@transaction.atomic
def undo(*, run: Import, now: datetime) -> None:
    """Take back what an import has written so far; one that is under way is stopped by it. Raises WrongState."""
    if not may_be_undone(run, now=now):
        raise WrongState
    run.returned = run.binned = run.left = 0
    run.kept = []
    _begin(run, State.UNDOING, now)
    trail.record(action=Action.CHANGE, kind=KIND, ids=[run.pk])
    _send(run)


def may_be_undone(run: Import, *, now: datetime) -> bool:
    """Tell whether an import can be undone: while it is carried out, and for as long as the bin keeps contacts."""
    if run.state == State.RUNNING:
        return True
    return run.state == State.DONE and run.finished_at is not None and now < run.finished_at + UNDO_PERIOD


@transaction.atomic
def give_up(*, run: Import, now: datetime) -> None:
    """Drop an import that wrote nothing, with its file and its rows. Raises WrongState."""
    if run.state not in {State.READING, State.READY, State.FAILED}:
        raise WrongState
    forget_rows(run)
    run.state, run.failure, run.due_at = State.CANCELLED, "", now + RUN_LASTS
    run.save()
    trail.record(action=Action.DELETE, kind=KIND, ids=[run.pk])


@transaction.atomic
def go_on(*, run: Import, now: datetime) -> None:
    """Let an import that stopped in the middle go on, for whoever says so now. Raises WrongState."""
    if not run.is_stopped:
        raise WrongState
    _begin(run, State(run.state), now)
    _send(run)


def forget_rows(run: Import) -> None:
    """Remove everything that came out of the file, but for its name."""
    run.files.all().delete()
    run.batches.all().delete()
    run.headings, run.samples, run.chosen = [], [], []


@transaction.atomic
def erase_with(contacts: Iterable[UUID]) -> None:
    """Remove what imports keep of contacts that are erased for good: what they were before an update."""
    gone = {str(pk) for pk in contacts}
    if not gone:
        return
    for batch in ImportBatch.objects.filter(is_done=True).order_by("pk").iterator(chunk_size=20):
        items = [Item.of(stored) for stored in batch.items]
        held = [item for item in items if item.before and item.contact in gone]
        for item in held:
            item.before = {}
        if held:
            batch.items = [item.plain() for item in items]
            batch.save(update_fields=["sealed", "key_version"])


# Profiles ----------------------------------------------------------------


@transaction.atomic
def remember(*, run: Import, name: str, now: datetime) -> ImportProfile | None:
    """Keep the columns of an import for files with the same headings; one of that name is replaced.

    None where there is nothing to know the file by, or nothing more may be kept.
    """
    named = {columns.heading_key(heading): column for heading, column in zip(run.headings, run.chosen, strict=False)}
    named.pop("", None)
    cleaned = clean_text(name)[:MAX_NAME]
    if not named or not cleaned:
        return None
    kept = list(ImportProfile.objects.order_by("created_at")[:MOST_PROFILES])
    profile = next((one for one in kept if one.name == cleaned), None)
    if profile is None:
        if len(kept) >= MOST_PROFILES:
            return None
        profile = ImportProfile(created_at=now)
    profile.name, profile.columns, profile.country, profile.updated_at = cleaned, named, run.country, now
    profile.save()
    trail.record(action=Action.CHANGE, kind="import_profile", ids=[profile.pk])
    return profile


@transaction.atomic
def forget_profile(*, profile: ImportProfile) -> None:
    """Remove remembered columns."""
    trail.record(action=Action.DELETE, kind="import_profile", ids=[profile.pk])
    profile.delete()


def profile_for(headings: Sequence[str]) -> ImportProfile | None:
    """Return the remembered columns of files with exactly these headings, the latest if there are several.

    The file of the rows that stayed out is known too: it has one heading more, of ours.
    """
    wanted = {key for heading in headings if (key := columns.heading_key(heading))}
    if not wanted:
        return None
    kept = list(ImportProfile.objects.order_by("-updated_at")[:MOST_PROFILES])
    asked = (wanted, wanted - _reason_keys())
    return next((one for keys in asked for one in kept if set(one.columns) == keys), None)


@cache
def _reason_keys() -> frozenset[str]:
    """Return what the column of the reasons is called, in each language (`showing.left_out_file`)."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.add(columns.heading_key(gettext("Reason")))
    return frozenset(found)


# ----------------------------------------------------------------


def _take_wishes(run: Import, wishes: Wishes) -> None:
    known = countries.codes()
    run.country = wishes.country if wishes.country in known else countries.HONG_KONG
    run.wanted = {
        "encoding": wishes.encoding if wishes.encoding in CHOICES else "",
        "delimiter": wishes.delimiter if wishes.delimiter in DELIMITERS else "",
    }
    run.says_headings = wishes.has_headings
    run.is_mapped = wishes.chosen is not None
    run.chosen = list(wishes.chosen or [])


def _begin(run: Import, state: State, now: datetime) -> None:
    run.state, run.failure, run.failure_at, run.attempts = state, "", 0, 0
    run.asked, run.due_at = tasks.scope_to_keep(), now + LEASE
    run.save()


def _send(run: Import) -> None:
    from addressbook.tasks import work_import  # the task calls services, and services send it

    tasks.send(work_import, import_id=str(run.pk))


def batches_of(run: Import) -> Sequence[ImportBatch]:
    return list(run.batches.order_by("number"))
