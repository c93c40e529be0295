"""Runs a scenario: acts in the order of time, counted and judged as in life, whose verdicts reach the next act.

Everything is written to the real tables and counters, by ids that belong to nobody, and rolled back at the end.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from unittest.mock import patch
from uuid import UUID, uuid4

from django.db import transaction

from security import limits, tuning
from security.detection import counting, examining, judging
from security.detection.models import Finding, Freeze, Suspension
from security.detection.signal import Signal
from security.detection.simulation.scenario import Does, Expect, People, Scenario
from security.models import LiveState
from security.thresholds import DEFAULTS

ALIAS, TRAIL = "security", "trail"
BEGIN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)  # a Monday, 9 o'clock in Hong Kong
# Seconds from an act to its verdict: the queues on the way, and some. Where nobody attacks a verdict may
# take longer, and the run does not.
REACTS_AFTER, AT_EASE = 1.0, 30.0
DAY = 86_400
State = LiveState.State


@dataclass
class Actor:
    """One simulated person, key or visitor, and what the ladder says of them now."""

    group: People
    number: int
    id: UUID
    account: UUID
    source: str
    technique: int = 0
    state: str = State.ACTIVE
    until: datetime | None = None
    demanded: datetime | None = None  # the demand to show who they are that they have answered
    passed: float = 0.0  # when the throttle lets the next one through
    item: int = 0
    foreign: int = 0  # ids of others that were asked for
    suspensions: list[datetime] = field(default_factory=list)
    rungs: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "" if self.group.anonymous else f"{'key' if self.group.key else 'user'}:{self.id}"


@dataclass
class Result:
    """What came of a scenario."""

    scenario: Scenario
    actors: int = 0
    acts: int = 0
    refused: int = 0
    hours: float = 0.0  # of people at work
    days: float = 0.0
    rules: Counter[str] = field(default_factory=Counter)
    outcome: judging.Outcome = field(default_factory=judging.Outcome)
    noticed: float | None = None  # minutes from the first act
    suspended: float | None = None
    foreign_asked: int = 0
    records: int = 0  # that were answered, of the own accounts: whether others' leave is for the walls to say
    suspensions: int = 0
    step_ups: int = 0
    rungs: tuple[int, ...] = ()
    frozen: tuple[str, ...] = ()

    @property
    def step_ups_in_10000_hours(self) -> float:
        return 10_000 * self.step_ups / self.hours if self.hours else 0.0

    def failures(self) -> list[str]:
        """Return where the result is not what the scenario expects, as sentences."""
        expect: Expect = self.scenario.expect
        found = []
        for name in ("noticed", "suspended"):
            most, value = getattr(expect, f"{name}_within"), getattr(self, name)
            if most is not None and (value is None or value > most):
                found.append(
                    f"{name} after {'no time' if value is None else f'{value:.1f} min'}, not within {most} min"
                )
        if expect.foreign_asked is not None and self.foreign_asked > expect.foreign_asked:
            found.append(f"{self.foreign_asked} ids of others asked for by one person, not {expect.foreign_asked}")
        if expect.suspensions is not None and self.suspensions != expect.suspensions:
            found.append(f"{self.suspensions} suspensions, not {expect.suspensions}")
        if expect.rungs is not None and self.rungs[: len(expect.rungs)] != expect.rungs:
            found.append(f"rungs {self.rungs}, not {expect.rungs}")
        most = expect.step_ups_in_10000_hours
        if most is not None and self.step_ups_in_10000_hours > most:
            found.append(f"{self.step_ups_in_10000_hours:.1f} step-ups in 10,000 hours, not {most}")
        if expect.technique_frozen is not None and bool(self.frozen) != expect.technique_frozen:
            found.append("frozen" if self.frozen else "not frozen")
        return found


class Simulation:
    """One run of one scenario; `scale` multiplies every group's count."""

    def __init__(self, scenario: Scenario, *, seed: int = 1, scale: int = 1) -> None:
        self.chance = Random(f"{scenario.name}|{seed}")  # noqa: S311 - the same seed gives the same run
        self.run_id = uuid4().hex  # what an earlier run left in Redis is not ours
        self.scenario = scenario
        self.result = Result(scenario)
        self.actors: dict[str, Actor] = {}
        self.sources_held: dict[str, float] = {}
        self.owners: dict[str, UUID] = {}
        self.everybody = [actor for group in scenario.people for actor in self._people(group, scale)]
        self.shared = [str(self._id()) for _ in range(200)]

    def run(self) -> Result:
        """Run it to its end. Nothing of it stays in the database; what is in Redis ends by itself."""
        with _rolled_back(), self._looking():
            batch: list[tuple[Actor, Signal]] = []
            reacts_after = REACTS_AFTER if self.scenario.is_attack else AT_EASE
            for at, actor, does in self._acts():
                if batch and (at - batch[0][1].at > reacts_after or len(batch) >= DEFAULTS.stream.batch):
                    self._judge(batch)
                    batch = []
                if (signal := self._act(actor, does, at)) is not None:
                    batch.append((actor, signal))
            self._judge(batch)
            self._finish()
        return self.result

    # Who and when -----------------------------------------------------------------------------------------------

    def _people(self, group: People, scale: int) -> Iterator[Actor]:
        shared_account = self._id()
        for number in range(group.count * scale):
            account = self._id() if group.account == "own" else shared_account
            source = f"{group.name}|{number}" if group.source == "own" else f"{group.source}|{number // group.count}"
            actor = Actor(group, number, self._id(), account, _hash(f"{self.run_id}|{source}"))
            self.actors[actor.name or str(actor.id)] = actor
            yield actor

    def _id(self) -> UUID:
        return uuid4()

    def _acts(self) -> Iterator[tuple[float, Actor, Does]]:
        """Go through all acts of everybody in the order of time."""
        waiting: list[tuple[float, int, Actor, int]] = []
        for place, actor in enumerate(self.everybody):
            self.result.actors += 1
            self.result.days += actor.group.days
            self.result.hours += actor.group.days * actor.group.hours
            for which, does in enumerate(actor.group.does):
                begin = BEGIN.timestamp() + does.begins * 3600 + self.chance.random() * min(does.every, 3600)
                heapq.heappush(waiting, (begin, place * 64 + which, actor, which))
        while waiting:
            at, order, actor, which = heapq.heappop(waiting)
            does = actor.group.does[which]
            day, second = divmod(at - BEGIN.timestamp(), DAY)
            if day >= actor.group.days:
                continue
            at_work = does.begins * 3600 <= second < min(does.begins + does.lasts, actor.group.hours) * 3600
            if at_work:
                for one in range(does.at_once):
                    yield at + one * 0.05, actor, does
                pause = does.every * (1 + does.jitter * self.chance.uniform(-1, 1))
                heapq.heappush(waiting, (at + pause, order, actor, which))
            else:
                heapq.heappush(waiting, (BEGIN.timestamp() + (day + 1) * DAY + does.begins * 3600, order, actor, which))

    # What they do -----------------------------------------------------------------------------------------------

    def _act(self, actor: Actor, does: Does, at: float) -> Signal | None:
        if actor.group.changes_technique and does is not actor.group.does[actor.technique % len(actor.group.does)]:
            return None
        self.result.acts += 1
        if not self._let_in(actor, at):
            self.result.refused += 1
            return None
        values = {
            "at": at,
            "request_id": f"{self.result.acts:032x}",
            "endpoint": does.endpoint,
            "actor": actor.name,
            "person": "" if actor.group.anonymous else str(actor.id),
            "key": str(actor.id) if actor.group.key else "",
            "account": "" if actor.group.anonymous else str(actor.account),
            "source": actor.source,
            "is_young": actor.group.young,
        }
        signal = Signal(**{**values, **getattr(self, f"_{does.what}")(actor, does)})
        self.result.records += max(signal.size, len(signal.objects))
        return signal

    def _let_in(self, actor: Actor, at: float) -> bool:
        """Do what the site does at the door, for the state that the last verdict left."""
        if actor.group.anonymous:
            return self.sources_held.get(actor.source, 0) <= at
        now = datetime.fromtimestamp(at, UTC)
        if actor.state == State.ACTIVE or (actor.until is not None and actor.until <= now):
            return True
        if actor.state == State.SUSPENDED:
            return False
        if actor.state == State.STEP_UP and actor.demanded is None:
            if not actor.group.proves_who_they_are or actor.group.key:
                return False
            actor.demanded = now
        if actor.passed > at:
            return False
        actor.passed = at + 60 / tuning.current().ladder.throttled_requests
        return True

    def _list(self, actor: Actor, does: Does) -> dict[str, object]:
        first = self.chance.randrange(max(actor.group.book - does.size, 1))
        return {"objects": tuple(f"{actor.account.hex[:12]}{first + one}" for one in range(does.size))}

    def _read(self, actor: Actor, does: Does) -> dict[str, object]:
        return {"objects": (f"{actor.account.hex[:12]}{self.chance.randrange(actor.group.book)}",)}

    def _sweep(self, actor: Actor, does: Does) -> dict[str, object]:
        actor.item += does.size
        return {"objects": tuple(f"{actor.account.hex[:12]}{actor.item + one}" for one in range(does.size))}

    def _work(self, actor: Actor, does: Does) -> dict[str, object]:
        """As the stream takes it: how many there are, and the ids of the first."""
        first, actor.item = actor.item, actor.item + does.size
        ids = (f"{actor.account.hex[:12]}{first + one}" for one in range(min(does.size, DEFAULTS.stream.ids_counted)))
        return {"objects": tuple(ids), "size": does.size, "declared": "print", "method": "TASK"}

    def _unknown(self, actor: Actor, does: Does) -> dict[str, object]:
        return {"status": 404, "strange": (str(self._id()),)}

    def _shared(self, actor: Actor, does: Does) -> dict[str, object]:
        actor.item += 1
        return {"status": 404, "strange": (self.shared[actor.item % len(self.shared)],)}

    def _elsewhere(self, actor: Actor, does: Does) -> dict[str, object]:
        actor.foreign += 1
        named = str(self._id())
        self.owners[named] = UUID(int=0)
        return {"status": 404, "strange": (named,)}

    def _framed(self, actor: Actor, does: Does) -> dict[str, object]:
        return {**self._elsewhere(actor, does), "is_framed": True}

    def _number(self, actor: Actor, does: Does) -> dict[str, object]:
        actor.item += self.chance.randint(1, 3)
        return {"numbers": (10_000_000 + actor.item,), "status": self.chance.choice((200, 404))}

    def _miss(self, actor: Actor, does: Does) -> dict[str, object]:
        return {"status": 404}

    def _probe(self, actor: Actor, does: Does) -> dict[str, object]:
        return {"is_probe": True, "status": 400}

    def _try_email(self, actor: Actor, does: Does) -> dict[str, object]:
        return {"method": "POST", "email": _hash(str(self._id()))}

    def _own_email(self, actor: Actor, does: Does) -> dict[str, object]:
        return {"method": "POST", "email": _hash(str(actor.id))}

    # What comes of it ---------------------------------------------------------------------------------------------

    def _judge(self, batch: Sequence[tuple[Actor, Signal]]) -> None:
        signals = [signal for _actor, signal in batch]
        crossed = counting.count(signals)
        asked = [signal for signal in signals if signal.needs_a_look]
        if not crossed and not asked:
            return
        outcome = judging.judge(crossed=crossed, asked=asked)
        self.result.outcome += outcome
        self.result.step_ups += outcome.stepped_up
        at = signals[-1].at
        self.result.rules.update(one.rule for one in crossed)
        if outcome.throttled or outcome.stepped_up or outcome.suspended:
            self._note("noticed", at)
        if outcome.suspended:
            self._note("suspended", at)
        if outcome.throttled or outcome.stepped_up or outcome.suspended or outcome.cases:
            others_too = outcome.findings > len(asked) + len(crossed)  # a collective attack is about many at once
            names = {signal.actor for signal in asked} | {one.signal.actor for one in crossed}
            self._hear(self.everybody if others_too else [self.actors[name] for name in names if name])

    def _note(self, name: str, at: float) -> None:
        if getattr(self.result, name) is None:
            setattr(self.result, name, (at - BEGIN.timestamp()) / 60)

    def _hear(self, actors: Sequence[Actor]) -> None:
        """Let the next act of some actors meet what the ladder says of them now."""
        states = LiveState.objects.using(ALIAS).in_bulk([actor.id for actor in actors])
        for actor in actors:
            live = states.get(actor.id)
            if live is None:
                continue
            if live.state == State.STEP_UP and (actor.state != State.STEP_UP or actor.until != live.until):
                actor.demanded = None
            if live.state == State.SUSPENDED and live.changed_at not in actor.suspensions:
                actor.suspensions.append(live.changed_at)
                actor.technique += 1
            actor.state, actor.until = live.state, live.until

    def _finish(self) -> None:
        result = self.result
        # On a site that is in use there are rows of today too, and they are not ours.
        ours = {
            "at__gte": BEGIN,
            "at__lt": BEGIN + timedelta(days=1 + max(group.days for group in self.scenario.people)),
        }
        held = Suspension.objects.using(ALIAS).filter(**ours).order_by("at")
        result.suspensions = held.count()
        result.foreign_asked = max((actor.foreign for actor in self.everybody), default=0)
        if result.suspensions:
            first = held[0]
            result.rungs = tuple(held.filter(person=first.person).values_list("rung", flat=True))
        result.frozen = tuple(f"{one.feature}:{one.size}" for one in Freeze.objects.using(ALIAS).filter(**ours))
        result.rules = Counter(Finding.objects.using(ALIAS).filter(**ours).values_list("rule", flat=True))

    def _owners_of(self, ids: set[str]) -> dict[str, UUID]:
        return {one: self.owners[one] for one in ids if one in self.owners}

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """Whose an id is, the simulation knows; and a network that has to wait waits here."""

        def exhaust(_limit: object, source: str, *, seconds: int, now: datetime) -> None:
            self.sources_held[source] = now.timestamp() + seconds

        with (
            patch.object(examining, "accounts_of", self._owners_of),
            patch.object(examining, "own_accounts", lambda _person: set()),
            patch.object(limits, "exhaust", exhaust),
        ):
            yield


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic(using=ALIAS), transaction.atomic(using=TRAIL):
        yield
        transaction.set_rollback(True, using=ALIAS)
        transaction.set_rollback(True, using=TRAIL)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:24]
