"""The worker's part: a copy is read section by section and page by page; then the pieces become the file.

A worker holds a copy by a lease (`security.leasing`). Killed, it leaves whole pieces, and another goes on behind the
last one: there is a file, or there is none. At each step whoever asked may still act, and still owns the account.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from celery.exceptions import SoftTimeLimitExceeded

from accounts import periods
from accounts.copies import archive, sections, services
from accounts.copies.models import AccountCopy, CopyPiece, CopyState
from accounts.copies.sections import Section
from security import leasing, trail
from security.detection import observing
from security.leasing import Clock, Taken
from security.refusals import Forbidden, NotFound, Outdated, Suspended
from security.trail import Action

NAME, ACTOR = "accounts.work_copy", "system:copy"
MOST_ATTEMPTS = 3  # of one piece, before it counts as one that kills its worker
MOST_TEXT = 400_000_000  # characters of all sections; packed, they are a tenth


class Unmakeable(Exception):
    """The file cannot be made; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Job(leasing.Job[AccountCopy]):
    model, task, actor = AccountCopy, NAME, ACTOR


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
        run.due_at = job.clock() + periods.COPY_FILE.length()
        if code != "stopped":
            services.forget(run)
            run.state, run.due_at = CopyState.FAILED, job.clock() + periods.COPIES.length()


def _make(job: Job) -> None:
    is_done = False
    while not is_done:
        with job.step() as run:
            services.require_owner(run.by)
            if run.attempts > MOST_ATTEMPTS:
                raise Unmakeable("crashed")
            section = _section(run)
            is_done = section is None
            if section is None:
                _finish(run, job)
            else:
                _read(run, section)


def _section(run: AccountCopy) -> Section | None:
    """Return the section that is to be read on, or the next one; None behind the last."""
    return sections.named(run.section) if run.place else sections.behind(run.section)


def _read(run: AccountCopy, section: Section) -> None:
    found = section.find(run.place)
    piece = CopyPiece(run=run, number=run.pieces.count(), section=section.name)
    piece.ids = [str(pk) for pk in found.ids]
    piece.text, piece.table = archive.text_of(found.rows), archive.table_of(found.cells)
    if found.rows:
        piece.save(force_insert=True)
    run.section, run.place, run.attempts = section.name, found.next, 1
    run.done += len(found.rows)
    run.size += len(piece.text) + len(piece.table)
    if run.size > MOST_TEXT:
        raise Unmakeable("too_large")
    if found.ids and section.kind:
        with observing.declared(services.DECLARED, len(found.ids)):
            # Read, and not yet given to anybody: that is noted when the file is fetched.
            trail.record(action=Action.READ, kind=section.kind, ids=found.ids, fields=())


def _finish(run: AccountCopy, job: Job) -> None:
    services.put_together(run)
    run.state, run.finished_at = CopyState.READY, job.clock()
    run.let_go()
    run.due_at = run.finished_at + periods.COPY_FILE.length()
    trail.record(action=Action.CHANGE, kind=services.KIND, ids=[run.pk])
