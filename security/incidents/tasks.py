"""Queueing and sending notices, and making evidence, in the background. What is queued names a run, and nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from security.incidents import bundles, notices, sending
from security.incidents.models import ALIAS, NoticeMail, NoticeRun
from security.tasks import SeparateTask

QUIET = timedelta(minutes=1)  # without a mail tried, before work counts as lost


@shared_task(base=SeparateTask, name="security.queue_notices")
def queue_notices(*, run_id: str) -> None:
    """Make the notices of a run, batch by batch, and a turn of sending for every hundred. Safe to run twice."""
    run = NoticeRun.objects.using(ALIAS).get(pk=UUID(run_id))
    try:
        while (made := notices.queue_some(run, now=timezone.now())) is not None:
            _turns(run.pk, made)
    except notices.WrongState:
        return  # another worker has done it
    notices.finish(run, now=timezone.now())  # nobody to write to at all


@shared_task(base=SeparateTask, name="security.send_notices")
def send_notices(*, run_id: str) -> None:
    """Send a hundred notices. Safe to run twice, and to be killed."""
    sending.turn(UUID(run_id), clock=timezone.now)


@shared_task(base=SeparateTask, name="security.continue_notices")
def continue_notices() -> None:
    """Queue and send what the queue lost, what a killed worker let go of, and what failed and is due again."""
    now = timezone.now()
    runs = NoticeRun.objects.using(ALIAS)
    for run in runs.filter(state=NoticeRun.State.QUEUEING, touched_at__lt=now - QUIET):
        start(run.pk)
    for run in runs.filter(state=NoticeRun.State.SENDING):
        if not notices.finish(run, now=now):
            _turns(run.pk, _forgotten(run, now=now))


@shared_task(base=SeparateTask, name="security.make_evidence")
def make_evidence(*, bundle_id: str) -> None:
    """Make an evidence bundle. Safe to run twice, and to be killed."""
    bundles.make(UUID(bundle_id), clock=timezone.now)


@shared_task(base=SeparateTask, name="security.continue_evidence")
def continue_evidence() -> None:
    """Begin anew on what the queue lost or a killed worker let go of, and remove files whose days are over."""
    now = timezone.now()
    for bundle_id in bundles.lost(now=now):
        start_bundle(bundle_id)
    bundles.forget_old(now=now)


def start_bundle(bundle_id: UUID) -> None:
    make_evidence.apply_async(kwargs={"bundle_id": str(bundle_id)})


def start(run_id: UUID) -> None:
    queue_notices.apply_async(kwargs={"run_id": str(run_id)})


def _turns(run_id: UUID, mails: int) -> None:
    for _turn in range(0, mails, sending.TURN):
        send_notices.apply_async(kwargs={"run_id": str(run_id)})


def _forgotten(run: NoticeRun, *, now: datetime) -> int:
    """Return how many mails are due; none while mails of the run are being tried."""
    tried_at = notices.progress(run).tried_at
    if tried_at is not None and tried_at > now - QUIET:
        return 0
    due = NoticeMail.objects.using(ALIAS).filter(run_id=run.pk, state=NoticeMail.State.WAITING)
    return due.filter(due_at__lte=now - QUIET).count()
