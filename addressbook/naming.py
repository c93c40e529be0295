"""What books and contacts are called, on the page which says what was read of an account after an incident."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from addressbook import access
from addressbook.models import Contact
from security.incidents import registry
from security.incidents.registry import Thing
from security.permissions import Permission


def register() -> None:
    registry.show("contact", label=_("Contacts"), names=_contacts)
    registry.show("address_book", label=_("Address books"), names=_books)
    registry.show("contact_import", label=_("Imports of contacts"), names=_nameless)
    registry.show("contact_export", label=_("Exports of contacts"), names=_nameless)
    registry.show("import_profile", label=_("Remembered columns"), names=_nameless)


def _nameless(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    """Files and their columns are gone before anybody reads this page; that they were read is said by their kind."""
    return {}


def _contacts(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    books = access.books_for(Permission.CONTACT_VIEW)
    found = Contact.objects.filter(pk__in=ids, book__in=books.values("pk"))
    return {
        contact.pk: Thing(
            contact.display_name,
            "" if contact.deleted_at else reverse("addressbook:contact", args=[contact.pk]),
        )
        for contact in found
    }


def _books(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    found = access.books_for(Permission.CONTACT_VIEW).filter(pk__in=ids)
    return {book.pk: Thing(book.name, reverse("addressbook:contacts", args=[book.pk])) for book in found}
