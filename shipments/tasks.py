"""Scheduled work on shipments."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from security.tasks import ScopedTask
from shipments import retention


@shared_task(base=ScopedTask, name="shipments.expire")
def expire() -> None:
    """Delete stale drafts and end labels past their last day, account by account. Safe to run twice."""
    retention.expire_everywhere(now=timezone.now())
