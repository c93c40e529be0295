"""The access log: every read and change of personal data, in the same transaction. No personal data in it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from security import scope
from security.models import AccessEntry, Action

__all__ = ["Action", "record"]


def record(*, action: Action, kind: str, ids: Iterable[UUID | str]) -> None:
    """Write one row for one act; the ids of a page's objects stand together in it.

    Raises NoScope where no account is active.
    """
    active = scope.current()
    AccessEntry.objects.bulk_create(
        [
            AccessEntry(
                account_id=active.account,
                at=timezone.now(),
                request_id=active.request_id,
                user_id=active.user_id,
                key_id=active.key_id,
                actor=active.actor,
                action=action,
                kind=kind,
                ids=[str(item) for item in ids],
                source=active.source or None,
            )
        ]
    )
