"""What those who are suspended wrote to us, and what staff answer: once, by mail, in the trail.

The words are read by whoever may release, and that is noted; when something was written, and whether it was answered,
is seen by whoever sees the suspension.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from security import alarms, suspension
from security.console import watch
from security.detection import notices
from security.detection.models import Appeal
from security.pages import Page, page_of

MOST_WAITING = 100  # on one page, the oldest first
SIZE = 25


class AlreadyAnswered(Exception):
    """Somebody has answered it before."""


class OwnAppeal(Exception):
    """Whoever is to answer is whoever wrote it."""


def unanswered() -> QuerySet[Appeal]:
    return Appeal.objects.using(watch.DATABASE).filter(answered_at=None)


def waiting() -> list[Appeal]:
    """Return those that wait for an answer, the oldest first."""
    return list(unanswered().select_related("suspension").order_by("at")[:MOST_WAITING])


def answered(*, cursor: str) -> Page[Appeal]:
    """Return a page of those that were answered, the newest first. Raises BadCursor."""
    found = Appeal.objects.using(watch.DATABASE).exclude(answered_at=None).select_related("suspension")
    return page_of(found, moment="answered_at", cursor=cursor, size=SIZE, narrowed={})


def find(appeal_id: UUID) -> Appeal | None:
    return Appeal.objects.using(watch.DATABASE).filter(pk=appeal_id).select_related("suspension").first()


def of(suspension_id: UUID) -> list[Appeal]:
    return list(Appeal.objects.using(watch.DATABASE).filter(suspension_id=suspension_id).order_by("at"))


def read(found: list[Appeal], *, about: dict[str, Any]) -> dict[UUID, str]:
    """Return the words of appeals by their ids; noted with what the reader looked at."""
    if found:
        alarms.note(kind="staff.appeal", data=about)
    return {one.pk: suspension.words_of(one) for one in found}


def answer(appeal: Appeal, *, words: str, by: UUID, now: datetime) -> bool:
    """Answer by mail, in the holder's language; False where nobody is left to write to. `by` is the member of staff.

    Raises AlreadyAnswered, OwnAppeal.
    """
    with transaction.atomic(using=watch.DATABASE):
        held = Appeal.objects.using(watch.DATABASE).select_for_update().get(pk=appeal.pk)
        if held.answered_at is not None:
            raise AlreadyAnswered
        if held.suspension.person == by:
            raise OwnAppeal
        held.answered_at, held.answered_by, held.answer = now, by, words
        held.is_mailed = notices.answer(held.suspension, words=words)
        changed = ["answered_at", "answered_by", "wrapped_answer", "is_mailed"]
        held.save(using=watch.DATABASE, update_fields=changed)
    alarms.note(kind="staff.answer", data={"appeal": str(held.pk), "suspension": str(held.suspension_id)})
    return held.is_mailed
