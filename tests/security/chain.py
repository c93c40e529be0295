"""How tests fill, seal and tamper with the trail."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.utils import timezone

from security import scope, trail
from security.chain import sealer
from security.chain.models import SealedBatch
from security.trail import Action

SETTLE_SECONDS = 200  # a walk over all addresses is one transaction
needs_security_role = pytest.mark.skipif(
    "security" not in connections.databases, reason="DATABASE_SECURITY_URL is not set"
)
with_security_role = pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"])


def note(count: int = 1, *, account: UUID | None = None) -> list[str]:
    """Write entries of their own transactions for an account; return the objects' ids."""
    ids = [str(uuid4()) for _ in range(count)]
    for one in ids:
        with scope.account(account_id=account or uuid4()):
            trail.record(action=Action.READ, kind="contact", ids=[one])
    return ids


def settled() -> sealer.Horizon:
    """Return a horizon at all that was written so far; waits for whatever began before it.

    A server's snapshots span its databases, and tests run side by side: what is waited for may be another suite's.
    """
    horizon = sealer.Horizon()
    horizon.advance(patience=SETTLE_SECONDS)
    assert not horizon._pending, "another suite's transaction does not end"
    return horizon


def seal(*, rows_a_batch: int = sealer.ROWS_A_BATCH, horizon: sealer.Horizon | None = None) -> list[SealedBatch]:
    """Seal what has committed; a test whose own transaction is open brings its horizon, and nothing is waited for."""
    return list(sealer.seal(horizon or settled(), now=timezone.now(), rows_a_batch=rows_a_batch))


def ask(sql: str, parameters: Any = None, *, alias: str = "security") -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def tamper(sql: str, *tables: str) -> None:
    """Do as somebody who has the owner's credential and a superuser's patience: past every wall of the database."""
    for table in tables or ("security_accessentry",):
        ask(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", alias="owner")
    try:
        ask(sql, alias="owner")
    finally:
        for table in tables or ("security_accessentry",):
            ask(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY", alias="owner")
