"""Every POST of the API that changes something says how what its answer names is asked for again."""

from __future__ import annotations

from ecship.soap.table import OPERATIONS
from security import idempotency
from security.marks import Door
from security.permissions import READING, Permission
from tests.walls.corpus import addresses


def kept() -> set[str]:
    """Return the addresses whose POST is kept for an `Idempotency-Key`: by an account, and more than reading."""
    marks = {
        address.name: address.mark("POST") for address in addresses() if address.name.startswith(("api-", "tracking-"))
    }
    marks |= {one.endpoint: one.mark for one in OPERATIONS.values() if one.changes}
    return {
        name
        for name, mark in marks.items()
        if mark is not None
        and mark.door is Door.REQUIRES
        and mark.permission not in READING
        and mark.permission != Permission.TRACKING_WRITE  # operators' keys alone, which have no account
    }


def test_every_kept_post_has_a_door() -> None:
    assert len(kept()) >= 6
    assert kept() == set(idempotency._doors)
