"""Scheduled work on the trail. It runs on the security worker, which alone has the security role's credential."""

from __future__ import annotations

from celery import shared_task

from security.chain import partitions
from security.tasks import ScopedTask


@shared_task(base=ScopedTask, name="security.keep_trail")
def keep_trail() -> None:
    """Make the coming months' partitions. Safe to run twice."""
    partitions.look_after()
