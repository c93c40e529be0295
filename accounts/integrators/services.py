"""Making and ending integrators, and letting them act: asked for on a page, confirmed by a link that is mailed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts import notices, outbox
from accounts.integrators.models import LINK_SALT, Integrator, IntegratorLink
from accounts.models import Account, Member, OutgoingMail, User
from accounts.periods import LINK_WISHES
from accounts.roles import RIGHTS
from security import scope, trail
from security.permissions import Permission
from security.refusals import NotFound
from security.warrants import Warrant

Kind = OutgoingMail.Kind
MOST_INTEGRATORS = 10  # of one account


class NameTaken(Exception):
    """Another integrator is called so."""


class TooManyIntegrators(Exception):
    """An account has `MOST_INTEGRATORS` at most."""


class OnlyBusinesses(Exception):
    """A personal account has no integrators of its own."""


class LinkedAlready(Exception):
    """The integrator may act for this person already, in this account or in another one."""


class LinkInvalid(Exception):
    """The mailed link is unknown, used, too old, or another person's: one answer for all."""


@dataclass(frozen=True)
class Linked:
    """A link as a page shows it: to the account it opens, and to the business whose integrator it is."""

    id: UUID
    name: str
    business: str
    person: str
    confirmed_at: datetime | None


# The business's side --------------------------------------------------------------------------------------------


@transaction.atomic
def make(
    *, account: Account, by: User, name: str, fresh_minutes: int | None, refuses_replays: bool, now: datetime
) -> tuple[Integrator, str]:
    """Make an integrator of the active account; return it with its key, which is never shown again.

    Raises OnlyBusinesses, TooManyIntegrators and NameTaken.
    """
    if account.kind != Account.Kind.BUSINESS:
        raise OnlyBusinesses
    with scope.warrant(Warrant.KEYS):
        if Integrator.objects.filter(account=account).count() >= MOST_INTEGRATORS:
            raise TooManyIntegrators
        made = Integrator(
            account=account, made_by=by, name=name, fresh_minutes=fresh_minutes, refuses_replays=refuses_replays,
            created_at=now, key_made_at=now,
        )  # fmt: skip
        made.key = key = secrets.token_urlsafe(32)
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            raise NameTaken from None
    _note(trail.Action.CREATE, made, Kind.INTEGRATOR_MADE)
    return made, key


@transaction.atomic
def change(*, integrator: Integrator, fresh_minutes: int | None, refuses_replays: bool) -> None:
    """Say how strictly headers are looked at."""
    integrator.fresh_minutes, integrator.refuses_replays = fresh_minutes, refuses_replays
    with scope.warrant(Warrant.KEYS):
        integrator.save(update_fields=["fresh_minutes", "refuses_replays"])
    trail.record(action=trail.Action.CHANGE, kind="integrator", ids=[integrator.pk])


@transaction.atomic
def new_key(*, integrator: Integrator, by: User, now: datetime) -> str:
    """Give an integrator another key, at once; return it. Whoever makes it answers for it from now on."""
    integrator.key = key = secrets.token_urlsafe(32)
    integrator.made_by, integrator.key_made_at = by, now
    with scope.warrant(Warrant.KEYS):
        integrator.save(update_fields=["wrapped_key", "made_by", "key_made_at"])
    _note(trail.Action.CHANGE, integrator, Kind.INTEGRATOR_KEY)
    return key


@transaction.atomic
def end(integrator: Integrator) -> None:
    """End an integrator with all its links, at once. The accounts that it acted in are told."""
    with scope.identity():
        ended = list(_confirmed(integrator).select_related("account"))
        IntegratorLink.objects.filter(integrator=integrator).delete()
    for link in ended:
        _tell_of_end(link, integrator.name)
    _note(trail.Action.DELETE, integrator, Kind.INTEGRATOR_ENDED)
    with scope.warrant(Warrant.KEYS):
        integrator.delete()


def _note(action: trail.Action, integrator: Integrator, kind: OutgoingMail.Kind) -> None:
    trail.record(action=action, kind="integrator", ids=[integrator.pk])
    notices.tell(kind, account=integrator.account, about=integrator.name)


# The side of whoever lets an integrator act -----------------------------------------------------------------------


@transaction.atomic
def ask(*, name: str, account: Account, by: User, now: datetime) -> None:
    """Mail somebody the link by which they let an integrator act for them in the active account.

    Whether there is an integrator of that name, the mail says and not the page. Raises LinkedAlready.
    """
    with scope.identity():
        integrator = Integrator.objects.filter(name=name.strip().lower()).first()
        link = _wish(integrator, account=account, by=by, now=now) if integrator is not None else None
    if link is not None:
        trail.record(action=trail.Action.CREATE, kind="integrator_link", ids=[link.pk])
    data = {"name": name, "link": str(link.pk) if link is not None else ""}
    outbox.post(kind=Kind.INTEGRATOR_ASKED, email=by.email, language=by.language, data=data)


def _wish(integrator: Integrator, *, account: Account, by: User, now: datetime) -> IntegratorLink:
    """Make the link that waits; an older wish of the same person's is gone with it, in whichever account it was."""
    held = IntegratorLink.objects.select_for_update().filter(integrator=integrator, user=by).first()
    if held is not None and held.confirmed_at is not None:
        raise LinkedAlready
    if held is not None:
        held.delete()
    return IntegratorLink.objects.create(
        integrator=integrator, name=integrator.name, user=by, account=account, asked_at=now
    )


def find_wish(*, token: str, user: User, now: datetime) -> IntegratorLink:
    """Return the link that a mail named to this person. Raises LinkInvalid. Runs in the identity context."""
    try:
        link_id, asked_at = signing.loads(token, salt=LINK_SALT, max_age=LINK_WISHES.length())
        links = IntegratorLink.objects.select_for_update(of=("self",)).select_related("integrator__account", "account")
        link = links.get(pk=link_id, user=user, confirmed_at=None)
    except (signing.BadSignature, IntegratorLink.DoesNotExist, ValueError, TypeError):
        raise LinkInvalid from None
    role = Member.objects.filter(account_id=link.account_id, user=user).values_list("role", flat=True).first()
    if link.asked_at.timestamp() != asked_at or role is None or Permission.KEY_MANAGE not in RIGHTS[role]:
        raise LinkInvalid
    return link


@transaction.atomic
def confirm(*, token: str, user: User, now: datetime) -> IntegratorLink:
    """Let an integrator act from now on. Raises LinkInvalid. Runs in the identity context."""
    link = find_wish(token=token, user=user, now=now)
    link.confirmed_at = now
    link.save(update_fields=["confirmed_at"])
    notices.tell(Kind.INTEGRATOR_LINKED, account=link.account, about=link.integrator.name, by=user)
    notices.tell(Kind.INTEGRATOR_LINKED, account=link.integrator.account, about=link.integrator.name, by=user)
    with scope.account(account_id=link.account_id, user_id=user.pk):
        trail.record(action=trail.Action.SHARE, kind="integrator_link", ids=[link.pk])
    return link


@transaction.atomic
def end_link(link_id: UUID) -> None:
    """End a link, for either side of it: the account that it opens, or the integrator's own. Raises NotFound."""
    link = _either_sides(link_id)
    with scope.identity():
        link.delete()
    trail.record(action=trail.Action.DELETE, kind="integrator_link", ids=[link_id])
    if link.confirmed_at is not None:
        _tell_of_end(link, link.integrator.name)


def find_link(link_id: UUID) -> Linked:
    """Return a link as a page shows it, for either side of it. Raises NotFound."""
    return _listed([_either_sides(link_id)])[0]


def _either_sides(link_id: UUID) -> IntegratorLink:
    """Return a link of the active account's, from whichever side. Raises NotFound.

    One of the sides is another account, so that it is asked for in the identity context: this filter is the wall.
    """
    mine = scope.current().account
    with scope.identity():
        links = IntegratorLink.objects.filter(Q(account_id=mine) | Q(integrator__account_id=mine), pk=link_id)
        related = links.select_related("integrator__account", "account", "user")
        link = related.select_for_update(of=("self",)).first()
    if link is None:
        raise NotFound
    return link


def _tell_of_end(link: IntegratorLink, name: str) -> None:
    notices.tell(Kind.INTEGRATOR_UNLINKED, account=link.account, about=name)


def wishes_past(*, now: datetime) -> QuerySet[IntegratorLink]:
    """Return what nobody confirmed in time."""
    return IntegratorLink.objects.filter(confirmed_at=None, asked_at__lt=now - LINK_WISHES.length())


# What pages show -----------------------------------------------------------------------------------------------


def links_into(account_id: UUID) -> list[Linked]:
    """Return which integrators may act in an account, or wait for it. The links are its own; the names are not."""
    with scope.identity():
        links = IntegratorLink.objects.filter(account_id=account_id)
        found = _listed(links.select_related("integrator__account", "user").order_by("asked_at", "pk"))
    _note_shown(found)
    return found


def links_of(integrator: Integrator) -> list[Linked]:
    """Return for whom an integrator may act, each by the name that it calls them by: their e-mail."""
    with scope.identity():
        found = _listed(_confirmed(integrator).select_related("integrator__account", "user"))
    _note_shown(found)
    return found


def _note_shown(found: list[Linked]) -> None:
    """Note in the account's log that its people saw whose e-mails stand in links."""
    if found:
        trail.record(action=trail.Action.LIST, kind="integrator_link", ids=[one.id for one in found])


def _confirmed(integrator: Integrator) -> QuerySet[IntegratorLink]:
    return IntegratorLink.objects.filter(integrator=integrator, confirmed_at__isnull=False).order_by("confirmed_at")


def _listed(links: Iterable[IntegratorLink]) -> list[Linked]:
    return [
        Linked(link.pk, link.integrator.name, link.integrator.account.name, link.user.email, link.confirmed_at)
        for link in links
    ]


def names_in(account_id: UUID) -> QuerySet[IntegratorLink, tuple[UUID, str]]:
    """Return the ids and names of the integrators that may act in the active account."""
    links = IntegratorLink.objects.filter(account_id=account_id, confirmed_at__isnull=False)
    return links.values_list("integrator_id", "name")
