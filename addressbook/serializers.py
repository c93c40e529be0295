"""The shapes of books and contacts in the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.teams.services import MOST_NAME
from addressbook import access, addresses, selectors, services
from addressbook.details import LENGTHS, MAX_LINES, MAX_TAGS
from addressbook.fields import Country, Seen
from addressbook.models import AddressBook, AddressBookUserPermission, Contact, Level, TeamShare
from security import strict
from security.permissions import Permission

RIGHTS = (Permission.CONTACT_VIEW, Permission.CONTACT_CHANGE, Permission.CONTACT_EXPORT, Permission.BOOK_MANAGE)


class BookSerializer(serializers.Serializer[AddressBook]):
    id = serializers.UUIDField(read_only=True)
    name = Seen(max_length=services.MAX_BOOK_NAME)
    access = serializers.ChoiceField(choices=AddressBook.Access.choices, required=False)
    is_default = serializers.BooleanField(read_only=True)
    contact_count = serializers.SerializerMethodField()
    permissions = serializers.SerializerMethodField()

    def get_contact_count(self, book: AddressBook) -> int:
        counted: int | None = getattr(book, "contact_count", None)
        return Contact.objects.filter(book=book, deleted_at=None).count() if counted is None else counted

    def get_permissions(self, book: AddressBook) -> list[str]:
        held: dict[UUID, list[Permission]] | None = self.context.get("held")
        rights = access.rights_in([book], RIGHTS) if held is None else held
        return [str(right) for right in rights[book.pk]]


def books_as_json(books: Sequence[AddressBook]) -> list[dict[str, Any]]:
    """Return books as `BookSerializer` describes them; what may be done in each is asked once for all."""
    context = {"held": access.rights_in(books, RIGHTS)}
    return [dict(BookSerializer(book, context=context).data) for book in books]


OF_MEMBER = "The e-mail address of a member, where it is shared with one."
OF_TEAM = "The name of a team, where it is shared with one; its members come and go."
IN_EFFECT = "False while everyone in the account may open the book: shares count from when it is restricted."


class ShareSerializer(serializers.Serializer[Any]):
    """A share with a member or with a team: one of `email` and `team`, the other is null."""

    id = serializers.UUIDField(read_only=True)
    email = strict.Text(max_length=254, allow_null=True, default=None, help_text=OF_MEMBER)
    team = strict.Text(max_length=MOST_NAME, allow_null=True, default=None, help_text=OF_TEAM)
    permission = serializers.ChoiceField(choices=Level.choices)
    in_effect = serializers.BooleanField(read_only=True, help_text=IN_EFFECT)

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        if (sent["email"] is None) == (sent["team"] is None):
            raise serializers.ValidationError({"email": [_("Name either a member or a team.")]})
        return sent


def share_as_json(share: AddressBookUserPermission | TeamShare, book: AddressBook) -> dict[str, Any]:
    """Return a share of a book as `ShareSerializer` describes it."""
    return {
        "id": str(share.pk),
        "email": None if isinstance(share, TeamShare) else share.user.email,
        "team": share.team.name if isinstance(share, TeamShare) else None,
        "permission": str(share.level),
        "in_effect": book.is_restricted,
    }


class ShareListSerializer(serializers.Serializer[Any]):
    results = ShareSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


def _text(name: str) -> Seen:
    return Seen(max_length=LENGTHS[name], allow_blank=True, required=False)


def _texts(name: str, most: int) -> serializers.ListField:
    child = Seen(max_length=LENGTHS[name], allow_blank=True)
    return serializers.ListField(child=child, max_length=most, required=False)


def warnings_of(contact: Contact) -> list[str]:
    """Return what a reader should know of a contact before they use it."""
    if contact.is_unreadable:
        return [_("This contact cannot be read.")]
    return addresses.warnings_for(contact)


STARRED = "Whether the member for whom the key acts has starred it; everybody has stars of their own."


FAX = "Kept and given back whether or not pages ask for one, which an account switches on."
DISTRICT = "In Hong Kong one of its 18 districts, in English or Chinese; it comes back in English."


class ContactSerializer(serializers.Serializer[Contact]):
    id = serializers.UUIDField(read_only=True)
    address_book = serializers.UUIDField(source="book_id", read_only=True)
    name = _text("name")
    company = _text("company")
    email = _text("email")
    phone = _text("phone")
    fax = Seen(max_length=LENGTHS["fax"], allow_blank=True, required=False, help_text=FAX)
    lines = _texts("lines", MAX_LINES)
    district = Seen(max_length=LENGTHS["district"], allow_blank=True, required=False, help_text=DISTRICT)
    city = _text("city")
    state = _text("state")
    postcode = _text("postcode")
    country = Country(help_text="ISO 3166-1 alpha-2, in either case.")
    local_name = _text("local_name")
    local_lines = _texts("local_lines", MAX_LINES)
    can_send = strict.Flag(required=False)
    can_receive = strict.Flag(required=False)
    tags = _texts("tags", MAX_TAGS)
    notes = _text("notes")
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    used_at = serializers.DateTimeField(read_only=True, allow_null=True)
    is_favourite = serializers.BooleanField(read_only=True, help_text=STARRED)
    warnings = serializers.SerializerMethodField()

    def get_warnings(self, contact: Contact) -> list[str]:
        return warnings_of(contact)


_AS_IT_IS = [name for name in ContactSerializer().get_fields() if name not in {"id", "address_book", "warnings"}]


def contact_as_json(contact: Contact) -> dict[str, Any]:
    """Return a contact as `ContactSerializer` describes it, at a tenth of its cost: lists are made of these."""
    return {
        "id": contact.pk,
        "address_book": contact.book_id,
        **{name: getattr(contact, name) for name in _AS_IT_IS},
        "warnings": warnings_of(contact),
    }


class SearchSerializer(serializers.Serializer[Any]):
    q = strict.Text(max_length=100, allow_blank=True, required=False, default="")
    tag = strict.Text(max_length=LENGTHS["tags"], allow_blank=True, required=False, default="")
    country = Country(allow_blank=True, required=False, default="")


class PageQuerySerializer(serializers.Serializer[Any]):
    """Which page of a list."""

    cursor = serializers.CharField(max_length=600, allow_blank=True, required=False, default="")
    page_size = serializers.IntegerField(
        min_value=1, max_value=selectors.MAX_PAGE_SIZE, required=False, default=selectors.PAGE_SIZE
    )


class SearchQuerySerializer(PageQuerySerializer):
    """Which page of a search, and in which order; what is looked for stands in the body."""

    ordering = serializers.ChoiceField(choices=selectors.Order.choices, required=False, default=selectors.Order.NEWEST)


class ListQuerySerializer(SearchQuerySerializer):
    tag = serializers.CharField(max_length=LENGTHS["tags"], allow_blank=True, required=False, default="")
    country = Country(allow_blank=True, required=False, default="")
    favourite = serializers.BooleanField(required=False, default=False, help_text="Only what one has starred.")


class BookListSerializer(serializers.Serializer[Any]):
    results = BookSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ContactListSerializer(serializers.Serializer[Any]):
    results = ContactSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
