"""Holding a piece of work by a lease, and doing it part by part, each in a transaction of its own.

Killed, a worker leaves whole parts, and another goes on when the lease has ended. Each part is done in the scope of
whoever asked, who must still be allowed to; whoever takes the work over, or changes what is to be done with it, is
noticed before the next part.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, Self, TypeVar, cast
from uuid import UUID

from security import scope, tasks
from security.leased import Leased

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
R = TypeVar("R", bound=Leased)


class Taken(Exception):
    """The work is not ours any more, or something else is to be done with it."""


@dataclass(frozen=True)
class Job(Generic[R]):
    """One run, held by a lease, for one kind of work. A subclass says of which model and task."""

    run_id: UUID
    lease: UUID
    state: str
    asked: scope.Scope
    clock: Clock

    model: ClassVar[type[Leased]]
    task: ClassVar[str]  # its name
    actor: ClassVar[str]  # who looks which work there is

    @classmethod
    def claim(cls, run_id: UUID, lease: UUID, *, account_id: UUID, clock: Clock) -> Self | None:
        """Take a run, if there is something to do with it and nobody else holds it."""
        now = clock()
        with scope.account(account_id=account_id, actor=cls.actor):
            waiting = cls.model.objects.filter(pk=run_id, state__in=cls.model.WORKING, failure="")
            run = waiting.select_for_update(skip_locked=True).first()
            if run is None:
                return None
            is_held = run.leased_until is not None and run.leased_until > now
            if is_held and run.lease != lease:
                return None
            run.attempts += run.lease != lease
            run.lease = lease
            run.hold(now)
            run.save()
            asked = tasks.kept_scope(run.asked, endpoint=cls.task)
            return cls(run_id, lease, run.state, asked, clock)

    @contextmanager
    def step(self) -> Iterator[R]:
        """Do one part of the work in a transaction; what is changed of the run is saved. Raises Taken.

        Whoever asked may still act; whether they may still do this is asked by whoever does it.
        """
        with tasks.part(self.asked, self.task):
            run = cast("R | None", self.model.objects.select_for_update().filter(pk=self.run_id).first())
            if run is None or run.lease != self.lease or run.state != self.state:
                raise Taken
            yield run
            if run.is_working:
                run.hold(self.clock())
            run.save()

    @contextmanager
    def put_down(self, account_id: UUID, code: str) -> Iterator[R | None]:
        """End the lease and say why, by the site itself; None where the work is somebody else's by now."""
        logger.info("work was put down", extra={"code": code, "state": self.state, "job": self.task})
        with scope.account(account_id=account_id, actor=self.actor):
            held = self.model.objects.select_for_update().filter(pk=self.run_id, lease=self.lease, state=self.state)
            run = cast("R | None", held.first())
            if run is not None:
                run.failure = code
                run.let_go()
            yield run
            if run is not None:
                run.save()
