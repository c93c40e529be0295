"""What staff see of the wishes to come in without a lost factor (`accounts.recovery`).

The list names nobody. The page of one shows whom it is about, masked as in a case, and each look is noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import recovery
from accounts.models import FactorRecovery, Member, OutgoingMail
from security import scope
from security.console import masks
from security.pages import Page, page_of

SIZE = 25
MOST_ACCOUNTS = 25  # on the page of one
Kind = OutgoingMail.Kind
# What each mail was about, in words.
LETTERS: dict[str, Promise] = {
    Kind.RECOVERY_ASKED: _("That somebody asked, with a link that stops it"),
    Kind.RECOVERY_READY: _("The link that removes the factors, with one that stops it"),
    Kind.RECOVERY_STOPPED: _("That the factors stay"),
    Kind.RECOVERY_DONE: _("That the factors were removed"),
}


@dataclass(frozen=True)
class Letter:
    """A mail about a wish: what it said, when it was written, to how many addresses."""

    words: Promise | str
    at: datetime
    count: int


@dataclass(frozen=True)
class Shown:
    """One wish as staff see it; `unsent` mails lie in the queue still, `given_up` ones could not be sent."""

    wish: FactorRecovery
    name: str
    email: str
    accounts: list[UUID]
    letters: list[Letter]
    unsent: int
    given_up: int
    is_suspended: bool
    can_confirm: bool
    can_refuse: bool


def waiting(now: datetime) -> dict[str, Any]:
    """Return how many wait, for the dashboard: within their waiting time, and with their link out."""
    with scope.identity():
        running = recovery.waiting()
        return {"waiting": running.filter(ready_at__gt=now).count(), "ready": running.filter(ready_at__lte=now).count()}


def listed(*, which: str, cursor: str) -> Page[FactorRecovery]:
    """Return a page of the wishes that wait, newest first; with `all` those that ended too. Raises BadCursor."""
    with scope.identity():
        found = FactorRecovery.objects.all() if which == "all" else recovery.waiting().select_related(None)
        return page_of(found, moment="asked_at", cursor=cursor, size=SIZE, narrowed={"which": which})


def find(wish_id: UUID) -> FactorRecovery | None:
    with scope.identity():
        return FactorRecovery.objects.filter(pk=wish_id).select_related("user").first()


def look(wish: FactorRecovery, *, by: UUID, now: datetime) -> Shown:
    """Return what one member of staff sees of a wish; noted in the trail and in the log of the person's accounts."""
    with scope.identity():
        recovery.note_look(wish)
        members = Member.objects.filter(user_id=wish.user_id).order_by("joined_at")
        queued = OutgoingMail.objects.filter(kind__in=LETTERS, data__wish=str(wish.pk))
        given_up = list(queued.values_list("given_up_at", flat=True))
        is_suspended = recovery.is_suspended(wish)
        is_open = wish.state == FactorRecovery.State.WAITING and wish.user_id != by
        return Shown(
            wish=wish,
            name=masks.words(wish.user.name),
            email=masks.email(wish.user.email),
            accounts=list(members.values_list("account_id", flat=True)[:MOST_ACCOUNTS]),
            letters=[_letter(one) for one in wish.letters],
            unsent=sum(at is None for at in given_up),
            given_up=sum(at is not None for at in given_up),
            is_suspended=is_suspended,
            can_confirm=is_open and wish.ready_at > now and not is_suspended,
            can_refuse=is_open,
        )


def _letter(one: dict[str, Any]) -> Letter:
    return Letter(LETTERS.get(one["kind"], one["kind"]), datetime.fromisoformat(one["at"]), one["count"])
