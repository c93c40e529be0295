"""Drafts and labels past their days: the security role names the accounts, each is done in its own scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connections

from security import scope
from shipments import services

ALIAS = "security"
_DUE = """
    SELECT DISTINCT account_id FROM shipments_shipment
    WHERE status = 'draft' AND updated_at < %s OR status = 'booked' AND valid_until < %s
"""


class NoSecurityRole(Exception):
    """DATABASE_SECURITY_URL is not given to this process, so it cannot see which accounts have something due."""


@dataclass(frozen=True)
class Expired:
    account_id: UUID
    drafts: int
    labels: int


def due_accounts(*, now: datetime) -> list[UUID]:
    """Return the accounts that have something to expire. Raises NoSecurityRole."""
    if ALIAS not in settings.DATABASES:
        raise NoSecurityRole
    stale = now - timedelta(days=settings.DRAFT_DAYS)
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_DUE, [stale, services.hong_kong_day(now)])
        return sorted(row[0] for row in cursor.fetchall())


def expire_account(*, account_id: UUID, now: datetime, dry_run: bool = False) -> Expired:
    """Expire what is due in one account, in its scope and a transaction of its own."""
    with scope.account(account_id=account_id, actor="system:expire"):
        drafts, labels = services.expire(now=now, dry_run=dry_run)
    return Expired(account_id, drafts, labels)


def expire_everywhere(*, now: datetime, dry_run: bool = False) -> list[Expired]:
    """Expire what is due in every account. Raises NoSecurityRole."""
    return [expire_account(account_id=account_id, now=now, dry_run=dry_run) for account_id in due_accounts(now=now)]
