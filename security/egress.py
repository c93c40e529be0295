"""The egress check: what is about to leave is checked to belong to the scope.

Every tenant row that the ORM makes is witnessed. Where one belongs to another account, the scope is tainted, and
nothing leaves from it any more: no page, no answer, no mail, no file, no document.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models

from security import scope
from security.refusals import EgressBlocked
from security.walls import Wall, stands

FORGED = "walls.context:forged"  # stands among the foreign rows: nothing leaves from such a scope either
WATCHED = frozenset({scope.Kind.ACCOUNT, scope.Kind.CASE, scope.Kind.PERSON, scope.Kind.NONE})


def witness(row: models.Model) -> None:
    """Note a row made by the ORM when it is not the scope's own."""
    active = scope.get()
    if row.__dict__.get("account_id", active.account_id) != active.account_id and active.kind in WATCHED:
        active.foreign.append(f"{row._meta.label_lower}:{row.pk}")


def witness_kept(what: str, row_id: UUID, *, account_id: UUID) -> None:
    """Note what a process kept of an account, `what` being its model's label, when it shows in another's scope."""
    active = scope.get()
    if account_id != active.account_id and active.kind in WATCHED:
        active.foreign.append(f"{what}:{row_id}")


def check() -> None:
    """Raise EgressBlocked, with an alarm, when a foreign row was made in this scope. Call before anything leaves."""
    from security import alarms

    active = scope.get()
    if active.foreign and stands(Wall.EGRESS):
        foreign = sorted(set(active.foreign))
        active.foreign.clear()
        if foreign != [FORGED]:  # of which the alarm was raised when it was seen
            ids = [item.split(":")[1] for item in foreign[:50]]
            alarms.raise_alarm("egress", table=foreign[0].split(":")[0], ids=ids)
        raise EgressBlocked
