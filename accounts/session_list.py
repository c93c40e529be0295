"""Where somebody is signed in: their sessions, listed and ended. Runs in the identity context.

A session is named in addresses by a keyed hash of its row, which says nothing and is of use to its holder alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from accounts.sessions import row_key
from accounts.whereabouts import block_of, browser_of

if TYPE_CHECKING:
    from allauth.usersessions.models import UserSession


@dataclass(frozen=True)
class Listed:
    """A session as its holder sees it."""

    reference: str
    browser: str
    block: str
    began_at: datetime
    seen_at: datetime
    is_current: bool


def listed(user: User, *, current: str | None) -> list[Listed]:
    """Return somebody's live sessions, this one first, then by when they were seen; rows of dead ones go."""
    from allauth.usersessions.models import UserSession

    found = [
        Listed(
            reference=_reference(row),
            browser=browser_of(row.user_agent),
            block=block_of(row.ip),
            began_at=row.created_at,
            seen_at=row.last_seen_at,
            is_current=_is(row, current),
        )
        for row in UserSession.objects.purge_and_list(user)
    ]
    return sorted(found, key=lambda session: (session.is_current, session.seen_at), reverse=True)


def end(user: User, *, reference: str) -> bool:
    """End one of somebody's sessions; False where there is none of that name."""
    for row in _rows(user):
        if constant_time_compare(_reference(row), reference):
            row.end()
            return True
    return False


def end_all(user: User, *, but: str | None = None) -> int:
    """End somebody's sessions, all but the one with a key; return how many."""
    ended = [row for row in _rows(user) if not _is(row, but)]
    for row in ended:
        row.end()
    return len(ended)


def note_seen(*, key: str | None, address: str, now: datetime) -> None:
    """Note when and from where a session was last seen."""
    from allauth.usersessions.models import UserSession

    if key:
        UserSession.objects.filter(session_key=key).update(last_seen_at=now, **({"ip": address} if address else {}))


def _rows(user: User) -> list[UserSession]:
    from allauth.usersessions.models import UserSession

    return list(UserSession.objects.filter(user=user))


def _is(row: UserSession, key: str | None) -> bool:
    return key is not None and row_key(row.session_key) == row_key(key)


def _reference(row: UserSession) -> str:
    return salted_hmac("accounts.session_list", str(row_key(row.session_key)), algorithm="sha256").hexdigest()[:24]
