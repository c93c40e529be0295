"""What address books bring into the staff console: in a case, the contacts of its account."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from addressbook import countries
from addressbook.models import Contact
from security import scope
from security.console import masks, registry
from security.console.registry import Fact, Row, Section
from security.pages import Page, page_of

SIZE = 25


def register() -> None:
    registry.add_section(Section("contact", _("Contacts"), contact_rows, one_contact, order=20))


def contact_rows(cursor: str) -> Page[Row]:
    page = page_of(_contacts(), moment="created_at", cursor=cursor, size=SIZE, narrowed={})
    return Page([_masked(contact) for contact in page.rows], next=page.next, previous=page.previous)


def one_contact(contact_id: UUID) -> Row | None:
    contact = _contacts().filter(pk=contact_id).first()
    if contact is None:
        return None
    address = [*contact.lines, contact.district, contact.city, contact.state, contact.postcode]
    local = [contact.local_name, *contact.local_lines]
    return Row(
        contact.pk,
        (
            Fact(_("Name"), contact.name),
            Fact(_("Company"), contact.company),
            Fact(_("Address"), ", ".join(part for part in address if part)),
            Fact(_("Name and address in the local language"), " ".join(part for part in local if part)),
            Fact(_("Country"), countries.name(contact.country)),
            Fact(_("E-mail address"), contact.email),
            Fact(_("Telephone"), contact.phone),
        ),
    )


def _masked(contact: Contact) -> Row:
    return Row(
        contact.pk,
        (
            Fact(_("Name"), masks.words(contact.name or contact.company)),
            Fact(_("Address"), masks.hidden(contact.lines or contact.local_lines)),
            Fact(_("Country"), countries.name(contact.country)),
            Fact(_("E-mail address"), masks.email(contact.email)),
            Fact(_("Telephone"), masks.tail(contact.phone)),
        ),
    )


def _contacts() -> QuerySet[Contact]:
    return Contact.objects.filter(account_id=scope.current().account, deleted_at=None)
