"""What a member who leaves the account leaves behind in its address books.

Books, contacts, imports and remembered columns are the account's, and stay. A member's own are their grants, their
stars and the files of their exports; and somebody may be the only one beside owners and managers who keeps a book.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.leaving import LEAVING, Left
from accounts.models import Member
from accounts.roles import KEEPERS
from addressbook import holding, services
from addressbook.exports import services as exports
from addressbook.exports.models import Export
from addressbook.exports.models import State as ExportState
from addressbook.models import AddressBook, AddressBookUserPermission, Favourite, Level
from security import scope
from security.texts import isolated
from security.warrants import Warrant


def register() -> None:
    LEAVING.append(Books())


class Books:
    def left_by(self, member: Member, *, now: datetime) -> Iterator[Left]:
        books = sorted(kept_alone_by(member), key=lambda book: book.name.casefold())
        for book in books:
            said = _("Nobody but owners and managers will keep the address book %(book)s.")
            yield Left(said % {"book": isolated(book.name)}, for_successor=True)
        if files := _exports_of(member).count():
            said = ngettext("%(count)d exported file is removed.", "%(count)d exported files are removed.", files)
            yield Left(said % {"count": files})
        if stars := Favourite.objects.filter(user_id=member.user_id).count():
            said = ngettext("%(count)d favourite is forgotten.", "%(count)d favourites are forgotten.", stars)
            yield Left(said % {"count": stars})

    def hand_over(self, member: Member, *, to: Member | None, now: datetime) -> None:
        grants = AddressBookUserPermission.objects.filter(user_id=member.user_id)
        lost = holding.hold(grants.values_list("content_object_id", flat=True))
        if to is not None:
            for book in kept_alone_by(member):
                services.let_keep(book=book, user_id=to.user_id)
        with scope.warrant(Warrant.SHARING):
            grants.delete()
        services.note_shared(lost)
        for run in _exports_of(member).select_for_update():
            exports.remove(run=run, now=now)
        Favourite.objects.filter(user_id=member.user_id).delete()


def kept_alone_by(member: Member) -> list[AddressBook]:
    """Return the restricted books that somebody manages by a grant, and nobody else does by one. Two queries."""
    if member.role not in KEEPERS:
        return []
    managing = AddressBookUserPermission.objects.filter(permission__codename=f"{Level.MANAGE}_addressbook")
    others = Member.objects.filter(account_id=member.account_id, role__in=KEEPERS).exclude(pk=member.pk)
    by_others = managing.filter(user_id__in=others.values("user_id")).values("content_object_id")
    theirs = managing.filter(user_id=member.user_id).exclude(content_object_id__in=by_others)
    restricted = AddressBook.objects.filter(access=AddressBook.Access.RESTRICTED)
    return list(restricted.filter(pk__in=theirs.values("content_object_id")))


def _exports_of(member: Member) -> QuerySet[Export]:
    there = (ExportState.MAKING, ExportState.READY)
    return Export.objects.filter(by=member.user_id, state__in=there, book__isnull=False)
