"""Contacts that a member has starred: their own choice, seen and changed by nobody else. A key acts for its maker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from addressbook.index.layout import Filters
from addressbook.models import Contact, Favourite
from security import scope
from security.refusals import NotFound

MOST = 500  # of one member in one account


class TooMany(Exception):
    """This member has starred as many contacts as one can."""


def mine() -> QuerySet[Favourite]:
    """Return the stars of whoever acts; none where the site acts by itself."""
    user_id = scope.current().user_id
    return Favourite.objects.none() if user_id is None else Favourite.objects.filter(user_id=user_id)


def is_mine() -> Exists:
    """Return what is true of a contact that whoever acts has starred, within a query for contacts."""
    return Exists(mine().filter(contact=OuterRef("pk")))


def marked(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """Let each contact say whether whoever acts has starred it; no query more."""
    return contacts.annotate(starred=is_mine())


def ids() -> set[UUID]:
    return set(mine().values_list("contact_id", flat=True))


def among(filters: Filters) -> set[UUID] | None:
    """Return among which contacts is looked: those that are starred, where that is asked for, else None for all."""
    return ids() if filters.favourites else None


@transaction.atomic
def star(*, contact: Contact, now: datetime) -> None:
    """Star a contact that was fetched for whoever acts; one that is starred stays so. Raises TooMany."""
    user_id = scope.current().user_id
    if user_id is None:
        raise NotFound
    if mine().filter(contact=contact).exists():
        return
    if mine().count() >= MOST:
        raise TooMany
    made = Favourite(contact=contact, user_id=user_id, created_at=now)
    Favourite.objects.bulk_create([made], ignore_conflicts=True)


@transaction.atomic
def unstar(*, contact: Contact) -> None:
    mine().filter(contact=contact).delete()


def pass_on(*, of: Contact, to: Contact) -> dict[str, str]:
    """Let a contact that takes in another one have its stars too, of every member.

    Returns those that it did not have, for `take_back`: ids of members, each with when they had starred (ISO 8601).
    """
    had = set(Favourite.objects.filter(contact=to).values_list("user_id", flat=True))
    found = Favourite.objects.filter(contact=of).exclude(user_id__in=had).values_list("user_id", "created_at")
    stars = [Favourite(contact=to, user_id=user_id, created_at=at) for user_id, at in found]
    if stars:
        Favourite.objects.bulk_create(stars, ignore_conflicts=True)
    return {str(one.user_id): one.created_at.isoformat() for one in stars}


def take_back(passed_on: Mapping[str, str], *, contact_id: UUID) -> None:
    """Take those stars off again that were passed on to a contact; what a member starred anew since is theirs."""
    if not passed_on:
        return
    found = Favourite.objects.filter(contact=contact_id, user_id__in=list(passed_on))
    gone = [one.pk for one in found if one.created_at.isoformat() == passed_on[str(one.user_id)]]
    Favourite.objects.filter(pk__in=gone).delete()
