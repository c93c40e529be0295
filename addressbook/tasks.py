"""Jobs of address books."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from addressbook import access
from addressbook.index import keeping
from security.permissions import Permission
from security.refusals import Forbidden, NotFound
from security.tasks import ScopedTask


@shared_task(base=ScopedTask, name="addressbook.keep_index")
def keep_index(*, book_id: str) -> None:
    """Keep the layout of a book beside it. Safe to run twice; nothing happens where the book is gone."""
    try:
        book = access.get_book(book_id, to=Permission.CONTACT_VIEW)
    except (NotFound, Forbidden):
        return
    keeping.keep(book, now=timezone.now())
