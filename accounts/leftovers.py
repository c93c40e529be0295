"""What signing in leaves behind: sessions past their end, their lines in people's lists, mail given up long ago,
invitations that nobody accepted in time.

All of it belongs to people rather than to an account, so it is ended in the identity context.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, Model, OuterRef, QuerySet

from accounts.integrators.services import wishes_past
from accounts.models import Invitation, OutgoingMail
from accounts.outbox import GIVEN_UP_KEPT
from security import scope

ATTEMPTS_KEPT = timedelta(days=30)  # of django-axes; we count in Redis, so its tables should be empty


@dataclass(frozen=True)
class Ended:
    """How many rows of each were, or with a dry run would be, ended."""

    sessions: int = 0
    listed: int = 0  # lines of sessions that are gone, in people's lists of their sessions
    mails: int = 0
    attempts: int = 0
    invitations: int = 0
    wishes: int = 0  # to let an integrator act

    @property
    def total(self) -> int:
        return sum(astuple(self))


def end(*, now: datetime, dry_run: bool = False) -> Ended:
    """End what is over. Safe to run twice, and beside itself."""
    with scope.identity():
        return Ended(
            sessions=_end([Session.objects.filter(expire_date__lt=now)], dry_run=dry_run),
            listed=_end([_without_session(now=now)], dry_run=dry_run),
            invitations=_end([Invitation.objects.filter(expires_at__lt=now)], dry_run=dry_run),
            wishes=_end([wishes_past(now=now)], dry_run=dry_run),
            mails=_end([OutgoingMail.objects.filter(given_up_at__lt=now - GIVEN_UP_KEPT)], dry_run=dry_run),
            attempts=_end(
                [
                    model._default_manager.filter(attempt_time__lt=now - ATTEMPTS_KEPT)
                    for model in (AccessAttempt, AccessFailureLog, AccessLog)
                ],
                dry_run=dry_run,
            ),
        )


def _without_session(*, now: datetime) -> QuerySet[UserSession]:
    """Return lines whose session is gone or over. A new line may stand a moment before its session, so it is left."""
    session = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gte=now)
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    lines: QuerySet[UserSession] = UserSession.objects.filter(~Exists(session), created_at__lt=now - longest)
    return lines


def _end(found: list[QuerySet[Model]], *, dry_run: bool) -> int:
    return sum(rows.count() if dry_run else rows.delete()[0] for rows in found)
