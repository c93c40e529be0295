"""Address books and contacts for machines: the same doors and services as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from addressbook import access, countries, districts, favourites, room, selectors, services, team_sharing
from addressbook.api_pages import cursor_checked, page_response
from addressbook.details import NAMES, ContactDetails, InvalidContact
from addressbook.models import AddressBook, AddressBookUserPermission, Contact, TeamShare
from addressbook.serializers import (
    BookListSerializer,
    BookSerializer,
    ContactListSerializer,
    ContactSerializer,
    ListQuerySerializer,
    PageQuerySerializer,
    SearchQuerySerializer,
    SearchSerializer,
    ShareListSerializer,
    ShareSerializer,
    books_as_json,
    contact_as_json,
    share_as_json,
)
from addressbook.slices import Slice, slice_of
from security import etags
from security.marks import requires
from security.permissions import Permission
from security.problems import Conflict, InvalidBody
from security.shapes import asks, checked, require_nothing
from security.texts import clean_text

DEPENDING = ("district", "state", "postcode")  # what addresses of some countries have, and others not


class BooksView(APIView):
    @extend_schema(responses=BookListSerializer)
    @asks(PageQuerySerializer)
    @requires(Permission.CONTACT_VIEW)
    def get(self, request: Request) -> Response:
        """List the address books that the caller may open: the default one first, then by name."""
        books = {book.pk: book for book in selectors.books_by_name()}
        page = _slice(request, list(books), of="addressbook.books")
        shown = selectors.counted([books[pk] for pk in page.ids])
        return page_response(request, page, books_as_json(shown))

    @extend_schema(request=BookSerializer, responses={201: BookSerializer})
    @requires(Permission.BOOK_MANAGE)
    def post(self, request: Request) -> Response:
        """Add an address book."""
        sent = checked(BookSerializer, request.data)
        book = _book_or_error(services.create_book, now=timezone.now(), **sent)
        return _made(_book_response(request, book, status.HTTP_201_CREATED), "api-address-book", book.pk)


class BookView(APIView):
    @extend_schema(responses=BookSerializer)
    @requires(Permission.CONTACT_VIEW)
    def get(self, request: Request, book_id: str) -> Response:
        """Return one address book."""
        return _book_response(request, access.get_book(book_id, to=Permission.CONTACT_VIEW))

    @extend_schema(request=BookSerializer, responses=BookSerializer)
    @requires(Permission.CONTACT_CHANGE)
    def patch(self, request: Request, book_id: str) -> Response:
        """Rename an address book or say who may open it."""
        book = access.get_book(book_id, to=Permission.BOOK_MANAGE, lock=True)
        etags.require(request, version=book.version)
        sent = checked(BookSerializer, request.data, partial=True)
        values = {"name": book.name, **sent}
        return _book_response(request, _book_or_error(services.change_book, book=book, **values))

    @extend_schema(responses={204: None})
    @requires(Permission.CONTACT_CHANGE)
    def delete(self, request: Request, book_id: str) -> Response:
        """Delete an address book with its contacts, for good."""
        book = access.get_book(book_id, to=Permission.BOOK_MANAGE, lock=True)
        etags.require(request, version=book.version)
        try:
            services.delete_book(book=book, now=timezone.now())
        except services.DefaultBookStays as error:
            raise Conflict(_("The default address book cannot be deleted.")) from error
        return Response(status=status.HTTP_204_NO_CONTENT)


class ContactsView(APIView):
    @extend_schema(responses=ContactListSerializer)
    @asks(ListQuerySerializer)
    @requires(Permission.CONTACT_VIEW)
    def get(self, request: Request, book_id: str) -> Response:
        """List the contacts of an address book."""
        book = access.get_book(book_id, to=Permission.CONTACT_VIEW)
        query = checked(ListQuerySerializer, request.query_params)
        filters = selectors.Filters(tag=query["tag"], country=query["country"], favourites=query["favourite"])
        return _contacts_response(request, book, query, filters)

    @extend_schema(request=ContactSerializer, responses={201: ContactSerializer})
    @requires(Permission.CONTACT_CHANGE)
    def post(self, request: Request, book_id: str) -> Response:
        """Add a contact."""
        book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
        contact = _saved(book, checked(ContactSerializer, request.data))
        return _made(_contact_response(request, contact, status.HTTP_201_CREATED), "api-contact", contact.pk)


class ContactSearchView(APIView):
    @extend_schema(request=SearchSerializer, responses=ContactListSerializer)
    @asks(SearchQuerySerializer)
    @requires(Permission.CONTACT_VIEW)
    def post(self, request: Request, book_id: str) -> Response:
        """Search an address book; for the next page send the same body to `next`."""
        book = access.get_book(book_id, to=Permission.CONTACT_VIEW)
        asked = checked(SearchSerializer, request.data)
        filters = selectors.Filters(query=asked["q"], tag=asked["tag"], country=asked["country"])
        return _contacts_response(request, book, checked(SearchQuerySerializer, request.query_params), filters)


class ContactView(APIView):
    @extend_schema(responses=ContactSerializer)
    @requires(Permission.CONTACT_VIEW)
    def get(self, request: Request, contact_id: str) -> Response:
        """Return one contact."""
        return _contact_response(request, access.get_contact(contact_id, to=Permission.CONTACT_VIEW))

    @extend_schema(request=ContactSerializer, responses=ContactSerializer)
    @requires(Permission.CONTACT_CHANGE)
    def patch(self, request: Request, contact_id: str) -> Response:
        """Change a contact; what is not sent stays."""
        contact = access.get_contact(contact_id, to=Permission.CONTACT_CHANGE, lock=True)
        etags.require(request, version=etags.version_of(contact.updated_at))
        sent = checked(ContactSerializer, request.data, partial=True)
        return _contact_response(request, _saved(contact.book, sent, contact))

    @extend_schema(responses={204: None})
    @requires(Permission.CONTACT_CHANGE)
    def delete(self, request: Request, contact_id: str) -> Response:
        """Delete a contact."""
        contact = access.get_contact(contact_id, to=Permission.CONTACT_CHANGE, lock=True)
        etags.require(request, version=etags.version_of(contact.updated_at))
        services.delete_contact(contact=contact, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class FavouriteView(APIView):
    @extend_schema(operation_id="contacts_star", request=None, responses=ContactSerializer)
    @requires(Permission.CONTACT_VIEW)
    def post(self, request: Request, contact_id: str) -> Response:
        """Star a contact for the member for whom the key acts; nobody else sees it."""
        contact = access.get_contact(contact_id, to=Permission.CONTACT_VIEW)
        require_nothing(request.data)
        try:
            favourites.star(contact=contact, now=timezone.now())
        except favourites.TooMany as error:
            raise Conflict(_("You have starred as many contacts as you can. Take a star off another one.")) from error
        contact.starred = True  # type: ignore[attr-defined]  # as the query would say now
        return _contact_response(request, contact)

    @extend_schema(operation_id="contacts_unstar", responses={204: None})
    @requires(Permission.CONTACT_VIEW)
    def delete(self, request: Request, contact_id: str) -> Response:
        """Take one's star off a contact."""
        contact = access.get_contact(contact_id, to=Permission.CONTACT_VIEW)
        etags.require(request, version=etags.version_of(contact.updated_at))
        favourites.unstar(contact=contact)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SharesView(APIView):
    @extend_schema(responses=ShareListSerializer)
    @asks(PageQuerySerializer)
    @requires(Permission.CONTACT_CHANGE)
    def get(self, request: Request, book_id: str) -> Response:
        """List with whom a restricted address book is shared: members by their e-mail addresses, then teams."""
        book = access.get_book(book_id, to=Permission.BOOK_MANAGE)
        grants = book.grants.filter(team=None).order_by("user__email", "pk").select_related("user", "permission")
        shares = book.team_shares.order_by("made_at", "pk").select_related("team")
        found: dict[UUID, AddressBookUserPermission | TeamShare] = {grant.pk: grant for grant in grants}
        found |= {share.pk: share for share in shares}
        page = _slice(request, list(found), of=f"addressbook.shares {book.pk}")
        return page_response(request, page, [share_as_json(found[pk], book) for pk in page.ids])

    @extend_schema(request=ShareSerializer, responses={201: ShareSerializer})
    @requires(Permission.CONTACT_CHANGE)
    def post(self, request: Request, book_id: str) -> Response:
        """Let a member of the account, or all members of a team, into a restricted address book."""
        book = access.get_book(book_id, to=Permission.BOOK_MANAGE)
        sent = checked(ShareSerializer, request.data)
        share = _shared(book, sent)
        # A share never changes: another level is another share.
        answer = etags.answer(request, share_as_json(share, book), version=share.pk.hex, code=201)
        return _made(answer, "api-share", share.pk)


class ShareView(APIView):
    @extend_schema(responses={204: None})
    @requires(Permission.CONTACT_CHANGE)
    def delete(self, request: Request, share_id: str) -> Response:
        """Take a share of an address book back, from a member or from a team."""
        share = access.get_share(share_id, to=Permission.BOOK_MANAGE, lock=True)
        etags.require(request, version=share.pk.hex)
        if isinstance(share, TeamShare):
            team_sharing.unshare_with_team(share=share)
        else:
            services.unshare_book(book=share.content_object, user_id=share.user_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _book_or_error(service: Any, **values: Any) -> AddressBook:
    try:
        book: AddressBook = service(**values)
    except services.InvalidBook as error:
        raise ValidationError({"name": [str(error)]}) from error
    return book


def _saved(book: AddressBook, sent: dict[str, Any], contact: Contact | None = None) -> Contact:
    if contact is not None and contact.is_unreadable:
        raise Conflict(_("This contact cannot be read."))
    before = {name: getattr(contact, name) for name in NAMES} if contact else {}
    details = ContactDetails(**(before | sent))  # what was not sent stays
    was = (before.get("country"), before.get("district"))
    if details.country == countries.HONG_KONG and (details.country, details.district) != was:
        _require_district(details.district)
    try:
        saved = services.save_contact(book=book, details=details, now=timezone.now(), contact=contact)
    except InvalidContact as error:
        raise InvalidBody((f"/{found.field}", found.code, found.message) for found in error.problems) from error
    except room.BookFull as error:
        raise Conflict(str(error)) from error
    if dropped := [name for name in DEPENDING if sent.get(name) and not getattr(saved, name)]:
        raise InvalidBody((f"/{name}", "not_used", _("Addresses in this country have none.")) for name in dropped)
    return saved


def _require_district(district: str) -> None:
    """Refuse what is no district of Hong Kong; one that a contact has already, as an import keeps it, may stay."""
    if clean_text(district) and not districts.find(clean_text(district)):
        language = get_language() or "en"
        names = ("、" if language.startswith("zh") else ", ").join(one.label(language) for one in districts.DISTRICTS)
        words = _("Name one of Hong Kong's districts, in English or Chinese: %(names)s.") % {"names": names}
        raise InvalidBody([("/district", "invalid", words)])


def _contacts_response(
    request: Request, book: AddressBook, query: dict[str, Any], filters: selectors.Filters
) -> Response:
    with cursor_checked():
        page = selectors.page_of(
            book, filters=filters, order=query["ordering"], cursor=query["cursor"], size=query["page_size"]
        )
    return page_response(request, page, [contact_as_json(contact) for contact in page.contacts])


def _book_response(request: Request, book: AddressBook, code: int = status.HTTP_200_OK) -> Response:
    return etags.answer(request, BookSerializer(book).data, version=book.version, code=code)


def _contact_response(request: Request, contact: Contact, code: int = status.HTTP_200_OK) -> Response:
    return etags.answer(request, contact_as_json(contact), version=etags.version_of(contact.updated_at), code=code)


def _shared(book: AddressBook, sent: dict[str, Any]) -> AddressBookUserPermission | TeamShare:
    level: str = sent["permission"]
    try:
        if sent["team"] is None:
            return services.share_book(book=book, email=sent["email"], level=level)
        team_id = team_sharing.named(sent["team"])
        return team_sharing.share_with_team(book=book, team_id=team_id, level=level, now=timezone.now())
    except services.UnknownMember as error:
        raise ValidationError({"email": [_("No member of this account has that e-mail address.")]}) from error
    except team_sharing.UnknownTeam as error:
        raise ValidationError({"team": [_("No team of this account has that name.")]}) from error


def _slice(request: Request, ids: list[UUID], *, of: str) -> Slice:
    query = checked(PageQuerySerializer, request.query_params)
    with cursor_checked():
        return slice_of(ids, of=of, cursor=query["cursor"], size=query["page_size"])


def _made(response: Response, name: str, made_id: UUID) -> Response:
    """Say where the new object stands."""
    response.headers["Location"] = reverse(name, args=[made_id])
    return response
