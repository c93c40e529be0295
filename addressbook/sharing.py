"""Who can see what in the account's address books, and why: by role, because a book is everyone's, or by a grant,
their own or a team's.

It says for every member what `access` decides for whoever acts; a test holds the two together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Member
from accounts.roles import KEY_SCOPES, RIGHTS, Role
from addressbook import access
from addressbook.models import AddressBook, AddressBookUserPermission, Level
from security import scope
from security.permissions import Permission
from security.texts import isolated

ORDER = [Level.VIEW, Level.CHANGE, Level.MANAGE]


class Why(models.TextChoices):
    ROLE = "role", _("Owners and managers may open every book")
    EVERYONE = "everyone", _("The book is open to everyone in the account")
    GRANT = "grant", _("The book is shared with them")
    TEAM = "team", _("A team that they are in")  # said with its name


@dataclass
class Granted:
    """What somebody was granted in a restricted book: by themselves, and by which teams."""

    own: Level | None = None
    teams: list[tuple[str, Level]] = field(default_factory=list)

    @property
    def level(self) -> Level:
        return max((level for _reason, level in self.reasons()), key=ORDER.index)

    def reasons(self) -> list[tuple[str, Level]]:
        """Return each reason in words, with how far it goes, the furthest first."""
        found = [(str(Why.GRANT.label), self.own)] if self.own else []
        found += [(gettext("By the team %(team)s") % {"team": isolated(name)}, level) for name, level in self.teams]
        return sorted(found, key=lambda reason: -ORDER.index(reason[1]))


@dataclass(frozen=True)
class Seer:
    """Somebody who can open a book: how far, why, and by which API keys of theirs as well."""

    user_id: UUID
    name: str
    role: str
    level: Level
    why: Why
    reasons: Sequence[str]
    keys: Sequence[str] = ()

    @property
    def role_words(self) -> str:
        return str(Role(self.role).label)


@dataclass(frozen=True)
class Seen:
    book: AddressBook
    seers: Sequence[Seer]


def who_sees(*, now: datetime) -> list[Seen]:
    """Return the books that whoever acts manages, in the order they were made, each with everybody who can open it.

    Four queries, however many books and members there are.
    """
    books = list(access.books_for(Permission.BOOK_MANAGE).order_by("created_at", "pk"))
    account_id = scope.current().account
    members = list(Member.objects.filter(account_id=account_id).select_related("user").order_by("joined_at", "pk"))
    keys = _keys(account_id, now=now)
    granted = _granted(books)
    return [Seen(book, list(_seers(book, members, granted, keys))) for book in books]


def level_of(book: AddressBook, role: str, granted: Granted | None) -> tuple[Level, Why] | None:
    """Return how far somebody of a role, with these grants on a restricted book, can go; None: not at all."""
    rights = RIGHTS[role]
    if Permission.BOOK_MANAGE in rights:
        return Level.MANAGE, Why.ROLE
    if Permission.CONTACT_VIEW not in rights:
        return None
    may_change = Permission.CONTACT_CHANGE in rights
    if not book.is_restricted:
        return (Level.CHANGE if may_change else Level.VIEW), Why.EVERYONE
    if granted is None:
        return None
    return (granted.level if may_change else Level.VIEW), (Why.GRANT if granted.own else Why.TEAM)


def _reasons(why: Why, granted: Granted | None, level: Level) -> list[str]:
    """Say why somebody can open a book; where several reasons hold, how far each goes, at most as far as they can."""
    if why not in {Why.GRANT, Why.TEAM} or granted is None:
        return [str(why.label)]
    found = granted.reasons()
    if len(found) == 1:
        return [found[0][0]]
    capped = [(reason, min(each, level, key=ORDER.index)) for reason, each in found]
    return [gettext("%(reason)s: %(level)s") % {"reason": reason, "level": each.label} for reason, each in capped]


def _seers(
    book: AddressBook,
    members: Iterable[Member],
    granted: dict[tuple[UUID, UUID], Granted],
    keys: dict[UUID, list[str]],
) -> Iterable[Seer]:
    for member in members:
        theirs = granted.get((book.pk, member.user_id))
        found = level_of(book, member.role, theirs)
        if found:
            level, why = found
            name, reasons = member.user.name or member.user.email, _reasons(why, theirs, level)
            yield Seer(member.user_id, name, member.role, level, why, reasons, keys.get(member.user_id, []))


def _granted(books: Sequence[AddressBook]) -> dict[tuple[UUID, UUID], Granted]:
    restricted = [book.pk for book in books if book.is_restricted]
    found: defaultdict[tuple[UUID, UUID], Granted] = defaultdict(Granted)
    grants = AddressBookUserPermission.objects.filter(content_object__in=restricted)
    for grant in grants.select_related("permission", "team"):
        theirs = found[grant.content_object_id, grant.user_id]
        if grant.team is None:
            theirs.own = grant.level
        else:
            theirs.teams.append((grant.team.name, grant.level))
    return found


def _keys(account_id: UUID, *, now: datetime) -> dict[UUID, list[str]]:
    """Return the names of keys that open contacts, by who made them: a key has no more rights than its maker."""
    opens = {Permission.CONTACT_VIEW, Permission.CONTACT_EXPORT}
    opening = [name for name, rights in KEY_SCOPES.items() if rights & opens]
    keys = ApiKey.objects.filter(account_id=account_id, scopes__overlap=opening)
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for key in keys.filter(Q(expires_at=None) | Q(expires_at__gt=now)).order_by("created_at"):
        found[key.created_by_id].append(key.name)
    return found
