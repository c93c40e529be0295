"""Jobs of address books."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from addressbook import access
from addressbook.duplicates import looking
from addressbook.exports import tending as exports_tending
from addressbook.exports import working as exports_working
from addressbook.imports import tending, working
from addressbook.index import keeping
from security import scope
from security.permissions import Permission
from security.refusals import Forbidden, NotFound
from security.tasks import ScopedTask, SeparateTask, send


@shared_task(base=ScopedTask, name="addressbook.keep_index")
def keep_index(*, book_id: str) -> None:
    """Keep the layout of a book beside it. Safe to run twice; nothing happens where the book is gone."""
    try:
        book = access.get_book(book_id, to=Permission.CONTACT_VIEW)
    except (NotFound, Forbidden):
        return
    keeping.keep(book, now=timezone.now())


@shared_task(base=ScopedTask, name="addressbook.look_for_duplicates")
def look_for_duplicates(*, book_id: str) -> None:
    """Look through a book for contacts that may be one. Safe to run twice; nothing happens where the book is gone."""
    try:
        book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    except (NotFound, Forbidden):
        return
    looking.look(book, now=timezone.now())


@shared_task(base=SeparateTask, name=working.NAME, soft_time_limit=600, time_limit=660)
def work_import(*, import_id: str) -> None:
    """Read, carry out or undo an import, batch by batch. Safe to run twice, and to be killed."""
    account_id = work_import.asked_by().account_id
    if account_id is not None:
        working.work(UUID(import_id), account_id=account_id, clock=timezone.now)


@shared_task(base=SeparateTask, name=exports_working.NAME, soft_time_limit=600, time_limit=660)
def work_export(*, export_id: str) -> None:
    """Make the file of an export, piece by piece. Safe to run twice, and to be killed."""
    account_id = work_export.asked_by().account_id
    if account_id is not None:
        exports_working.work(UUID(export_id), account_id=account_id, clock=timezone.now)


@shared_task(base=ScopedTask, name="addressbook.tend_files")
def tend_files() -> None:
    """Find the accounts that have imports or exports to look after; each gets a task of its own. Safe to run twice."""
    now = timezone.now()
    for each, task in ((tending, tend_imports_here), (exports_tending, tend_exports_here)):
        for account_id in each.due_accounts(now=now):
            with scope.account(account_id=account_id, actor=each.ACTOR):
                send(task)


@shared_task(base=ScopedTask, name="addressbook.tend_imports_here")
def tend_imports_here() -> None:
    """In the scope's account, name to the queue what a killed worker let go of, and remove what is past its time."""
    for import_id in tending.tend_here(now=timezone.now()):
        send(work_import, import_id=str(import_id))


@shared_task(base=ScopedTask, name="addressbook.tend_exports_here")
def tend_exports_here() -> None:
    """In the scope's account, name to the queue what a killed worker let go of, and remove what is past its time."""
    for export_id in exports_tending.tend_here(now=timezone.now()):
        send(work_export, export_id=str(export_id))
