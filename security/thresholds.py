"""Every threshold of detection: its default, unit, reason, and the bounds within which staff may change it.

Two members of staff can change one that has bounds (`security.detection.changes`); the code reads what holds now from
`security.tuning`. No bound lets anybody turn a rule off. Those without bounds are set here alone.
`docs/security.md` holds a table made of this file (`manage.py describe_thresholds`); a test holds the two together.
Times that are "of the answer" are the request's own; counters run by the hour, scores decay over days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum, IntEnum
from functools import lru_cache
from typing import Any


class Stricter(Enum):
    """Which way a threshold is stricter: sooner noticed, or longer held."""

    LOWER = "lower"
    HIGHER = "higher"


LOWER, HIGHER = Stricter.LOWER, Stricter.HIGHER


def _value(
    default: Any, unit: str, reason: str, within: tuple[float, float] | None = None, stricter: Stricter = LOWER
) -> Any:
    metadata = {"unit": unit, "reason": reason, "within": within, "stricter": stricter}
    return field(default=default, metadata=metadata)


class Rung(IntEnum):
    """How long a suspension holds; each further one of the same person, key or account is one rung higher."""

    MINUTES = 0
    HOUR = 1
    DAY = 2
    LOCKED = 3


@dataclass(frozen=True)
class Ladder:
    """What a score leads to, and how long each step lasts."""

    note: float = _value(
        5.0, "points", "below it nobody looks; above it staff see the actor in their list", (1, 20), LOWER
    )
    throttle: float = _value(
        20.0, "points", "ten ids that never existed: no bookmark and no typing error does that", (5, 40), LOWER
    )
    step_up: float = _value(40.0, "points", "twice as much, on although slowed: ask who is there", (10, 80), LOWER)
    case: float = _value(80.0, "points", "on although they showed who they are: a person looks at it", (20, 160), LOWER)
    offences: int = _value(
        3, "cases", "only who comes to a case again and again is suspended by statistics alone", (1, 5), LOWER
    )
    offence_minutes: int = _value(
        15, "minutes", "two cases within it count once: one burst is one offence", (1, 60), LOWER
    )
    throttled_requests: int = _value(
        20, "requests a minute", "a person reading pages does not notice it, a program does", (5, 60), LOWER
    )
    throttle_minutes: int = _value(
        30, "minutes", "longer than an attacker's patience, shorter than a working day", (10, 1_440), HIGHER
    )
    step_up_hours: int = _value(
        24, "hours", "a session that has not shown who it is stays closed for a day", (1, 168), HIGHER
    )
    memory_days: int = _value(
        30, "days", "a suspension counts for so long when the next one's length is found", (7, 180), HIGHER
    )
    minutes_seconds: int = _value(
        900, "seconds", "the first suspension: a clerk comes back after a coffee", (300, 3_600), HIGHER
    )
    hour_seconds: int = _value(3_600, "seconds", "the second one: no coffee lasts that long", (1_800, 21_600), HIGHER)
    day_seconds: int = _value(
        86_400, "seconds", "the third one; the fourth holds until staff release it", (43_200, 604_800), HIGHER
    )
    account_actors: int = _value(
        2, "people or keys", "so many of one account at tripwires: all of the account stops", (1, 4), LOWER
    )

    @property
    def seconds(self) -> tuple[int, ...]:
        """The length of each rung; 0 holds until staff release it."""
        return self.minutes_seconds, self.hour_seconds, self.day_seconds, 0


@dataclass(frozen=True)
class Tripwires:
    """On which rung a certain sign suspends at least."""

    egress: int = _value(
        Rung.LOCKED,
        "rung",
        "a foreign row was made for them: a wall is broken, and they found it",
        (Rung.DAY, Rung.LOCKED),
        HIGHER,
    )
    wrong_key: int = _value(
        Rung.LOCKED, "rung", "another account's sealed value was opened under theirs", (Rung.DAY, Rung.LOCKED), HIGHER
    )
    forged_context: int = _value(
        Rung.LOCKED,
        "rung",
        "nobody signs a context by mistake: it is an injected statement",
        (Rung.DAY, Rung.LOCKED),
        HIGHER,
    )
    decoy: int = _value(
        Rung.LOCKED, "rung", "nobody has a reason to read an account that is nobody's", (Rung.DAY, Rung.LOCKED), HIGHER
    )
    elsewhere: int = _value(
        Rung.MINUTES,
        "rung",
        "an id of another account was asked for; the walls held, so it begins low",
        (Rung.MINUTES, Rung.LOCKED),
        HIGHER,
    )


@dataclass(frozen=True)
class Points:
    """What each finding adds to the score of whoever it is about."""

    unknown: float = _value(
        2.0, "points", "an id that exists nowhere was asked for in a path: one bookmark is no crime", (0.5, 10), HIGHER
    )
    unknown_free: int = _value(
        5, "ids a day", "the first ones cost nothing: stale bookmarks, a link broken by a mail program", (0, 20), LOWER
    )
    framed: float = _value(
        2.0, "points", "another account's id by a link from elsewhere: perhaps somebody frames them", (0.5, 10), HIGHER
    )
    shared_id: float = _value(
        15.0, "points", "two accounts ask for the same strange id: a list goes round", (5, 60), HIGHER
    )
    cost: float = _value(
        6.0, "points", "more asked for than a budget of cost points gives, in a minute", (2, 20), HIGHER
    )
    distinct: float = _value(8.0, "points", "more different objects in an hour than work needs", (2, 30), HIGHER)
    misses: float = _value(8.0, "points", "most requests of the last hour found nothing", (2, 30), HIGHER)
    sequence: float = _value(10.0, "points", "numbers one after another, each of them", (2, 40), HIGHER)
    probing: float = _value(
        6.0, "points", "SQL, markup, paths or templates where no page of ours has them", (2, 30), HIGHER
    )
    young: float = _value(
        10.0, "points", "an account of today reads at once what others read in a week", (2, 40), HIGHER
    )
    crowd: float = _value(12.0, "points", "many accounts at one source, each of them missing", (3, 60), HIGHER)
    collective: float = _value(25.0, "points", "many accounts try the same endpoint with strange ids", (10, 80), HIGHER)
    spraying: float = _value(20.0, "points", "many e-mails tried from one source", (5, 80), HIGHER)
    guessing: float = _value(8.0, "points", "many passwords tried for one e-mail from one source", (2, 60), HIGHER)
    suspended_before: float = _value(20.0, "points", "the score that a suspension leaves behind", (10, 80), HIGHER)


@dataclass(frozen=True)
class Counting:
    """What the counters in Redis take for too much."""

    cost_an_hour: int = _value(
        6_000, "cost points an hour", "a request is 1, ten objects 1 more, a miss 5 more", (1_000, 20_000), LOWER
    )
    cost_at_once: int = _value(
        1_500, "cost points", "a clerk's busiest quarter of an hour at once", (300, 5_000), LOWER
    )
    key_factor: int = _value(6, "times", "programs work faster than people, and are paid for it", (1, 20), LOWER)
    declared_factor: int = _value(
        20, "times", "declared work has a budget of its own, far above anybody's browsing", (5, 60), LOWER
    )
    miss_cost: int = _value(5, "cost points", "a search for ids is nothing but misses", (1, 20), HIGHER)
    objects_an_hour: int = _value(
        1_500, "different objects", "60 list pages of 25: no person reads more in an hour", (300, 5_000), LOWER
    )
    young_objects_an_hour: int = _value(
        250, "different objects", "a new account has typed in every one of them itself", (50, 1_000), LOWER
    )
    young_days: int = _value(7, "days", "how long an account is young", (1, 60), HIGHER)
    least_misses: int = _value(12, "misses an hour", "below it a ratio says nothing", (5, 40), LOWER)
    miss_share: float = _value(0.6, "of all requests", "of a person's requests one in fifty misses", (0.2, 0.9), LOWER)
    sequence_length: int = _value(
        12, "requests", "so many numbers in a row, each at most a few after the last", (5, 40), LOWER
    )
    sequence_step: int = _value(20, "numbers", "the largest step that still counts as the next one", (1, 100), HIGHER)
    probes_an_hour: int = _value(6, "requests", "a strange parameter now and then is an old link", (2, 30), LOWER)
    crowd_accounts: int = _value(
        8, "accounts an hour", "an office has one address, but not eight accounts that miss", (3, 40), LOWER
    )
    crowd_misses: int = _value(3, "misses an hour", "from which an account counts in a crowd", (1, 10), LOWER)
    sprayed_emails: int = _value(
        12, "e-mails an hour", "an office signs in in the morning, and most of it succeeds", (5, 60), LOWER
    )
    guesses_an_hour: int = _value(
        20,
        "tries of one e-mail",
        "who forgot a password is kept out after five, and asks for a new one",
        (8, 60),
        LOWER,
    )
    tell_again_seconds: int = _value(
        60, "seconds", "the same finding about the same actor is told once a minute", (10, 600), LOWER
    )


@dataclass(frozen=True)
class Judging:
    """How scores live and what they take together."""

    actor_half_life_days: float = _value(3.0, "days", "a weekend does not wipe it away", (1, 30), HIGHER)
    account_half_life_days: float = _value(
        7.0, "days", "members and keys come and go, the account stays", (1, 60), HIGHER
    )
    source_half_life_days: float = _value(1.0, "days", "addresses change hands", (0.25, 14), HIGHER)
    endpoint_half_life_days: float = _value(1.0, "days", "a technique is mended or not within days", (0.25, 14), HIGHER)
    account_share: float = _value(
        0.5, "of the account's score", "what a new member or key of an account begins with", (0.1, 1), HIGHER
    )
    collective_accounts: int = _value(
        12, "accounts", "so many ask one endpoint for strange ids within the window", (4, 40), LOWER
    )
    collective_ids: int = _value(
        3, "ids", "from which an account counts: a single stale bookmark is nobody's plan", (1, 10), LOWER
    )
    collective_hours: int = _value(2, "hours", "the window in which a collective attack must be seen", (1, 24), HIGHER)
    strange_days: int = _value(
        30, "days", "how long strange ids are remembered, to see them come back", (7, 90), HIGHER
    )
    finding_days: int = _value(90, "days", "how long findings are kept for staff to look at", (30, 365), HIGHER)
    freeze_hours: int = _value(
        24, "hours", "a feature stays frozen for a day unless staff end or prolong it", (1, 168), HIGHER
    )
    technique_actors: int = _value(
        2,
        "accounts",
        "at one tripwire in one feature: frozen for such as they; where a wall let go, for everybody",
        (2, 5),
        LOWER,
    )


@dataclass(frozen=True)
class Stream:
    """How the edge hands over what it saw."""

    batch: int = _value(200, "signals", "one script call; Redis is busy for about 4 ms")
    wait_ms: int = _value(100, "milliseconds", "how long a signal waits for others; short beside the 2 s of G3")
    kept: int = _value(20_000, "signals", "while Redis is away; more of them push out the oldest")
    open_seconds: int = _value(60, "seconds", "personal data is read on for so long while Redis is away, then refused")
    ids_counted: int = _value(100, "ids", "of one request; a page has 100 objects at most")


@dataclass(frozen=True)
class Decoys:
    share: float = _value(
        0.01, "of all accounts", "a list of fifty accounts meets one with 40 %, of 500 with 99 %", (0.002, 0.05), HIGHER
    )
    least: int = _value(3, "accounts", "of a small site too", (1, 50), HIGHER)
    a_run: int = _value(20, "accounts", "made by one run of the job, so that they are not made all at once")
    activity_a_day: float = _value(0.3, "acts a day", "as an account does that is used now and then")


@dataclass(frozen=True)
class Exports:
    """What an account may take out of its address books, whoever of it asks."""

    rows_a_day: int = _value(
        100_000, "contacts a day", "the largest book twice: a move to another program, and once more", (1_000, 500_000)
    )
    files_a_day: int = _value(
        20, "files a day", "each is mailed to the owners: more of them than anybody reads hide one", (3, 100)
    )


@dataclass(frozen=True)
class Thresholds:
    ladder: Ladder = field(default_factory=Ladder)
    tripwires: Tripwires = field(default_factory=Tripwires)
    points: Points = field(default_factory=Points)
    counting: Counting = field(default_factory=Counting)
    judging: Judging = field(default_factory=Judging)
    stream: Stream = field(default_factory=Stream)
    decoys: Decoys = field(default_factory=Decoys)
    exports: Exports = field(default_factory=Exports)


DEFAULTS = Thresholds()


@dataclass(frozen=True)
class Threshold:
    """One of them as this file describes it. `within` are the least and the most it may be; None: not to be changed."""

    name: str
    default: float
    unit: str
    reason: str
    within: tuple[float, float] | None
    stricter: Stricter

    @property
    def is_rung(self) -> bool:
        return self.unit == "rung"

    @property
    def is_whole(self) -> bool:
        return isinstance(self.default, int)

    def allows(self, value: float) -> bool:
        """Tell whether it may have a value: within the bounds, and a whole number where it is one."""
        if self.within is None or not self.within[0] <= value <= self.within[1]:
            return False
        return not self.is_whole or float(value).is_integer()

    def is_stricter(self, value: float, than: float) -> bool:
        return value < than if self.stricter is LOWER else value > than

    def shown(self, value: float) -> str:
        """Return a value as people read it, in the notation of the docs."""
        if self.is_rung:
            return Rung(int(value)).name.lower()
        return f"{int(value):,}" if self.is_whole else f"{float(value):,}"

    @property
    def shown_bounds(self) -> str:
        return f"{self.shown(self.within[0])} to {self.shown(self.within[1])}" if self.within else "set in the code"


class OutOfBounds(ValueError):
    """A value that a threshold may not have, or a threshold that there is not; the message is its name."""


class OutOfOrder(ValueError):
    """Values that are right one by one but not together: a step of the ladder would come after the one above it."""


@lru_cache(maxsize=1)
def known() -> dict[str, Threshold]:
    """Return every threshold by its name, such as `ladder.case`."""
    return {
        f"{group.name}.{one.name}": Threshold(
            name=f"{group.name}.{one.name}", default=getattr(getattr(DEFAULTS, group.name), one.name), **one.metadata
        )
        for group in fields(DEFAULTS)
        for one in fields(getattr(DEFAULTS, group.name))
    }


def allowed(values: Mapping[str, float]) -> dict[str, float]:
    """Return those values that this file allows: bounds may have become narrower since they were set."""
    return {name: value for name, value in values.items() if name in known() and known()[name].allows(value)}


def with_values(values: Mapping[str, float]) -> Thresholds:
    """Return the defaults with some values put in their places. Raises OutOfBounds and OutOfOrder."""
    parts: dict[str, dict[str, float]] = {}
    for name, value in values.items():
        threshold = known().get(name)
        if threshold is None or not threshold.allows(value):
            raise OutOfBounds(name)
        group, _dot, one = name.partition(".")
        parts.setdefault(group, {})[one] = int(value) if threshold.is_whole else float(value)
    made = replace(DEFAULTS, **{group: replace(getattr(DEFAULTS, group), **part) for group, part in parts.items()})
    if not _in_order(made):
        raise OutOfOrder
    return made


def value_of(thresholds: Thresholds, name: str) -> float:
    group, _dot, one = name.partition(".")
    value: float = getattr(getattr(thresholds, group), one)
    return value


def _in_order(thresholds: Thresholds) -> bool:
    ladder = thresholds.ladder
    steps = (ladder.note, ladder.throttle, ladder.step_up, ladder.case)
    lengths = (ladder.minutes_seconds, ladder.hour_seconds, ladder.day_seconds)
    return all(list(row) == sorted(set(row)) for row in (steps, lengths))


def as_markdown() -> str:
    """Return the table of `docs/security.md`: the defaults, and the bounds within which they can be changed."""
    lines = ["| Threshold | Default | Unit | Staff may set | Why |", "|---|---|---|---|---|"]
    lines += [
        f"| `{one.name}` | {one.shown(one.default)} | {one.unit} | {one.shown_bounds} | {one.reason} |"
        for one in known().values()
    ]
    return "\n".join(lines) + "\n"
