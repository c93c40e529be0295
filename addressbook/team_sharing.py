"""Books shared with teams. The share is a row of its own; what it does are grants of each member of the team.

So the door asks nothing but grants (`access`), and nobody has to know of teams to refuse. A grant says which team it
is by: whoever has several keeps the others when one goes. None outlives what it is by: it is taken back here, and would
the code forget one, the database takes it, since it refers to the share and to its holder's place in the team
(migration 0012).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import Permission as Right
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.teams import services as teams
from accounts.teams.models import Team, TeamMember
from accounts.teams.services import Opened
from addressbook import access, holding, services
from addressbook.models import AddressBook, AddressBookUserPermission, Level, TeamShare
from security import scope, sealing
from security.permissions import Permission
from security.warrants import Warrant


class UnknownTeam(Exception):
    """No team of this account has that name."""


def register() -> None:
    teams.joined.append(give)
    teams.parted.append(take_back)
    teams.opens.append(opened_by)


@transaction.atomic
def share_with_team(*, book: AddressBook, team_id: UUID, level: str, now: datetime) -> TeamShare:
    """Let everybody in a team into a restricted book, now and whoever joins; sharing again replaces the level.

    Raises UnknownTeam.
    """
    team = lock(team_id)
    if team is None:
        raise UnknownTeam
    holding.hold([book.pk])
    share = TeamShare(book=book, team=team, level=Level(level), made_at=now)
    members = TeamMember.objects.filter(team=team).values_list("user_id", flat=True)
    with scope.warrant(Warrant.SHARING):
        _grants_by(team.pk).filter(content_object=book).delete()
        TeamShare.objects.filter(book=book, team=team).delete()
        share.save(force_insert=True)
        _grant([share], list(members))
    services.note_shared([book.pk])
    return share


@transaction.atomic
def unshare_with_team(*, share: TeamShare) -> None:
    """Take a share back, with all that it gave."""
    holding.hold([share.book_id])
    with scope.warrant(Warrant.SHARING):
        _grants_by(share.team_id).filter(content_object=share.book).delete()
        share.delete()
    services.note_shared([share.book_id])


def give(team: Team, user_ids: Sequence[UUID]) -> None:
    """Give whoever has joined a team, which is locked, what is shared with it."""
    if books := _hold_shared_with(team):
        shares = TeamShare.objects.filter(team=team, book__in=books)  # some may have gone while we waited
        with scope.warrant(Warrant.SHARING):
            _grant(shares, user_ids)
        services.note_shared(books)


def take_back(team: Team, user_id: UUID) -> None:
    """Take back from whoever parts from a team, which is locked, what it gave them."""
    if books := _hold_shared_with(team):
        with scope.warrant(Warrant.SHARING):
            _grants_by(team.pk).filter(user_id=user_id).delete()
        services.note_shared(books)


def opened_by(team: Team) -> Iterable[Opened]:
    """Yield what a team may open, of the books that whoever acts manages, by name."""
    managed = access.books_for(Permission.BOOK_MANAGE)
    shares = TeamShare.objects.filter(team=team, book__in=managed.values("pk")).select_related("book")
    for share in sorted(shares, key=lambda share: share.book.name.casefold()):
        address = reverse("addressbook:book-settings", args=[share.book_id])
        yield Opened(share.book.name, str(Level(share.level).label), address)


def named(name: str) -> UUID:
    """Return the id of the team of a name. Raises UnknownTeam."""
    found = Team.objects.filter(name_index=sealing.keyed_index(name)).values_list("pk", flat=True).first()
    if found is None:
        raise UnknownTeam
    return found


def lock(team_id: UUID) -> Team | None:
    """The team's row is the lock: whoever joins while a book is shared with it is given that book too."""
    with scope.warrant(Warrant.MEMBERS):
        return Team.objects.select_for_update().filter(pk=team_id).first()


def _hold_shared_with(team: Team) -> list[UUID]:
    return holding.hold(TeamShare.objects.filter(team=team).values_list("book_id", flat=True))


def _grants_by(team_id: UUID) -> QuerySet[AddressBookUserPermission]:
    return AddressBookUserPermission.objects.filter(team_id=team_id)


def _grant(shares: Iterable[TeamShare], user_ids: Sequence[UUID]) -> None:
    rights = dict(Right.objects.filter(content_type__app_label="addressbook").values_list("codename", "pk"))
    AddressBookUserPermission.objects.bulk_create(
        [
            AddressBookUserPermission(
                content_object_id=share.book_id,
                team_id=share.team_id,
                user_id=user_id,
                permission_id=rights[f"{share.level}_addressbook"],
            )
            for share in shares
            for user_id in user_ids
        ]
    )
