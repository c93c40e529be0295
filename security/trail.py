"""The access log: every read and change of personal data, in the same transaction. No personal data in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone

from security import scope
from security.models import AccessEntry, Action

__all__ = ["Action", "record"]

_COLUMNS = ("id", "account_id", "at", "request_id", "user_id", "key_id", "actor", "action", "kind", "ids", "source")
_INSERT = (
    f"INSERT INTO {AccessEntry._meta.db_table} ({', '.join(_COLUMNS)})"  # noqa: S608  (all names are ours)
    f" VALUES ({', '.join('%s' for _ in _COLUMNS[:-2])}, %s::jsonb, %s::inet)"
)


def record(*, action: Action, kind: str, ids: Iterable[UUID | str]) -> None:
    """Write one row for one act; the ids of a page's objects stand together in it.

    Raises NoScope where no account is active.
    """
    active = scope.current()
    # Written as SQL, because nearly every request of a person or a program writes one.
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                uuid4(),
                active.account,
                timezone.now(),
                active.request_id,
                active.user_id,
                active.key_id,
                active.actor,
                action,
                kind,
                json.dumps([str(item) for item in ids]),
                active.source or None,
            ],
        )
