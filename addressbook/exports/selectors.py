"""Lists of exports."""

from __future__ import annotations

from addressbook import access
from addressbook.exports import services
from addressbook.exports.models import Export
from addressbook.models import AddressBook
from security import pages, trail
from security.trail import Action

PAGE_SIZE = 20


def page_of(book: AddressBook, *, cursor: str, size: int = PAGE_SIZE) -> pages.Page[Export]:
    """Return a page of a book's exports that whoever acts asked for, the latest first. Raises BadCursor."""
    found = Export.objects.filter(book=book, by=access.who_acts())
    page = pages.page_of(found, moment="created_at", cursor=cursor, size=size, narrowed={"book": book.pk})
    if page.rows:
        trail.record(action=Action.LIST, kind=services.KIND, ids=[run.pk for run in page.rows])
    return page
