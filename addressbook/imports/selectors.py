"""Lists of imports and of remembered columns."""

from __future__ import annotations

from addressbook.folding import folded
from addressbook.imports import services
from addressbook.imports.models import Import, ImportProfile
from addressbook.models import AddressBook
from security import pages, trail
from security.trail import Action

PAGE_SIZE = 20


def page_of(book: AddressBook, *, cursor: str, size: int = PAGE_SIZE) -> pages.Page[Import]:
    """Return a page of a book's imports, the latest first. Raises BadCursor."""
    found = Import.objects.filter(book=book)
    page = pages.page_of(found, moment="created_at", cursor=cursor, size=size, narrowed={"book": book.pk})
    if page.rows:
        trail.record(action=Action.LIST, kind=services.KIND, ids=[run.pk for run in page.rows])
    return page


def profiles() -> list[ImportProfile]:
    """Return the remembered columns of the account, by name."""
    kept = ImportProfile.objects.order_by("created_at")[: services.MOST_PROFILES]
    found = sorted(kept, key=lambda profile: folded(profile.name))
    if found:
        trail.record(action=Action.LIST, kind="import_profile", ids=[profile.pk for profile in found])
    return found
