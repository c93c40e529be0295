"""The message that asks each queue's worker whether it is there."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from security.console import health
from security.tasks import ScopedTask


@shared_task(name="security.ask_queues", base=ScopedTask)
def ask_queues() -> None:
    """Send a message through every queue; the scheduler calls this each minute."""
    now = timezone.now().isoformat()
    for queue in health.QUEUES:
        answer_queue.apply_async(kwargs={"queue": queue, "sent_at": now}, queue=queue, expires=600)


@shared_task(name="security.answer_queue", base=ScopedTask)
def answer_queue(queue: str, sent_at: str) -> None:
    health.answer(queue, sent_at=datetime.fromisoformat(sent_at), now=timezone.now())
