"""The worker's part: reading, carrying out, undoing; batch by batch, each in a transaction of its own.

A worker holds an import by a lease (`addressbook.leasing`). Killed, it leaves whole batches: reading begins anew
(nothing was written), the others go on behind the last batch that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain, islice, pairwise
from time import monotonic
from uuid import UUID, uuid4

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import QuerySet

from addressbook import columns, leasing
from addressbook.imports import matching, services, undoing, writing
from addressbook.imports import near as near_duplicates
from addressbook.imports.checking import Rules, items_of
from addressbook.imports.doubles import Index
from addressbook.imports.items import Item
from addressbook.imports.models import Import, ImportBatch, ImportFile, State
from addressbook.imports.pairing import Pairs
from addressbook.imports.reading import MOST_COLUMNS, MOST_ROWS, Kind, Options, Row, Source, Unusable, open_source
from addressbook.index import keeping
from addressbook.models import AddressBook, Contact
from security import trail
from security.leasing import Clock, Taken
from security.permissions import Permission
from security.refusals import Forbidden, NotFound, Outdated, Suspended
from security.trail import Action

NAME, ACTOR = "addressbook.work_import", "system:import"
BATCH = 250  # rows in a transaction
MOST_ATTEMPTS = 3  # of reading a file, before it counts as one that kills its worker
READING_SECONDS = 240.0
RENEWED_SECONDS = 5.0  # after which the lease is renewed, where no part has been done
SLICE = 5_000  # contacts of the book that are read in one part
SAMPLES = 3  # cells of a column that are shown


class Job(leasing.Job[Import]):
    model, task, actor, right = Import, NAME, ACTOR, Permission.CONTACT_CHANGE


def work(run_id: UUID, *, account_id: UUID, clock: Clock) -> None:
    """Do what there is to do with an import, unless another worker does. Safe to run twice, and to be killed."""
    lease = uuid4()
    while (job := Job.claim(run_id, lease, account_id=account_id, clock=clock)) is not None:
        try:
            _DO[job.state](job)
        except Taken:
            continue  # the next claim says by whom, or what is to be done now
        except (Suspended, Outdated, Forbidden, NotFound):
            _put_down(job, account_id, "stopped")
        except Unusable as error:
            _put_down(job, account_id, error.code, error.at)
        except SoftTimeLimitExceeded:
            if job.state == State.READING:
                _put_down(job, account_id, "too_slow")
        return


def _put_down(job: Job, account_id: UUID, code: str, at: int = 0) -> None:
    """Say why the work ended. A file that cannot be read is kept for a day: another encoding may help."""
    with job.put_down(account_id, code) as run:
        if run is None:
            return
        run.failure_at = at
        run.due_at = run.created_at + services.FILE_LASTS if run.state == State.READING else None
        if run.state == State.READING and code != "stopped":
            run.state = State.FAILED


# Reading ----------------------------------------------------------------


def _read(job: Job) -> None:
    watch = _Watch(job)
    with job.part() as (run, book):
        if run.attempts > MOST_ATTEMPTS:
            raise Unusable("crashed")
        run.batches.all().delete()
        run.rows = run.good = run.bad = run.doubtful = run.doubles = run.near = run.done = 0
        data = ImportFile.of(run)
        options = Options(**run.wanted)
        index, near, slices = Index(), near_duplicates.Index(), _slices(book)
        index.bring_in(slices[0], near)
    if data is None:
        raise Unusable("expired")
    for contacts in slices[1:]:
        with job.part():
            index.bring_in(contacts, near)
    source = open_source(data, options, watch)
    first = list(islice(source.rows, matching.SAMPLE + 1))
    with job.part() as (run, _book):
        _note_source(run, source, first)
        rules, is_headed, width = Rules(run.chosen, run.country), run.has_headings, len(run.chosen)
    rows = chain(first[1:] if is_headed else first, source.rows)
    items = items_of(_padded(rows, 0 if source.names else width), rules, index, near)
    number = 0
    while batch := list(islice(items, BATCH)):
        watch(batch[0].number)
        with job.part() as (run, _book):
            _keep(run, number, batch)
        number += 1
    with job.part() as (run, _book):
        if not run.rows:
            raise Unusable("no_rows")
        run.state = State.READY
        run.let_go()
        run.due_at = run.created_at + services.FILE_LASTS


class _Watch:
    """Sees to it that reading takes no longer than it may, and renews the lease while it has nothing to give."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._began = self._renewed = monotonic()

    def __call__(self, row: int) -> None:
        now = monotonic()
        if now - self._began > READING_SECONDS:
            raise Unusable("too_slow", row)
        if now - self._renewed > RENEWED_SECONDS:
            with self._job.part():
                self._renewed = now


def _slices(book: AddressBook) -> list[QuerySet[Contact]]:
    """Cut a book, so that it can be gone through in parts, each within the lease; at least one."""
    here = Contact.objects.filter(book=book)
    ids = here.filter(deleted_at=None).order_by("pk").values_list("pk", flat=True)
    bounds = list(ids)[SLICE::SLICE]
    slices = [here.filter(pk__gte=low, pk__lt=high) for low, high in pairwise(bounds)]
    if not bounds:
        return [here]
    return [here.filter(pk__lt=bounds[0]), *slices, here.filter(pk__gte=bounds[-1])]


def _padded(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """Give each row as many cells as there are headings; a vCard says by its cells what it has."""
    for row in rows:
        missing = width - len(row.cells)
        yield row if missing <= 0 else Row(row.number, row.cells + [""] * missing, row.flaws)


def _note_source(run: Import, source: Source, first: list[Row]) -> None:
    """Note what kind of file it is, and match its columns unless a person has."""
    run.kind, run.encoding, run.delimiter = source.kind, source.encoding, source.delimiter
    if not first:
        raise Unusable("empty")
    if source.kind == Kind.VCARD:
        run.chosen, run.has_headings = list(source.names or []), False
        run.headings = list(run.chosen)
        run.samples = [_sample(first, place) for place in range(len(run.chosen))]
        return
    cells = [row.cells for row in first]
    if len(cells[0]) > MOST_COLUMNS:
        raise Unusable("too_many_columns")
    match = matching.matched(cells, has_headings=run.says_headings)
    width = len(match.columns) if not match.has_headings else max(len(cells[0]), 1)
    run.has_headings = match.has_headings
    run.headings = (cells[0] if match.has_headings else [""] * width)[:width]
    rest = first[1:] if match.has_headings else first
    run.samples = [_sample(rest, place) for place in range(width)]
    if not run.is_mapped or len(run.chosen) != width:
        run.is_mapped, run.chosen = False, match.columns[:width]
        if profile := services.profile_for(run.headings):
            run.chosen = [profile.columns.get(columns.heading_key(heading), "") for heading in run.headings]
            run.country = profile.country


def _sample(rows: list[Row], place: int) -> list[str]:
    cells = [row.cells[place] for row in rows if place < len(row.cells) and row.cells[place].strip()]
    return [cell[:60] for cell in cells[:SAMPLES]]


def _keep(run: Import, number: int, items: list[Item]) -> None:
    run.rows += len(items)
    if run.rows > MOST_ROWS:
        raise Unusable("too_many_rows")
    bad = sum(item.is_bad for item in items)
    run.bad += bad
    run.good += len(items) - bad
    run.doubtful += sum(bool(item.doubts) and not item.is_bad for item in items)
    run.doubles += sum(item.double is not None for item in items)
    run.near += sum(bool(item.near) for item in items)
    run.done = run.rows
    told = sum(item.is_bad or bool(item.doubts or item.near) or item.double is not None for item in items)
    batch = ImportBatch(run=run, number=number, bad=bad, told=told)
    batch.items = [item.plain() for item in items]
    batch.save(force_insert=True)


# Carrying out and undoing ----------------------------------------------------------------


def _carry_out(job: Job) -> None:
    with job.part() as (run, book):
        seen = _version(book)  # before it is read: what is added meanwhile is looked at again
        index = Index.of(book)
        writing.know_again(run, index)
        pairs = Pairs(run)
    while True:
        with job.part() as (run, book):
            batch = run.batches.filter(is_done=False).order_by("number").first()
            if batch is None:
                _finish(run, State.DONE, job.clock())
                return
            assert run.started_at is not None
            if _version(book) != seen:  # another import is at work, or a person
                index.bring_in(Contact.objects.filter(book=book, changed_in__gt=seen))
            held = writing.hold(writing.concerned(run, batch, index=index, pairs=pairs), book)
            writing.write(run, batch, book=book, index=index, now=run.started_at, pairs=pairs, held=held)
            seen = _version(book)


def _version(book: AddressBook) -> int:
    """Return a book's version, and hold the book until the transaction ends (`addressbook.holding`)."""
    return AddressBook.objects.select_for_update(no_key=True).values_list("version", flat=True).get(pk=book.pk)


def _undo(job: Job) -> None:
    while True:
        with job.part() as (run, book):
            batch = run.batches.filter(is_done=True).order_by("-number").first()
            if batch is None:
                _finish(run, State.UNDONE, job.clock())
                return
            undoing.take_back(run, batch, book=book, now=job.clock())


def _finish(run: Import, state: State, now: datetime) -> None:
    run.state = state
    run.let_go()
    run.finished_at = run.finished_at or now
    if state == State.UNDONE:
        run.undone_at = now
    run.due_at = run.finished_at + services.LEFT_OUT_LASTS
    if run.good >= keeping.WORTH_KEEPING:
        keeping.keep_soon(run.book_id)  # so that nobody waits for it who looks at the book first
    trail.record(action=Action.CHANGE, kind=services.KIND, ids=[run.pk])


_DO: dict[str, Callable[[Job], None]] = {State.READING: _read, State.RUNNING: _carry_out, State.UNDOING: _undo}
