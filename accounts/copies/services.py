"""What an owner does with copies of the account; the work itself is the worker's (`working`).

Whoever calls has fetched the copy through `access`, locked, and has shown who they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from accounts import notices, periods
from accounts.copies import archive, sections
from accounts.copies.models import AccountCopy, CopyFile, CopyState
from accounts.models import Account, Member, OutgoingMail
from accounts.roles import Role
from security import scope, tasks, trail
from security.detection import observing
from security.leased import LEASE
from security.permissions import Permission
from security.refusals import Forbidden
from security.trail import Action

KIND = "account_copy"  # in the access log
DECLARED = "copy"  # to detection: work that somebody ordered as a whole
MOST_A_DAY = 2  # a copy is for keeping or moving away, not for daily use
DAY = timedelta(days=1)


class OverBudget(Exception):
    """The account has had as many copies made within a day as it may."""


class WrongState(Exception):
    """The copy is not at the point where this can be done."""


@dataclass(frozen=True)
class Made:
    """A file as it is given out. Its name says nothing of anybody."""

    data: bytes
    name: str


@transaction.atomic
def begin(*, by: UUID, now: datetime) -> AccountCopy:
    """Have a copy made of all that is held of the active account; the owners are told by mail.

    One that is still being made for the same person is returned instead. Raises OverBudget.
    """
    account_id = scope.current().account
    with connection.cursor() as cursor:  # two who ask at once do so one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 62))", [str(account_id)])
    if (twin := AccountCopy.objects.filter(by=by, state=CopyState.MAKING, failure="").first()) is not None:
        return twin
    if AccountCopy.objects.filter(created_at__gt=now - DAY).count() >= MOST_A_DAY:
        raise OverBudget
    run = AccountCopy(by=by, created_at=now, due_at=now + LEASE)
    run.asked = tasks.scope_to_keep()
    run.save(force_insert=True)
    trail.record(action=Action.CREATE, kind=KIND, ids=[run.pk])
    account = Account.objects.get(pk=account_id)
    notices.tell(OutgoingMail.Kind.ACCOUNT_COPIED, account=account, about=account.name)
    _send(run)
    return run


def require_owner(by: UUID) -> None:
    """Raise Forbidden where somebody does not own the active account any more: asked at each step of the work."""
    owners = Member.objects.filter(account_id=scope.current().account, role=Role.OWNER)
    if not owners.filter(user_id=by).exists():
        raise Forbidden(Permission.ACCOUNT_EXPORT)


def is_there(run: AccountCopy, *, now: datetime) -> bool:
    """Tell whether the file can be fetched."""
    lasts = periods.COPY_FILE.length()
    return run.state == CopyState.READY and run.finished_at is not None and now < run.finished_at + lasts


@transaction.atomic
def take(*, run: AccountCopy, now: datetime) -> Made:
    """Give the file out, and note everything that is in it. Raises WrongState where there is none, or none any more."""
    if not is_there(run, now=now) or (data := CopyFile.of(run)) is None:
        raise WrongState
    with observing.declared(DECLARED, run.done):
        for piece in run.pieces.order_by("number").iterator(chunk_size=20):
            section = sections.named(piece.section)
            if piece.ids and section is not None and section.kind:
                trail.record(action=Action.EXPORT, kind=section.kind, ids=piece.ids)
    trail.record(action=Action.EXPORT, kind=KIND, ids=[run.pk])
    AccountCopy.objects.filter(pk=run.pk).update(fetched_at=now)
    return Made(data, f"account-{run.created_at:%Y-%m-%d}.zip")


@transaction.atomic
def remove(*, run: AccountCopy, now: datetime) -> None:
    """Remove the file before its time, or give up making it. Raises WrongState."""
    if run.state not in {CopyState.MAKING, CopyState.READY}:
        raise WrongState
    forget(run)
    run.state, run.failure, run.due_at = CopyState.GONE, "", now + periods.COPIES.length()
    run.let_go()
    run.save()
    trail.record(action=Action.DELETE, kind=KIND, ids=[run.pk])


@transaction.atomic
def go_on(*, run: AccountCopy, now: datetime) -> None:
    """Let a copy that stopped in the middle go on, as who they are now. Raises WrongState."""
    if not run.is_stopped:
        raise WrongState
    run.failure, run.attempts, run.asked, run.due_at = "", 0, tasks.scope_to_keep(), now + LEASE
    run.save()
    _send(run)


@transaction.atomic
def erase_with(ids: Iterable[UUID], *, now: datetime) -> None:
    """Remove the files, made or being made, that hold something which is erased for good: no copy outlives it here."""
    gone = {str(pk) for pk in ids}
    if not gone:
        return
    held = AccountCopy.objects.select_for_update().filter(state__in=[CopyState.MAKING, CopyState.READY])
    for run in held.order_by("pk"):
        if any(not gone.isdisjoint(piece.ids) for piece in run.pieces.iterator(chunk_size=20)):
            remove(run=run, now=now)


def forget(run: AccountCopy) -> None:
    """Remove what was read; nothing of the run is saved."""
    run.files.all().delete()
    run.pieces.all().delete()
    run.place = ""


def put_together(run: AccountCopy) -> None:
    """Make the file of the pieces, which keep what is in it and nothing else; nothing of the run is saved."""
    data = archive.made(run)
    CopyFile.keep(run, data)
    run.size = len(data)
    for piece in run.pieces.order_by("number").iterator(chunk_size=20):
        piece.text = piece.table = ""
        piece.save(update_fields=["sealed", "key_version"])


def _send(run: AccountCopy) -> None:
    from accounts.tasks import work_copy  # the task calls services, and services send it

    tasks.send(work_copy, copy_id=str(run.pk))
