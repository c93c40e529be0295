"""What the site does not keep: drafts and labels past their days, old personal data, contacts deleted long ago.

The security role names the accounts that have something due; each is done in its own scope and in transactions of its
own, so that a process killed in the middle loses nothing, and one account's trouble is not another's.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connections

from addressbook import services as addressbook
from security import idempotency, scope
from shipments import periods, services

log = logging.getLogger(__name__)

ALIAS = "security"
ACTOR = "system:expire"
_DUE = """
    SELECT account_id FROM shipments_shipment
    WHERE status = 'draft' AND updated_at < %(stale)s OR status = 'booked' AND valid_until < %(today)s
        OR status NOT IN ('draft', 'booked') AND cleared_at IS NULL AND updated_at < %(old)s
    UNION
    SELECT account_id FROM addressbook_contact WHERE deleted_at < %(gone)s
    UNION
    SELECT account_id FROM security_idempotentrequest WHERE expires_at < %(now)s
    ORDER BY account_id
"""


class NoSecurityRole(Exception):
    """DATABASE_SECURITY_URL is not given to this process, so it cannot see which accounts have something due."""


@dataclass(frozen=True)
class Expired:
    """How many of each were, or with a dry run would be, dealt with in one account."""

    drafts: int = 0
    labels: int = 0
    cleared: int = 0
    contacts: int = 0
    answers: int = 0

    def __add__(self, other: Expired) -> Expired:
        return Expired(
            self.drafts + other.drafts,
            self.labels + other.labels,
            self.cleared + other.cleared,
            self.contacts + other.contacts,
            self.answers + other.answers,
        )

    @property
    def has_more(self) -> bool:
        """Whether a full batch of old shipments was cleared, so that there may be another."""
        return self.cleared >= services.CLEARED_AT_ONCE


def due_accounts(*, now: datetime) -> list[UUID]:
    """Return the accounts that have something due. Raises NoSecurityRole."""
    if ALIAS not in settings.DATABASES:
        raise NoSecurityRole
    days = {
        "stale": now - periods.DRAFTS.length(),
        "today": services.hong_kong_day(now),
        "old": now - periods.PERSONAL_DATA.length(),
        "gone": now - addressbook.UNDO_PERIOD,
        "now": now,
    }
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_DUE, days)
        return [row[0] for row in cursor.fetchall()]


def expire_here(*, now: datetime, dry_run: bool = False) -> Expired:
    """Do what is due in the scope's account, of old shipments at most one batch, inside the scope's transaction."""
    drafts, labels = services.expire(now=now, dry_run=dry_run)
    cleared = services.clear_personal_data(now=now, dry_run=dry_run)
    contacts = addressbook.purge_deleted(now=now, dry_run=dry_run)
    return Expired(drafts, labels, cleared, contacts, idempotency.purge(now=now, dry_run=dry_run))


def expire_account(*, account_id: UUID, now: datetime, dry_run: bool = False) -> Expired:
    """Do all that is due in one account; each batch has a transaction of its own."""
    done = Expired()
    while True:
        with scope.account(account_id=account_id, actor=ACTOR):
            part = expire_here(now=now, dry_run=dry_run)
        done += part
        if dry_run or not part.has_more:
            return done


def expire_everywhere(*, now: datetime, dry_run: bool = False) -> dict[UUID, Expired | None]:
    """Do what is due in every account; one that failed has None, and its error is in the log. Raises NoSecurityRole."""
    return {account_id: _tried(account_id, now, dry_run=dry_run) for account_id in due_accounts(now=now)}


def _tried(account_id: UUID, now: datetime, *, dry_run: bool) -> Expired | None:
    try:
        return expire_account(account_id=account_id, now=now, dry_run=dry_run)
    except Exception:  # one account's trouble is not another's; whoever asked is told
        log.exception("expiry failed for an account")
        return None
