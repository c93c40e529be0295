"""What is done with many contacts of a book at once; whoever calls has fetched them through `access`, locked.

Everything happens in one transaction: all of it or nothing. What was done can be undone for an hour: the ids concerned
are kept meanwhile, and who did it; nothing of anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core.cache import cache
from django.db import models, transaction
from django.utils.translation import gettext as _

from addressbook import access
from addressbook.details import LENGTHS, MAX_TAGS
from addressbook.folding import folded
from addressbook.models import AddressBook, Contact
from security import scope, trail
from security.permissions import Permission
from security.texts import clean_text
from security.trail import Action
from security.warrants import Warrant

MOST = 1_000  # contacts at once
UNDO_SECONDS = 60 * 60


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
class Done:
    """What was done to which contacts; `book` is where they were, `to` where they or their copies went."""

    what: str
    book: str
    ids: list[str]
    to: str = ""
    by: str = ""
    key: str = ""


@transaction.atomic
def delete(*, book: AddressBook, contacts: Sequence[Contact], now: datetime) -> Done:
    """Put contacts into the bin."""
    ids = [contact.pk for contact in contacts]
    Contact.objects.filter(pk__in=ids).update(deleted_at=now)
    _record(Action.DELETE, ids)
    return _done(What.DELETED, book, ids)


@transaction.atomic
def restore(*, contacts: Sequence[Contact]) -> None:
    """Take contacts out of the bin."""
    ids = [contact.pk for contact in contacts]
    Contact.objects.filter(pk__in=ids).update(deleted_at=None)
    _record(Action.RESTORE, ids)


@transaction.atomic
def move(*, book: AddressBook, contacts: Sequence[Contact], to: AddressBook, now: datetime) -> Done:
    """Put contacts into another book. Others may read them there: that is sharing."""
    ids = [contact.pk for contact in contacts]
    with scope.warrant(Warrant.SHARING):
        Contact.objects.filter(pk__in=ids).update(book=to, updated_at=now)
    _record(Action.CHANGE, ids)
    return _done(What.MOVED, book, ids, to=to)


@transaction.atomic
def copy(*, book: AddressBook, contacts: Sequence[Contact], to: AddressBook, now: datetime) -> Done:
    """Put copies of contacts into another book, or into the same; one that cannot be read is not copied."""
    copies = [_copy_of(contact, to, now) for contact in contacts if not contact.is_unreadable]
    Contact.objects.bulk_create(copies)
    _record(Action.READ, [contact.pk for contact in contacts])
    _record(Action.CREATE, [made.pk for made in copies])
    return _done(What.COPIED, book, [made.pk for made in copies], to=to)


@transaction.atomic
def tag(*, book: AddressBook, contacts: Sequence[Contact], word: str, now: datetime, on: bool = True) -> Done:
    """Put a tag on contacts, or take it off; those that have it, or have not, stay as they are. Raises InvalidTag."""
    word = _tag(word)
    changed = []
    for contact in contacts:
        kept = [one for one in contact.tags if folded(one) != folded(word)]
        if contact.is_unreadable or (len(kept) < len(contact.tags)) == on:
            continue
        if len(kept) >= MAX_TAGS and on:
            raise InvalidTag(_("A contact has at most %(most)d tags.") % {"most": MAX_TAGS})
        contact.tags = [*kept, word] if on else kept
        contact.updated_at = now
        contact.save(update_fields=["sealed", "key_version", "updated_at"])
        changed.append(contact.pk)
    _record(Action.CHANGE, changed)
    return _done(What.TAGGED if on else What.UNTAGGED, book, changed)


def undo(key: str, *, book: AddressBook, word: str, now: datetime) -> int:
    """Undo what was done to contacts of a book, once; returns to how many. What has changed since stays as it is.

    Raises NotFound and Forbidden as `access` does where it went to another book. `word`: the tag, for tags.
    """
    kept = cache.get(_name(key))
    if kept is None or kept["by"] != _who() or kept["book"] != str(book.pk):
        return 0
    cache.delete(_name(key))
    done = Done(**kept)
    place = access.get_book(done.to, to=Permission.CONTACT_CHANGE) if done.to else book
    found = access.get_contacts(place, done.ids, deleted=done.what == What.DELETED)
    if done.what == What.DELETED:
        restore(contacts=found)
    elif done.what == What.MOVED:
        move(book=place, contacts=found, to=book, now=now)
    elif done.what == What.COPIED:
        delete(book=place, contacts=found, now=now)
    else:
        tag(book=book, contacts=found, word=word, now=now, on=done.what == What.UNTAGGED)
    return len(found)


def _done(what: What, book: AddressBook, ids: Sequence[UUID], *, to: AddressBook | None = None) -> Done:
    done = Done(str(what), str(book.pk), [str(pk) for pk in ids], to=str(to.pk) if to else "", by=_who())
    key = uuid4().hex
    cache.set(_name(key), asdict(done), UNDO_SECONDS)  # where nothing is committed nobody is told the key
    return replace(done, key=key)


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
