"""What is done with many contacts of a book at once; whoever calls has fetched them through `access.get_contacts`.

They and the books concerned are locked by then, in the order of `addressbook.holding`.

Everything happens in one transaction: all of it or nothing. What was done can be undone for an hour: the ids concerned
are kept meanwhile, who did it and when, and a tag's word, sealed. An undo that fails is not used up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.core.cache import cache
from django.db import models, transaction
from django.utils.translation import gettext as _

from addressbook import access, room
from addressbook.details import LENGTHS, MAX_TAGS
from addressbook.folding import folded
from addressbook.models import AddressBook, Contact
from security import keys, scope, sealing, trail
from security.permissions import Permission
from security.texts import clean_text
from security.trail import Action
from security.warrants import Warrant

MOST = 1_000  # contacts at once
UNDO_SECONDS = 60 * 60
_KEPT = "addressbook.undo"  # what a tag's word is sealed for


class What(models.TextChoices):
    """What was done, so that it can be undone."""

    DELETED = "deleted"
    MOVED = "moved"
    COPIED = "copied"
    TAGGED = "tagged"
    UNTAGGED = "untagged"


class InvalidTag(Exception):
    """The tag cannot be put on these contacts; the message says why."""


@dataclass(frozen=True)
class Kept:
    """What an undo needs to know. `at`: ISO 8601, when it was done; `sealed`: the tag's word, in hexadecimal."""

    what: str
    book: str
    ids: list[str]
    to: str
    by: str
    at: str
    key_version: int = 0
    sealed: str = ""


@dataclass(frozen=True)
class Done:
    """What was done to which contacts, undone by `key`. `full` are those that take no further tag."""

    what: What
    ids: list[UUID]
    key: str
    full: list[Contact] = field(default_factory=list)


class Undone(NamedTuple):
    """To how many contacts it was undone, and how many were changed since, and stay as they are."""

    back: int
    left: int


@transaction.atomic
def delete(*, book: AddressBook, contacts: Sequence[Contact], now: datetime) -> Done:
    """Put contacts into the bin."""
    ids = [contact.pk for contact in contacts]
    Contact.objects.filter(pk__in=ids).update(deleted_at=now)
    _record(Action.DELETE, ids)
    return _done(What.DELETED, book, ids, now=now)


@transaction.atomic
def restore(*, book: AddressBook, contacts: Sequence[Contact]) -> None:
    """Take contacts of a book out of the bin. Raises `room.BookFull`."""
    room.require(book, len(contacts))
    ids = [contact.pk for contact in contacts]
    Contact.objects.filter(pk__in=ids).update(deleted_at=None)
    _record(Action.RESTORE, ids)


@transaction.atomic
def move(*, book: AddressBook, contacts: Sequence[Contact], to: AddressBook, now: datetime) -> Done:
    """Put contacts into another book. Others may read them there: that is sharing.

    Raises Forbidden (`access`) and `room.BookFull`.
    """
    access.require_move(book, to)
    return _move(book, contacts, to, now)


def _move(book: AddressBook, contacts: Sequence[Contact], to: AddressBook, now: datetime) -> Done:
    ids = [contact.pk for contact in contacts]
    if to != book:
        room.require(to, len(ids))
    with scope.warrant(Warrant.SHARING):
        Contact.objects.filter(pk__in=ids).update(book=to, updated_at=now)
    _record(Action.CHANGE, ids)
    return _done(What.MOVED, book, ids, to=to, now=now)


@transaction.atomic
def copy(*, book: AddressBook, contacts: Sequence[Contact], to: AddressBook, now: datetime) -> Done:
    """Put copies of contacts into another book, or into the same; one that cannot be read is not copied.

    Raises `room.BookFull`.
    """
    copies = [_copy_of(contact, to, now) for contact in contacts if not contact.is_unreadable]
    room.require(to, len(copies))
    Contact.objects.bulk_create(copies)
    _record(Action.READ, [contact.pk for contact in contacts])
    _record(Action.CREATE, [made.pk for made in copies])
    return _done(What.COPIED, book, [made.pk for made in copies], to=to, now=now)


@transaction.atomic
def tag(*, book: AddressBook, contacts: Sequence[Contact], word: str, now: datetime, on: bool = True) -> Done:
    """Put a tag on contacts, or take it off; those that have it, or have not, stay as they are. Raises InvalidTag.

    Those that have as many tags as one can have are left out, and named by what is returned.
    """
    word = _tag(word)
    changed, full = [], []
    for contact in contacts:
        kept = [one for one in contact.tags if folded(one) != folded(word)]
        if contact.is_unreadable or (len(kept) < len(contact.tags)) == on:
            continue
        if len(kept) >= MAX_TAGS and on:
            full.append(contact)
            continue
        contact.tags = [*kept, word] if on else kept
        contact.updated_at = now
        contact.save(update_fields=["sealed", "key_version", "updated_at"])
        changed.append(contact.pk)
    _record(Action.CHANGE, changed)
    _record(Action.LIST, [contact.pk for contact in full])
    return _done(What.TAGGED if on else What.UNTAGGED, book, changed, now=now, word=word, full=full)


@transaction.atomic
def undo(key: str, *, book: AddressBook, now: datetime) -> Undone | None:
    """Undo what was done to contacts of a book, once; None where it cannot be undone any more.

    Raises `room.BookFull`, and NotFound and Forbidden as `access` does where it went to another book: to change
    contacts there and here is enough to take a move of one's own back.
    """
    found = cache.get(_name(key))
    if found is None or found["by"] != _who() or found["book"] != str(book.pk):
        return None
    kept = Kept(**found)
    place = access.get_book(kept.to, to=Permission.CONTACT_CHANGE) if kept.to else book
    contacts = _as_they_were(kept, access.get_contacts(place, kept.ids, deleted=kept.what == What.DELETED, to=book))
    if kept.what == What.DELETED:
        restore(book=book, contacts=contacts)
    elif kept.what == What.MOVED:
        _move(place, contacts, book, now)
    elif kept.what == What.COPIED:
        delete(book=place, contacts=contacts, now=now)
    else:
        tag(book=book, contacts=contacts, word=_word(kept, key), now=now, on=kept.what == What.UNTAGGED)
    cache.delete(_name(key))  # last: what was refused can be asked for again
    return Undone(len(contacts), len(kept.ids) - len(contacts))


def _as_they_were(kept: Kept, contacts: Sequence[Contact]) -> list[Contact]:
    """Return the contacts that nobody has changed since it was done."""
    moment = "deleted_at" if kept.what == What.DELETED else "updated_at"
    return [contact for contact in contacts if getattr(contact, moment) == datetime.fromisoformat(kept.at)]


def _done(
    what: What,
    book: AddressBook,
    ids: list[UUID],
    *,
    now: datetime,
    to: AddressBook | None = None,
    word: str = "",
    full: Sequence[Contact] = (),
) -> Done:
    key, place = uuid4().hex, str(to.pk) if to else ""
    version, sealed = 0, b""
    if word:
        data_key = keys.current_key()
        version = data_key.version
        sealed = sealing.seal_bytes(word.encode("utf-8", "surrogatepass"), data_key, table=_KEPT, row=key)
    kept = Kept(str(what), str(book.pk), [str(pk) for pk in ids], place, _who(), now.isoformat(), version, sealed.hex())
    cache.set(_name(key), asdict(kept), UNDO_SECONDS)  # where nothing is committed nobody is told the key
    return Done(what, ids, key, list(full))


def _word(kept: Kept, key: str) -> str:
    opened = sealing.unseal_bytes(bytes.fromhex(kept.sealed), kept.key_version, table=_KEPT, row=key)
    return opened.decode("utf-8", "surrogatepass")


def _name(key: str) -> str:
    return f"addressbook.undo.{key[:32]}"


def _who() -> str:
    return scope.current().actor


def _record(action: Action, ids: Sequence[UUID]) -> None:
    if ids:
        trail.record(action=action, kind="contact", ids=list(ids))


def _copy_of(contact: Contact, to: AddressBook, now: datetime) -> Contact:
    values: dict[str, Any] = {name: getattr(contact, name) for name in Contact.sealed_names()}
    bare = {name: getattr(contact, name) for name in ("country", "can_send", "can_receive")}
    indexes = {"email_index": contact.email_index, "phone_index": contact.phone_index}
    return Contact(book=to, created_at=now, updated_at=now, **values, **bare, **indexes)


def _tag(word: str) -> str:
    cleaned = clean_text(word)
    if not cleaned:
        raise InvalidTag(_("Enter a tag."))
    if len(cleaned) > LENGTHS["tags"] or "," in cleaned:
        raise InvalidTag(_("Use at most %(limit)d characters, and no comma.") % {"limit": LENGTHS["tags"]})
    return cleaned
