"""Which webhooks have something to send, and deliveries past their time: asked over all accounts, by the security role.

It may read states and times and nothing else. Each webhook is then worked on in its account's scope.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connections

from tracking import periods
from tracking.webhooks.models import WebhookDelivery
from tracking.webhooks.working import ACTOR as ACTOR

ALIAS = "security"
MOST_AT_ONCE = 200  # webhooks named to the queue in one go
MOST_FORGOTTEN = 5_000  # deliveries of one account that are removed in one transaction
KEPT = periods.DELIVERIES.length()
# One look into an index for each webhook that is on, however many messages wait.
_DUE = """
    SELECT hook.account_id, hook.id FROM tracking_webhook hook
    CROSS JOIN LATERAL (
        SELECT due_at FROM tracking_webhookdelivery told
        WHERE told.account_id = hook.account_id AND told.webhook_id = hook.id AND told.due_at <= %(now)s
        ORDER BY told.due_at LIMIT 1
    ) first
    WHERE hook.state = 'active'
    AND (hook.rests_until IS NULL OR hook.rests_until <= %(now)s)
    AND (hook.leased_until IS NULL OR hook.leased_until <= %(now)s)
    ORDER BY first.due_at LIMIT %(most)s
"""
_OLD = "SELECT DISTINCT account_id FROM tracking_webhookdelivery WHERE at < %s ORDER BY account_id"


def due(*, now: datetime) -> list[tuple[UUID, UUID]]:
    """Return account and webhook of what has something to send, longest due first. For the security worker."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "most": MOST_AT_ONCE})
        return [(row[0], row[1]) for row in cursor.fetchall()]


def old_accounts(*, now: datetime) -> list[UUID]:
    """Return the accounts with deliveries past their time. For the security worker."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_OLD, [now - KEPT])
        return [row[0] for row in cursor.fetchall()]


def forget_here(*, now: datetime) -> int:
    """Remove deliveries past their time in the scope's account; return how many, one batch at most."""
    old = WebhookDelivery.objects.filter(at__lt=now - KEPT).order_by("at")[:MOST_FORGOTTEN]
    return WebhookDelivery.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]
