"""What address books bring into a copy of the account: books, contacts (those in the bin too), imports and exports."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.copies.sections import Found, Row, Section, add, page_of
from addressbook import columns
from addressbook.details import ContactDetails
from addressbook.exports.models import Export
from addressbook.exports.writing.formats import cells_of
from addressbook.imports.models import Import, ImportProfile
from addressbook.imports.quoting import quoted
from addressbook.models import AddressBook, AddressBookUserPermission, Contact, Favourite, TeamShare

RUN = ("state", "kind", "created_at", "finished_at")


def register() -> None:
    add(Section("address_books", _("address books, and who may open restricted ones"), _books, "address_book"))
    add(Section("contacts", _("contacts, those in the bin too, with tags and notes"), _contacts, "contact", _head))
    add(Section("favourites", _("who has starred which contact, by numbers"), _favourites))
    add(Section("imports", _("imports of contacts: when, by which file, of how many"), _imports, "contact_import"))
    add(Section("exports", _("exports of contacts: when, by whom, of how many"), _exports, "contact_export"))
    add(Section("import_profiles", _("columns that were remembered for imports"), _profiles, "import_profile"))


def _head() -> Sequence[str]:
    """As an import of ours reads them, and behind them what it passes over."""
    return [*columns.headings(get_language() or "en"), "book", "deleted_at"]


def _books(place: str) -> Found:
    grants: dict[object, list[Row]] = {}
    for grant in AddressBookUserPermission.objects.select_related("permission"):
        way = {"by_team": grant.team_id} if grant.team_id else {}
        grants.setdefault(grant.content_object_id, []).append({"user": grant.user_id, "level": grant.level, **way})
    for share in TeamShare.objects.all():
        grants.setdefault(share.book_id, []).append({"team": share.team_id, "level": share.level})

    def plain(book: AddressBook) -> Row:
        states = {"is_default": book.is_default, "access": book.access, "shared_with": grants.get(book.pk, [])}
        return {"id": book.pk, "name": book.name, **states, "created_at": book.created_at}

    return page_of(AddressBook.objects.all(), place, plain)


def _contacts(place: str) -> Found:
    def plain(contact: Contact) -> Row:
        times = {name: getattr(contact, name) for name in ("created_at", "updated_at", "used_at", "deleted_at")}
        return {"id": contact.pk, "book": contact.book_id, **vars(ContactDetails.of(contact)), **times}

    def cells(contact: Contact) -> Sequence[object]:
        return [*map(quoted, cells_of(ContactDetails.of(contact))), contact.book_id, contact.deleted_at or ""]

    return page_of(Contact.objects.all(), place, plain, cells=cells)


def _favourites(place: str) -> Found:
    def plain(star: Favourite) -> Row:
        return {"id": star.pk, "user": star.user_id, "contact": star.contact_id, "created_at": star.created_at}

    return page_of(Favourite.objects.all(), place, plain)


def _imports(place: str) -> Found:
    counted = ("size", "rows", "good", "bad", "added", "updated", "skipped", "returned", "undone_at")

    def plain(run: Import) -> Row:
        values = {name: getattr(run, name) for name in (*RUN, *counted)}
        return {"id": run.pk, "book": run.book_id, "file_name": run.file_name, **values}

    return page_of(Import.objects.all(), place, plain)


def _exports(place: str) -> Found:
    def plain(run: Export) -> Row:
        values = {name: getattr(run, name) for name in (*RUN, "rows", "left", "size", "fetched_at")}
        return {"id": run.pk, "book": run.book_id, "by": run.by, "narrowed_to": run.wanted, **values}

    return page_of(Export.objects.all(), place, plain)


def _profiles(place: str) -> Found:
    def plain(profile: ImportProfile) -> Row:
        times = {"created_at": profile.created_at, "updated_at": profile.updated_at}
        return {"id": profile.pk, "name": profile.name, "columns": profile.columns, "country": profile.country, **times}

    return page_of(ImportProfile.objects.all(), place, plain)
