"""Decoy accounts: nobody's, with members who cannot sign in, and real rows behind real walls.

Nothing outside the schema `watch` tells them apart: they are opened by the services that open everybody's, one now and
then, as people sign up, and go on living. Whoever reads something of one was not led there by any work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from random import SystemRandom
from typing import Any, Protocol
from uuid import UUID

from django.db import connections, transaction

from security import tuning
from security.detection import judging
from security.detection.models import Cause, Decoy, DecoyObject, Finding, Mark
from security.detection.signal import Signal, source_of
from security.thresholds import DEFAULTS

ALIAS = "security"
MARK = "decoys"
LATE = timedelta(minutes=2)  # a long transaction commits its entries after its time
# Entries of whoever is not the decoy, that name something of a decoy or were made in its account.
_READS = """
    SELECT DISTINCT ON (e.request_id) e.at, e.request_id, e.endpoint, e.actor, e.user_id, e.key_id, e.account_id,
        e.source, d.decoy_id
    FROM security_accessentry e
    CROSS JOIN LATERAL jsonb_array_elements_text(e.ids) named (id)
    JOIN watch.decoy_object d ON d.id = CASE WHEN named.id ~ '^[0-9a-f-]{36}$' THEN named.id::uuid END
    JOIN watch.decoy c ON c.account_id = d.decoy_id
    WHERE e.at > %(since)s AND e.at <= %(now)s AND (e.user_id IS NOT NULL OR e.key_id IS NOT NULL)
        AND e.user_id IS DISTINCT FROM c.person
    ORDER BY e.request_id, e.at
"""


@dataclass(frozen=True)
class Made:
    """An account that was opened: whose it seems to be, and the ids of what it holds."""

    account_id: UUID
    person: UUID
    objects: tuple[UUID, ...]


class Maker(Protocol):
    """What the floors above know of accounts that look real."""

    def may_make(self) -> bool:
        """Tell whether there are mail domains for people who are nobody."""

    def open(self, *, now: datetime) -> Made:
        """Open an account, as a sign-up does."""

    def live(self, account_id: UUID, person: UUID, *, now: datetime) -> tuple[UUID, ...]:
        """Do what its member would do; return the ids of what is new."""


MAKERS: list[Maker] = []
_chance = SystemRandom()


def keep_up(*, now: datetime) -> int:
    """Open a part of the decoys that are missing, at least one; return how many. Runs in the security worker.

    A part, so that they come over days and not all at once.
    """
    missing = _missing()
    if not MAKERS or not MAKERS[0].may_make() or missing <= 0:
        return 0
    wanted = min(missing, DEFAULTS.decoys.a_run, max(1, ceil(missing / 10)))
    for _number in range(wanted):
        made = MAKERS[0].open(now=now)
        with transaction.atomic(using=ALIAS):
            decoy = Decoy.objects.using(ALIAS).create(account_id=made.account_id, person=made.person, made_at=now)
            _remember(decoy, made.objects)
    return wanted


def live_on(*, now: datetime, hours: float = 1.0) -> int:
    """Let some decoys do something, as often as thresholds say; return how many did."""
    acts, done = DEFAULTS.decoys.activity_a_day * hours / 24, 0
    for decoy in Decoy.objects.using(ALIAS).all():
        if _chance.random() < acts:
            _remember(decoy, MAKERS[0].live(decoy.account_id, decoy.person, now=now))
            done += 1
    return done


def watch(*, now: datetime) -> int:
    """Suspend whoever has read something of a decoy since the last look; return how many requests did."""
    mark, _new = Mark.objects.using(ALIAS).get_or_create(name=MARK, defaults={"at": now - LATE})
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_READS, {"since": mark.at - LATE, "now": now})
        found = cursor.fetchall()
    done = 0
    for row in found:
        signal = _signal(*row[:8])
        if not Finding.objects.using(ALIAS).filter(rule=Cause.DECOY, request_id=signal.request_id).exists():
            judging.tripped(Cause.DECOY, signal, data={"decoy": str(row[8])})
            done += 1
    Mark.objects.using(ALIAS).filter(name=MARK).update(at=now)
    return done


def _missing() -> int:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM accounts_account), (SELECT count(*) FROM watch.decoy)")
        row = cursor.fetchone()
    assert row is not None
    accounts, decoys = row
    wanted: int = max(tuning.current().decoys.least, round((accounts - decoys) * tuning.current().decoys.share))
    return wanted - int(decoys)


def _remember(decoy: Decoy, objects: tuple[UUID, ...]) -> None:
    DecoyObject.objects.using(ALIAS).bulk_create(
        [DecoyObject(id=one, decoy=decoy) for one in objects], ignore_conflicts=True
    )


def _signal(
    at: datetime, request_id: str, endpoint: str, actor: str, user: Any, key: Any, account: Any, source: Any
) -> Signal:
    return Signal(
        at=at.timestamp(),
        request_id=request_id,
        endpoint=endpoint,
        actor=actor,
        person=str(user or ""),
        key=str(key or ""),
        account=str(account or ""),
        source=source_of(str(source)) if source else "",
    )
