"""A task that was sent without a scope runs as nobody, and leaves no trace on the next one."""

from __future__ import annotations

import pytest
from celery import shared_task

from security import scope
from security.refusals import EgressBlocked
from security.tasks import ScopedTask


@shared_task(base=ScopedTask, name="tests.touch")
def touch(*, row: str) -> None:
    if row:
        scope.get().foreign.append(row)


@pytest.mark.django_db
def test_what_one_task_touched_does_not_stick_to_nobody() -> None:
    scope.NOBODY.foreign.append("addressbook.contact:left by something that ran in no scope")
    try:
        touch(row="")
    finally:
        scope.NOBODY.foreign.clear()


@pytest.mark.django_db
def test_a_task_that_touched_a_foreign_row_ends_in_an_alarm_and_the_next_one_runs() -> None:
    with pytest.raises(EgressBlocked):
        touch(row="addressbook.contact:foreign")

    assert scope.NOBODY.foreign == []
    touch(row="")
