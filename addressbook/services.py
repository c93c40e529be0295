"""Everything that changes address books. Whoever calls has fetched the book or the contact through `access`."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import nullcontext
from datetime import datetime
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission as Right
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.copies import services as copies
from addressbook import holding, periods, phones, room
from addressbook.details import ContactDetails, checked
from addressbook.exports import services as exports
from addressbook.imports import services as imports
from addressbook.index import keeping
from addressbook.models import AddressBook, AddressBookUserPermission, Contact, Level
from security import scope, sealing, trail
from security.texts import clean_text
from security.trail import Action
from security.warrants import Warrant

UNDO_PERIOD = periods.BIN.length()  # how long a deleted contact can come back
MAX_BOOK_NAME = 100


class InvalidBook(Exception):
    """The book cannot be kept as it is; the message says what to do."""


class DefaultBookStays(Exception):
    """The default book cannot be deleted: new contacts need a place."""


class UnknownMember(Exception):
    """No member of this account has that e-mail address; whether anybody else has it is not told."""


# Books ----------------------------------------------------------------


@transaction.atomic
def create_book(
    *, name: str, now: datetime, access: str = AddressBook.Access.EVERYONE, is_default: bool = False
) -> AddressBook:
    """Add a book to the active account. Raises InvalidBook."""
    book = AddressBook(access=_access(access), is_default=is_default, created_at=now)
    book.name = _book_name(name)
    book.save(force_insert=True)
    trail.record(action=Action.CREATE, kind="address_book", ids=[book.pk])
    return book


@transaction.atomic
def default_book(*, now: datetime) -> AddressBook:
    """Return the account's default book, and make it when there is none yet."""
    if book := AddressBook.objects.filter(is_default=True).first():
        return book
    # Two first contacts at once: the unique constraint lets one through, and the other takes that one's book.
    book = AddressBook(is_default=True, created_at=now)
    book.name = _("My contacts")
    made = AddressBook.objects.bulk_create([book], ignore_conflicts=True)
    found = AddressBook.objects.get(is_default=True)
    if found.pk == made[0].pk:
        trail.record(action=Action.CREATE, kind="address_book", ids=[found.pk])
    return found


@transaction.atomic
def change_book(*, book: AddressBook, name: str, access: str | None = None) -> AddressBook:
    """Rename a book or say who may open it. Raises InvalidBook."""
    book.name = _book_name(name)
    book.access = _access(access if access is not None else book.access)
    book.version += 1
    with scope.warrant(Warrant.SHARING):  # the database counts meanwhile
        book.save(update_fields=["sealed", "key_version", "access", "version"])
    trail.record(action=Action.CHANGE, kind="address_book", ids=[book.pk])
    return book


def rename_book(*, book: AddressBook, name: str) -> AddressBook:
    """Give a book another name. Raises InvalidBook."""
    return change_book(book=book, name=name)


@transaction.atomic
def delete_book(*, book: AddressBook, now: datetime) -> None:
    """Delete a book that was locked, with all its contacts, for good. Raises DefaultBookStays."""
    if book.is_default:
        raise DefaultBookStays
    contacts = list(Contact.objects.filter(book=book).values_list("pk", flat=True))
    trail.record(action=Action.DELETE, kind="contact", ids=contacts)
    trail.record(action=Action.DELETE, kind="address_book", ids=[book.pk])
    exports.let_go_of(book, now=now)
    exports.erase_with(contacts, now=now)
    imports.erase_with(contacts)
    copies.erase_with(contacts, now=now)
    with scope.warrant(Warrant.SHARING):
        book.delete()


@transaction.atomic
def share_book(*, book: AddressBook, email: str, level: str) -> AddressBookUserPermission:
    """Let a member of the account into a restricted book; sharing again replaces the level. Raises UnknownMember."""
    user = get_user_model().objects.filter(email=email.strip().lower(), memberships__account_id=book.account_id).first()
    if user is None:
        raise UnknownMember
    return _let(book, user.pk, Level(level))


@transaction.atomic
def let_keep(*, book: AddressBook, user_id: UUID) -> None:
    """Let a member manage a restricted book that somebody who leaves has kept."""
    _let(book, user_id, Level.MANAGE)


def _let(book: AddressBook, user_id: UUID, level: Level) -> AddressBookUserPermission:
    holding.hold([book.pk])
    right = Right.objects.get(content_type__app_label="addressbook", codename=f"{level}_addressbook")
    grant = AddressBookUserPermission(content_object=book, user_id=user_id, permission=right)
    with scope.warrant(Warrant.SHARING):
        AddressBookUserPermission.objects.filter(content_object=book, user_id=user_id, team=None).delete()
        grant.save(force_insert=True)
    note_shared([book.pk])
    return grant


@transaction.atomic
def unshare_book(*, book: AddressBook, user_id: UUID) -> None:
    """Take a member's own grant on a book away, not what they have by a team; nothing happens where there is none."""
    holding.hold([book.pk])
    with scope.warrant(Warrant.SHARING):
        AddressBookUserPermission.objects.filter(content_object=book, user_id=user_id, team=None).delete()
    note_shared([book.pk])


def note_shared(book_ids: Collection[UUID]) -> None:
    """Note that somebody else may open these books now, or no more."""
    if book_ids:
        AddressBook.objects.filter(pk__in=book_ids).update(version=F("version") + 1)
        trail.record(action=Action.SHARE, kind="address_book", ids=book_ids)


def _book_name(name: str) -> str:
    cleaned = clean_text(name)
    if not cleaned:
        raise InvalidBook(_("Enter a name for the address book."))
    if len(cleaned) > MAX_BOOK_NAME:
        raise InvalidBook(_("Use at most %(limit)d characters.") % {"limit": MAX_BOOK_NAME})
    return cleaned


def _access(access: str) -> str:
    if access not in AddressBook.Access.values:
        raise InvalidBook(_("Choose who may open the book."))
    return access


# Contacts ----------------------------------------------------------------

_COLUMNS = [field.name for field in Contact._meta.concrete_fields]


def save_contact(
    *, book: AddressBook, details: ContactDetails, now: datetime, contact: Contact | None = None, as_kept: bool = False
) -> Contact:
    """Add a contact to a book, or change one. Raises InvalidContact with every problem there is, and `room.BookFull`.

    `as_kept`: the details were in the book before, and come back as they were, whatever the rules say today.
    """
    details = details if as_kept else checked(details)
    is_new = contact is None
    # Out of a restricted book others may read it: that is sharing.
    left = contact.book_id if contact is not None and contact.book_id != book.pk else None
    if left:
        holding.hold([left, book.pk])
    kept = contact or Contact(created_at=now)
    kept.book = book
    put_details(kept, details, now=now)
    if is_new or left:
        room.require(book)  # before what would take everything else of the request back as well
    with transaction.atomic(savepoint=False):
        if is_new:
            kept.save(force_insert=True)
        else:  # a booking may have noted the use since this contact was read
            with scope.warrant(Warrant.SHARING) if left else nullcontext():
                kept.save(update_fields=[name for name in _COLUMNS if name not in {"id", "used_at", "changed_in"}])
        trail.record(action=Action.CREATE if is_new else Action.CHANGE, kind="contact", ids=[kept.pk])
    return kept


def put_details(contact: Contact, details: ContactDetails, *, now: datetime) -> Contact:
    """Give a contact details that were checked, and what it is found by; nothing is saved."""
    for name, value in vars(details).items():
        setattr(contact, name, value)
    contact.email_index = sealing.keyed_index(details.email) if details.email else None
    phone = phones.e164(details.phone, country=details.country) if details.phone else None
    contact.phone_index = sealing.keyed_index(phone) if phone else None
    contact.updated_at = now
    return contact


@transaction.atomic
def delete_contact(*, contact: Contact, now: datetime) -> None:
    """Delete a contact; it can be restored until `purge_deleted` takes it away for good."""
    contact.deleted_at = now
    contact.save(update_fields=["deleted_at"])
    trail.record(action=Action.DELETE, kind="contact", ids=[contact.pk])


@transaction.atomic
def restore_contact(*, contact: Contact) -> None:
    """Undo a deletion. Raises `room.BookFull`."""
    room.require(contact.book)
    contact.deleted_at = None
    contact.save(update_fields=["deleted_at"])
    trail.record(action=Action.RESTORE, kind="contact", ids=[contact.pk])


def touch_used(*, contact_id: UUID, now: datetime) -> None:
    """Note that a contact was used for a shipment; nothing happens where it is gone, or was used later than `now`."""
    kept = Contact.objects.filter(pk=contact_id, deleted_at=None)
    kept.filter(Q(used_at=None) | Q(used_at__lt=now)).update(used_at=now)


@transaction.atomic
def purge_deleted(*, now: datetime, dry_run: bool = False) -> int:
    """Take away for good what was deleted longer ago than the undo period, in the active account; returns how many."""
    due = Contact.objects.filter(deleted_at__lt=now - UNDO_PERIOD)
    held = [] if dry_run else holding.hold(due.order_by().values_list("book_id", flat=True).distinct())
    found = due if dry_run else due.filter(book__in=held).select_for_update(skip_locked=True)
    books = dict(found.values_list("pk", "book_id"))
    ids = list(books)
    if ids and not dry_run:
        exports.erase_with(ids, now=now)
        imports.erase_with(ids)
        copies.erase_with(ids, now=now)
        Contact.objects.filter(pk__in=ids).delete()
        keeping.forget_purged(set(books.values()))
        trail.record(action=Action.EXPIRE, kind="contact", ids=ids)
    return len(ids)
