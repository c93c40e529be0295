"""The worker's part: who is in the file is laid down once, then written piece by piece; then pieces become the file.

A worker holds an export by a lease (`addressbook.leasing`). Killed, it leaves whole pieces, and another goes on behind
the last one: there is a file, or there is none.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from celery.exceptions import SoftTimeLimitExceeded

from addressbook import favourites, leasing
from addressbook.details import ContactDetails
from addressbook.exports import services
from addressbook.exports.models import Export, ExportPiece, State
from addressbook.exports.writing import FORMATS
from addressbook.index import keeping
from addressbook.index.layout import Filters
from addressbook.models import AddressBook, Contact
from security import trail
from security.detection import observing
from security.leasing import Clock, Taken
from security.permissions import Permission
from security.refusals import Forbidden, NotFound, Outdated, Suspended
from security.trail import Action

NAME, ACTOR = "addressbook.work_export", "system:export"
PIECE = 250  # contacts in a transaction
MOST_ATTEMPTS = 3  # of one piece, before it counts as one that kills its worker
MOST_TEXT = 60_000_000  # characters of a file


class Unmakeable(Exception):
    """The file cannot be made; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Job(leasing.Job[Export]):
    model, task, actor, right = Export, NAME, ACTOR, Permission.CONTACT_EXPORT


def work(run_id: UUID, *, account_id: UUID, clock: Clock) -> None:
    """Make a file, unless another worker does. Safe to run twice, and to be killed."""
    lease = uuid4()
    while (job := Job.claim(run_id, lease, account_id=account_id, clock=clock)) is not None:
        try:
            _make(job)
        except Taken:
            continue  # the next claim says by whom, or that there is nothing to do
        except (Suspended, Outdated, Forbidden, NotFound):
            _put_down(job, account_id, "stopped")
        except Unmakeable as error:
            _put_down(job, account_id, error.code)
        except SoftTimeLimitExceeded:
            _put_down(job, account_id, "too_slow")
        return


def _put_down(job: Job, account_id: UUID, code: str) -> None:
    """Say why the work ended. What whoever asked may not do any more waits for a day, in case they may again."""
    with job.put_down(account_id, code) as run:
        if run is None:
            return
        run.due_at = job.clock() + services.FILE_LASTS
        if code != "stopped":
            services.forget(run)
            run.state, run.due_at = State.FAILED, job.clock() + services.RUN_LASTS


def _make(job: Job) -> None:
    with job.part() as (run, book):
        if run.attempts > MOST_ATTEMPTS:
            raise Unmakeable("crashed")
        if not run.pieces.exists():
            _lay_down(run, book)
    while True:
        with job.part() as (run, book):
            piece = run.pieces.filter(is_made=False).order_by("number").first()
            if piece is None:
                _finish(run, job)
                return
            _write(run, piece, book)


def _lay_down(run: Export, book: AddressBook) -> None:
    """Note who is to be in the file, by name: nobody who was added since it was asked for, and no more than were then.

    The owners were told how many, and the day's budget has been asked for as many.
    """
    ids = [UUID(pk) for pk in run.chosen]
    if not ids:
        layout = keeping.opened(book)
        wanted = Filters(**run.wanted)
        order, among = layout.named(run.language), favourites.among(wanted)
        added = Contact.objects.filter(book=book, created_at__gt=run.created_at)
        late = set(added.values_list("pk", flat=True))
        most = run.rows + len(late) + 1
        ids = [pk for pk in layout.page(wanted, order, among=among, start=None, size=most).ids if pk not in late]
    if len(ids) > run.rows:  # they were restored, moved here, or changed to what was asked for
        raise Unmakeable("grown")
    run.rows = len(ids)
    for number, start in enumerate(range(0, len(ids), PIECE)):
        piece = ExportPiece(run=run, number=number)
        piece.ids = [str(pk) for pk in ids[start : start + PIECE]]
        piece.save(force_insert=True)


def _write(run: Export, piece: ExportPiece, book: AddressBook) -> None:
    asked = [UUID(pk) for pk in piece.ids]
    found = {one.pk: one for one in Contact.of_book(book.pk, asked).filter(deleted_at=None)}
    contacts = [one for pk in asked if (one := found.get(pk)) is not None and not one.is_unreadable]
    piece.ids = [str(one.pk) for one in contacts]
    piece.text = FORMATS[run.kind].piece([ContactDetails.of(one) for one in contacts], run.contacts)
    piece.is_made = True
    piece.save()
    run.done += len(asked)
    run.left += len(asked) - len(contacts)
    run.size += len(piece.text)
    run.attempts = 1
    if run.size > MOST_TEXT:
        raise Unmakeable("too_large")
    with observing.declared(services.DECLARED, len(contacts)):
        # Read, and not yet given to anybody: that is noted when the file is fetched.
        trail.record(action=Action.READ, kind="contact", ids=piece.ids, fields=())


def _finish(run: Export, job: Job) -> None:
    if not run.contacts:
        raise Unmakeable("empty")
    services.put_together(run)
    run.state, run.finished_at = State.READY, job.clock()
    run.let_go()
    run.due_at = run.finished_at + services.FILE_LASTS
    trail.record(action=Action.CHANGE, kind=services.KIND, ids=[run.pk])
