"""The console's pages ask the database as often with many rows as with few: nothing grows with other people's data."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import FactorRecovery
from security import scope, suspension
from security.console import cases
from security.detection import blocking, changes, freeze
from security.detection.models import Appeal, Cause, Finding, Freeze, Score, Subject
from security.incidents import bundles, exposure, services
from security.incidents.models import Incident
from tests.conftest import Person, make_person
from tests.incidents.cast import around, kept, read

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
FEW, MANY = 2, 8
PAGES = (
    "", "actors/", "suspensions/?which=all", "sources/?which=all", "incidents/", "incidents/1/",
    "incidents/1/evidence/1/", "cases/", "cases/all/", "audit/", "audit/?which=events",
    "thresholds/", "staff/", "accounts/", "lost-factors/?which=all", "appeals/",
)  # fmt: skip


def furnish(staff: Person, customer: Person, numbers: range) -> None:
    """Let there be so many more of whatever a page of the console lists."""
    now = timezone.now()
    for number in numbers:
        colleague = make_person(f"colleague{number}", staff_role="security")
        person, source = uuid4(), f"198.51.{number}.0/24"
        held = suspension.suspend(cause=Cause.STAFF, person=person, now=now)
        for _waits_and_answered in range(2):
            suspension.appeal(held.id, words="It was my son.", now=now)
        Appeal.objects.using("security").filter(pk=Appeal.objects.using("security").latest("at").pk).update(
            answered_at=now, answered_by=colleague.user.pk
        )
        blocking.block(network=source, until=now + timedelta(hours=1), reason="Misuse", by=colleague.user.pk, now=now)
        freeze.freeze("addressbook", size=list(Freeze.Size)[number % 3], cause=Cause.STAFF, now=now)
        Score.objects.using("security").create(kind=Subject.ACTOR, subject=f"user:{person}", points=50, at=now)
        Finding.objects.using("security").create(actor=f"user:{person}", rule="misses", at=now, points=8)
        services.open_incident(title=f"Number {number}", reach=around(), by=colleague.user.pk, now=now)
        with scope.enter(scope.Scope(kind=scope.Kind.PERSON, user_id=staff.user.pk, actor=f"user:{staff.user.pk}")):
            cases.open_case(
                account_id=customer.account.pk, ticket=f"T-{number}", reason="Asked to look", has_consent=False,
                staff_id=staff.user.pk, now=now,
            )  # fmt: skip
        with scope.identity():
            FactorRecovery.objects.create(user=colleague.user, asked_at=now, ready_at=now, told_at=now)
        read(customer, [uuid4()])
        incident = Incident.objects.using("security").get(number=1)
        exposure.make(incident=incident, by=colleague.user.pk, now=now)
        services.note(incident=incident, words="Seen", by=colleague.user.pk, now=now)


def counted(staff: Person, path: str) -> dict[str, int]:
    with ExitStack() as stack:
        captured = {name: CaptureQueriesContext(connections[name]) for name in ("default", "security")}
        for one in captured.values():
            stack.enter_context(one)
        answer = staff.client.get(f"/en/{path}")
    assert answer.status_code == 200, (path, answer.status_code)
    return {name: len(one) for name, one in captured.items()}


def test_no_page_of_the_console_asks_more_for_more_rows() -> None:
    staff, customer = make_person("sam", staff_role="security"), make_person("alice")
    furnish(staff, customer, range(FEW))
    kept(Incident.objects.using("security").get(number=1), b"PK")
    changes.propose(name="ladder.case", value=90, reason="Too many cases", by=uuid4(), now=timezone.now())
    for path in PAGES:
        counted(staff, path)  # what a process asks once
    few = {path: counted(staff, path) for path in PAGES}

    furnish(staff, customer, range(FEW, MANY))

    many = {path: counted(staff, path) for path in PAGES}
    grown = {path: (few[path], many[path]) for path in PAGES if few[path] != many[path]}
    assert not grown
    assert max(sum(found.values()) for found in many.values()) < 60, many
    assert bundles.of(Incident.objects.using("security").get(number=1))
