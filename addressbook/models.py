"""Address books and the people and places in them. What is personal is sealed; beside it stands what is queried."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager
from guardian.managers import UserObjectPermissionManager
from guardian.models import UserObjectPermissionBase

from accounts.teams.models import Team
from addressbook import countries, districts
from security.sealing import SealedField, SealedModel
from security.tenancy import TenantForeignKey, TenantModel


class Level(models.TextChoices):
    """What a member may do with a restricted book; each includes the one before."""

    VIEW = "view", _("See contacts")
    CHANGE = "change", _("Add, change and delete contacts")
    MANAGE = "manage", _("Manage the book")


class AddressBook(SealedModel):  # type: ignore[django-manager-missing]  # django-scopes makes the related managers
    """A book of contacts. `version` grows with every change of the book or of a contact in it.

    The database sees to that where a contact changes. `indexed_from`: a layout of an older version is made anew.
    `filled`: how many contacts it has, without those in the bin; the database counts.
    """

    class Access(models.TextChoices):
        EVERYONE = "everyone", _("Everyone in the account")
        RESTRICTED = "restricted", _("Only people and teams that are named")

    name = SealedField("")
    is_default = models.BooleanField(default=False)
    access = models.CharField(max_length=10, choices=Access.choices, default=Access.EVERYONE)
    version = models.PositiveIntegerField(default=1)
    indexed_from = models.PositiveIntegerField(default=0)
    filled = models.IntegerField(default=0, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = tuple(Level.values)  # django-guardian grants these, book by book
        constraints = [
            models.UniqueConstraint(
                fields=["account_id"], condition=models.Q(is_default=True), name="address_book_one_default"
            ),
            models.CheckConstraint(
                condition=models.Q(access__in=["everyone", "restricted"]), name="address_book_access_known"
            ),
        ]

    def __str__(self) -> str:
        return f"address book {self.pk}"

    @property
    def is_restricted(self) -> bool:
        return self.access == self.Access.RESTRICTED


class AddressBookUserPermission(TenantModel, UserObjectPermissionBase):
    """A member's grant on a restricted book, as django-guardian keeps it; the account is the scope's.

    `team`: the team by which they have it, else it is their own. The door (`access`) asks for neither.
    """

    content_object: models.ForeignKey[AddressBook, AddressBook] = TenantForeignKey(  # type: ignore[assignment]  # generic
        AddressBook, on_delete=models.CASCADE, related_name="grants", db_index=False
    )
    team: models.ForeignKey[Team | None, Team | None] = TenantForeignKey(  # type: ignore[assignment, misc]  # generic
        Team, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )

    objects: ClassVar[UserObjectPermissionManager] = ScopedManager(
        _manager_class=UserObjectPermissionManager, account="account_id"
    )

    class Meta:
        unique_together: ClassVar[list[str]] = []
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "content_object", "user", "permission", "team"],
                name="address_book_grant_once",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(
                fields=["account_id", "team", "user"],
                condition=~models.Q(team=None),
                name="address_book_grant_by_team",
            )
        ]

    def __str__(self) -> str:
        return f"grant {self.pk}"

    @property
    def level(self) -> Level:
        """The level that the granted right stands for."""
        return Level(self.permission.codename.removesuffix("_addressbook"))


class TeamShare(TenantModel):
    """A restricted book shared with a team. What it gives stands in the members' grants (`team_sharing`)."""

    book: models.ForeignKey[AddressBook, AddressBook] = TenantForeignKey(  # type: ignore[assignment]  # generic
        AddressBook, on_delete=models.CASCADE, related_name="team_shares", db_index=False
    )
    team: models.ForeignKey[Team, Team] = TenantForeignKey(  # type: ignore[assignment]  # generic
        Team, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    level = models.CharField(max_length=6, choices=Level.choices)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "book", "team"], name="team_share_once"),
            models.CheckConstraint(condition=models.Q(level__in=Level.values), name="team_share_level_known"),
        ]
        indexes = [models.Index(fields=["account_id", "team"], name="team_share_by_team")]

    def __str__(self) -> str:
        return f"share of address book {self.book_id} with team {self.team_id}"


class ContactQuerySet(models.QuerySet["Contact"]):
    def kept(self) -> ContactQuerySet:
        return self.filter(deleted_at=None)


# Contacts that were used for a shipment, the last one first; after them those that never were, the newest first.
BY_USE = (F("used_at").desc(nulls_last=True), F("created_at").desc(), F("id").desc())


class Contact(SealedModel):
    """A person or a place mail goes to or comes from. `changed_in` is its book's version when it last changed."""

    name = SealedField("")
    company = SealedField("")
    email = SealedField("")
    phone = SealedField("")
    fax = SealedField("")
    lines = SealedField[list[str]](list)
    district = SealedField("")
    city = SealedField("")
    state = SealedField("")
    postcode = SealedField("")
    local_name = SealedField("")
    local_lines = SealedField[list[str]](list)
    tags = SealedField[list[str]](list)
    notes = SealedField("")

    book: models.ForeignKey[AddressBook, AddressBook] = TenantForeignKey(  # type: ignore[assignment]  # generic
        AddressBook, on_delete=models.CASCADE, related_name="contacts", db_index=False
    )
    country = models.CharField(max_length=2)
    can_send = models.BooleanField(default=False)
    can_receive = models.BooleanField(default=True)
    email_index = models.BinaryField(null=True, editable=False)
    phone_index = models.BinaryField(null=True, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    changed_in = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager[Contact]] = ScopedManager(
        _manager_class=models.Manager.from_queryset(ContactQuerySet), account="account_id"
    )

    class Meta:
        indexes = [
            models.Index(F("account_id"), F("book"), F("created_at").desc(), F("id").desc(), name="contact_by_age"),
            models.Index(F("account_id"), F("book"), *BY_USE, name="contact_by_use"),
            # Only for those who ask what changed: else it would seem as good a way to the newest contacts as the first.
            models.Index(
                fields=["account_id", "book", "changed_in"],
                condition=models.Q(changed_in__gt=0),
                name="contact_by_change",
            ),
            models.Index(fields=["account_id", "email_index"], name="contact_by_email"),
            models.Index(fields=["account_id", "phone_index"], name="contact_by_phone"),
            models.Index(
                fields=["account_id", "deleted_at"], condition=~models.Q(deleted_at=None), name="contact_deleted"
            ),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"

    @classmethod
    def of_book(cls, book_id: UUID, ids: Iterable[UUID]) -> models.QuerySet[Contact]:
        """Return those of some contacts, by their ids, that are in a book.

        The planner takes the book for the narrower of both and would walk all of a large one: so it is told the book
        in words that no index has.
        """
        here = ['("addressbook_contact"."book_id" = %s) IS TRUE']
        return cls.objects.filter(pk__in=ids).extra(where=here, params=[book_id])  # noqa: S610 - words of ours

    @property
    def display_name(self) -> str:
        """The name that a contact goes by: the person's, in whichever script it has one, else the company's."""
        return self.name or self.local_name or self.company

    @property
    def is_favourite(self) -> bool:
        """Whether whoever acts has starred it, where the query asked (`addressbook.favourites.marked`)."""
        return bool(getattr(self, "starred", False))

    @property
    def district_name(self) -> str:
        """The district: one of Hong Kong's in the reader's language."""
        found = districts.find(self.district) if self.country == countries.HONG_KONG else None
        return found.label(get_language() or "en") if found else self.district

    @property
    def country_name(self) -> str:
        """The country's name in the reader's language."""
        return countries.name(self.country)


class Favourite(TenantModel):
    """A contact that a member has starred, for themselves alone (`addressbook.favourites`)."""

    contact: models.ForeignKey[Contact, Contact] = TenantForeignKey(  # type: ignore[assignment]  # generic
        Contact, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    user_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "user_id", "contact"], name="favourite_once")]
        indexes = [models.Index(fields=["account_id", "contact"], name="favourite_of_contact")]

    def __str__(self) -> str:
        return f"star {self.pk}"


class BookIndex(TenantModel):
    """The layout of a book for finding (`addressbook.index`), sealed, as it was at a version, of so many contacts."""

    book: models.ForeignKey[AddressBook, AddressBook] = TenantForeignKey(  # type: ignore[assignment]  # generic
        AddressBook, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField()
    contacts = models.PositiveIntegerField()
    key_version = models.SmallIntegerField()
    sealed = models.BinaryField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "book"], name="book_index_one_a_book")]

    def __str__(self) -> str:
        return f"layout of address book {self.book_id}"


# Django looks for an app's models here.
from addressbook.duplicates import models as duplicates  # noqa: E402, F401
from addressbook.exports import models as exports  # noqa: E402, F401
from addressbook.imports import models as imports  # noqa: E402, F401
