"""Scheduled work on the trail. It runs on the security worker, which alone has the security role's credential."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from security.chain import partitions, sealing_loop
from security.tasks import ScopedTask


@shared_task(base=ScopedTask, name="security.seal_trail")
def seal_trail() -> None:
    """Chain what is committed, and give the heads out. Safe to run twice, and to be killed."""
    sealing_loop.run_once(now=timezone.now())


@shared_task(base=ScopedTask, name="security.keep_trail")
def keep_trail() -> None:
    """Make the coming months' partitions, and drop those past their time. Safe to run twice."""
    now = timezone.now()
    partitions.look_after()
    partitions.retire(now=now)
