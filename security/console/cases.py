"""Cases: how staff come to see what is a customer's, for whom, why, and for how long.

A case is for one account and its opener alone. Meanwhile the database's signed context is of kind `case`: row-level
security, the account's key and the egress check hold as they do for the account's own people. What is shown is read in
a part of the transaction that cannot write. Every look stands in the customer's access log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from security import alarms, egress, scope, trail
from security.console import registry
from security.console.models import Case
from security.console.registry import Row, Section
from security.pages import Page
from security.refusals import Forbidden, NotFound
from security.walls import Wall, stands

DATABASE = "security"
LIFETIME = timedelta(minutes=30)


class UnknownAccount(Exception):
    """No account has this id."""


def open_case(*, account_id: UUID, ticket: str, reason: str, has_consent: bool, staff_id: UUID, now: datetime) -> Case:
    """Open a case for half an hour. Raises UnknownAccount."""
    if registry.account_of(account_id) is None:
        raise UnknownAccount
    case = Case(
        account_id=account_id,
        staff_id=staff_id,
        ticket=ticket,
        opened_at=now,
        expires_at=now + LIFETIME,
        consent_at=now if has_consent else None,
    )
    case.reason = reason
    case.save(using=DATABASE, force_insert=True)
    alarms.note(kind="staff.case", data={"case": str(case.pk), "account": str(account_id), "ticket": ticket})
    with entered(case):
        trail.record(action=trail.Action.CREATE, kind="case", ids=[case.pk])
    return case


def own_case(case_id: UUID, *, staff_id: UUID) -> Case:
    """Return a case of one's own, running or over. Raises NotFound, for a colleague's too."""
    found = Case.objects.using(DATABASE).filter(pk=case_id)
    case = found.filter(staff_id=staff_id).first() if stands(Wall.PERMISSION) else found.first()
    if case is None:
        raise NotFound
    return case


def end(case: Case, *, now: datetime) -> None:
    """Close a case before its time; one that is over stays as it was."""
    Case.objects.using(DATABASE).filter(pk=case.pk, ended_at=None, expires_at__gt=now).update(ended_at=now)


def note_consent(case: Case, *, now: datetime) -> bool:
    """Note that the customer has agreed, the first time it is said. Returns False, and notes nothing, afterwards."""
    found = Case.objects.using(DATABASE).filter(pk=case.pk, ended_at=None, expires_at__gt=now)
    found.filter(consent_at=None).update(consent_at=now)
    return found.exists()


@contextmanager
def entered(case: Case) -> Iterator[None]:
    """Act in a case's account, on the customer's behalf, with no right of a member's."""
    acting = replace(
        scope.get(),
        kind=scope.Kind.CASE,
        account_id=case.account_id,
        permissions=frozenset(),
        on_behalf=f"case:{case.pk}",
        data_keys={},
        foreign=[],
    )
    with scope.enter(acting):
        yield
        egress.check()


@contextmanager
def looking() -> Iterator[None]:
    """Read, and be unable to write: the database refuses every change until the block ends."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


def account_name(case: Case, *, now: datetime) -> str:
    """Return the masked name of a running case's account. Raises Forbidden when the case is over."""
    _require_running(case, now=now)
    with entered(case), looking():
        return registry.masked_account_name(case.account_id)


def page(case: Case, section: Section, *, cursor: str, now: datetime) -> Page[Row]:
    """Return masked rows of a section; noted in the customer's log. Raises BadCursor, and Forbidden when it is over."""
    _require_running(case, now=now)
    with entered(case):
        with looking():
            found = section.rows(cursor)
        trail.record(action=trail.Action.LIST, kind=section.name, ids=[row.id for row in found.rows], fields=["masked"])
    return found


def reveal(case: Case, section: Section, row_id: UUID, *, now: datetime) -> Row:
    """Return one row as it is; noted in the customer's log. Raises NotFound, and Forbidden when the case is over."""
    _require_running(case, now=now)
    with entered(case):
        with looking():
            row = section.one(row_id)
        if row is None:
            raise NotFound
        trail.record(action=trail.Action.READ, kind=section.name, ids=[row_id])
    return row


def _require_running(case: Case, *, now: datetime) -> None:
    if stands(Wall.PERMISSION) and not case.runs(now=now):
        raise Forbidden
