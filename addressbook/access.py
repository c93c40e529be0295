"""The only door to a book or a contact: the role first, then, for a restricted book, what the member was granted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from guardian.shortcuts import get_objects_for_user

from addressbook import holding
from addressbook.exports.models import Export
from addressbook.imports.models import Import, ImportProfile
from addressbook.models import AddressBook, AddressBookUserPermission, Contact, Favourite, Level, TeamShare
from security import scope, trail
from security.compiled import Compiled
from security.permissions import Permission
from security.refusals import Forbidden, NotFound
from security.walls import Wall, stands
from security.warrants import Warrant

# The least grant on a restricted book that stands for a right; whoever has a greater one has the lesser too.
_LEAST = {
    Permission.CONTACT_VIEW: Level.VIEW,
    Permission.CONTACT_EXPORT: Level.VIEW,
    Permission.CONTACT_CHANGE: Level.CHANGE,
    Permission.BOOK_MANAGE: Level.MANAGE,
}
_ORDER = [Level.VIEW, Level.CHANGE, Level.MANAGE]


def get_book(book_id: UUID | str, *, to: Permission, lock: bool = False) -> AddressBook:
    """Fetch a book for whoever acts. Raises NotFound for a stranger, Forbidden for a colleague without the right."""
    wanted = _uuid(book_id)
    book = next(iter(_books(wanted).select_for_update()), None) if lock else _BOOK.first(book_id=wanted)
    if book is None:
        raise NotFound
    _require(book, to)
    return book


def get_contact(contact_id: UUID | str, *, to: Permission, lock: bool = False) -> Contact:
    """Fetch a contact for whoever acts and note that it was read. Raises NotFound and Forbidden as `get_book`."""
    contact = _fetch(contact_id, to=to, lock=lock, deleted=False)
    trail.record(action=trail.Action.READ, kind="contact", ids=[contact.pk])
    return contact


def get_deleted_contact(contact_id: UUID | str, *, to: Permission, lock: bool = False) -> Contact:
    """Fetch a deleted contact, in order to restore it."""
    return _fetch(contact_id, to=to, lock=lock, deleted=True)


def get_contacts(
    book: AddressBook, contact_ids: Iterable[str], *, deleted: bool, to: AddressBook | None = None
) -> list[Contact]:
    """Fetch and lock contacts of a book that was fetched for the right to change it; what is not in it is passed over.

    The book is locked before them, and another one, `to`, that they are to be put into (`addressbook.holding`).
    """
    ids = [found for one in contact_ids if (found := _uuid_or_none(one))]
    holding.hold({book.pk, to.pk} if to else {book.pk})
    contacts = Contact.of_book(book.pk, ids).filter(deleted_at__isnull=not deleted)
    return list(contacts.select_for_update(no_key=True).order_by("pk"))


def see_contacts(book: AddressBook, contact_ids: Sequence[UUID]) -> list[Contact]:
    """Return contacts of a book that was fetched for the right to view it, in the order in which they are named.

    Who was deleted is passed over. Raises NotFound where one is not in the book: nothing is done with a part of them.
    Whoever calls notes it.
    """
    found = Contact.of_book(book.pk, contact_ids).in_bulk()
    if found.keys() != set(contact_ids):
        raise NotFound
    return [found[pk] for pk in dict.fromkeys(contact_ids) if found[pk].deleted_at is None]


def get_share(share_id: UUID | str, *, to: Permission, lock: bool = False) -> AddressBookUserPermission | TeamShare:
    """Fetch what a restricted book is shared by, for whoever may manage that book: a member's own grant, or a team's.

    What a team gives its members is no share: it goes when the team's goes.
    """
    grants = AddressBookUserPermission.objects.filter(team=None).select_related("content_object", "user", "permission")
    shares = TeamShare.objects.select_related("book", "team")
    wanted = _uuid(share_id)
    # To lock a row is to be able to change it.
    with scope.warrant(Warrant.SHARING) if lock else nullcontext():
        for rows in (grants, shares):
            found = (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=wanted).first()
            if found is not None:
                _require(found.book if isinstance(found, TeamShare) else found.content_object, to)
                return found
    raise NotFound


def get_import(import_id: UUID | str, *, lock: bool = False) -> Import:
    """Fetch an import for whoever may change the contacts of its book. Raises NotFound and Forbidden as `get_book`."""
    runs = Import.objects.select_related("book").filter(pk=_uuid(import_id))
    run = next(iter(runs.select_for_update(of=("self",)) if lock else runs), None)
    if run is None:
        raise NotFound
    _require(run.book, Permission.CONTACT_CHANGE)
    return run


def get_import_profile(profile_id: UUID | str) -> ImportProfile:
    """Fetch remembered columns of the account. Raises NotFound."""
    profile = ImportProfile.objects.filter(pk=_uuid(profile_id)).first()
    if profile is None:
        raise NotFound
    return profile


def get_export(export_id: UUID | str, *, lock: bool = False) -> Export:
    """Fetch an export for whoever asked for it, and nobody else. Raises NotFound, and Forbidden without the right."""
    runs = Export.objects.select_related("book").filter(pk=_uuid(export_id))
    run = next(iter(runs.select_for_update(of=("self",)) if lock else runs), None)
    if run is None or run.book is None:
        raise NotFound
    if stands(Wall.PERMISSION) and run.by != who_acts():
        raise NotFound
    _require(run.book, Permission.CONTACT_EXPORT)
    return run


def who_acts() -> UUID:
    """Return the id of the person who acts, by themselves or by a key. Raises NotFound where the site acts itself."""
    if (user_id := scope.current().user_id) is None:
        raise NotFound
    return user_id


def books_for(to: Permission) -> QuerySet[AddressBook]:
    """Return the books in which whoever acts holds the right."""
    books = AddressBook.objects.all()
    if not stands(Wall.PERMISSION):
        return books
    active = scope.current()
    if active.may_by_role(Permission.BOOK_MANAGE):  # a key that only reads still sees what its maker sees
        return books if active.may(to) else books.none()
    if not _role_lets(to):
        return books.none()
    open_to_all = Q(access=AddressBook.Access.EVERYONE) & Q(pk__isnull=to == Permission.BOOK_MANAGE)
    return books.filter(open_to_all | Q(pk__in=_granted(to).values("pk")))


def may(book: AddressBook, to: Permission) -> bool:
    """Tell whether whoever acts holds a right in a book that they already have."""
    try:
        _require(book, to)
    except Forbidden:
        return False
    return True


def movable(book: AddressBook, others: Iterable[AddressBook]) -> set[UUID]:
    """Return into which of some books, whose contacts whoever acts may change, contacts of a book may be moved.

    Where one of the two is restricted, other people see the contacts afterwards, and the book that they leave loses
    them: that is for whoever manages the book that they leave.
    """
    inner: set[UUID] = set()
    across: set[UUID] = set()
    for other in others:
        crosses = other.pk != book.pk and (book.is_restricted or other.is_restricted)
        (across if crosses else inner).add(other.pk)
    return inner | across if across and may(book, Permission.BOOK_MANAGE) else inner


def require_move(book: AddressBook, to: AddressBook) -> None:
    """Raise Forbidden where contacts may not be moved out of a book into another one."""
    if to.pk not in movable(book, [to]):
        raise Forbidden(Permission.BOOK_MANAGE)


def rights_in(books: Sequence[AddressBook], rights: Sequence[Permission]) -> dict[UUID, list[Permission]]:
    """Return which of these rights whoever acts holds in each book, by its id: one query, however many books."""
    if not stands(Wall.PERMISSION):
        return {book.pk: list(rights) for book in books}
    levels = _levels_in(books)

    def holds(book: AddressBook, to: Permission) -> bool:
        return _lets(book, to, is_granted=lambda: levels.get(book.pk, -1) >= _ORDER.index(_LEAST[to]))

    return {book.pk: [right for right in rights if holds(book, right)] for book in books}


def _contacts(contact_id: UUID, user_id: UUID | None, *, deleted: bool = False) -> QuerySet[Contact]:
    stars = Favourite.objects.filter(Q(user_id=user_id), contact=OuterRef("pk"))
    found = Contact.objects.select_related("book").annotate(starred=Exists(stars))
    return found.filter(pk=contact_id, deleted_at__isnull=not deleted)


def _books(book_id: UUID) -> QuerySet[AddressBook]:
    return AddressBook.objects.filter(pk=book_id)


# What nearly every request asks first.
_BOOK: Compiled[AddressBook] = Compiled(_books, "book_id")
_CONTACT: Compiled[Contact] = Compiled(_contacts, "contact_id", "user_id")


def _fetch(contact_id: UUID | str, *, to: Permission, lock: bool, deleted: bool) -> Contact:
    wanted, user_id = _uuid(contact_id), scope.current().user_id
    if lock or deleted:
        contacts = _contacts(wanted, user_id, deleted=deleted)
        # Of each row the book is locked before the contact (`addressbook.holding`).
        locked = contacts.select_for_update(of=("book", "self"), no_key=True)
        contact = next(iter(locked if lock else contacts), None)
    else:
        contact = _CONTACT.first(contact_id=wanted, user_id=user_id)
    if contact is None:
        raise NotFound
    _require(contact.book, to)
    return contact


def _require(book: AddressBook, to: Permission) -> None:
    if not stands(Wall.PERMISSION):
        return
    if not _lets(book, to, is_granted=lambda: _granted(to).filter(pk=book.pk).exists()):
        raise Forbidden(to)


def _lets(book: AddressBook, to: Permission, *, is_granted: Callable[[], bool]) -> bool:
    """Tell whether a right is held in a book. Grants count in a restricted one, and not for who keeps all books."""
    active = scope.current()
    if active.may_by_role(Permission.BOOK_MANAGE):
        return active.may(to)
    if not _role_lets(to):
        return False
    if not book.is_restricted:
        return to != Permission.BOOK_MANAGE
    return is_granted()


def _role_lets(to: Permission) -> bool:
    """A grant to manage makes somebody who may change contacts the keeper of that one book."""
    return scope.current().may(Permission.CONTACT_CHANGE if to == Permission.BOOK_MANAGE else to)


def _granted(to: Permission) -> QuerySet[AddressBook]:
    user_id, restricted = scope.current().user_id, AddressBook.objects.filter(access=AddressBook.Access.RESTRICTED)
    if user_id is None:
        return restricted.none()
    levels = _ORDER[_ORDER.index(_LEAST[to]) :]
    found: QuerySet[AddressBook] = get_objects_for_user(
        _user(user_id),
        [f"addressbook.{level}_addressbook" for level in levels],
        klass=restricted,
        use_groups=False,
        any_perm=True,
        with_superuser=False,
        accept_global_perms=False,
    )
    return found


def _levels_in(books: Sequence[AddressBook]) -> dict[UUID, int]:
    """Return the greatest level that whoever acts was granted in each restricted book, as its place in the order."""
    active, restricted = scope.current(), [book.pk for book in books if book.is_restricted]
    if active.user_id is None or not restricted or active.may_by_role(Permission.BOOK_MANAGE):
        return {}
    grants = AddressBookUserPermission.objects.filter(user_id=active.user_id, content_object__in=restricted)
    found: dict[UUID, int] = {}
    for grant in grants.select_related("permission"):
        place = _ORDER.index(grant.level)
        found[grant.content_object_id] = max(place, found.get(grant.content_object_id, place))
    return found


def _user(user_id: UUID) -> Any:
    return get_user_model()(pk=user_id)  # guardian needs the user's id only; no query for the rest


def _uuid_or_none(value: str) -> UUID | None:
    try:
        return _uuid(value)
    except NotFound:
        return None


def _uuid(value: UUID | str) -> UUID:
    """Read an id; one that is none is as unknown as any other."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise NotFound from error
