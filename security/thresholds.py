"""Every threshold of detection, with its unit and its reason: read by the code, by the simulator and by the docs.

`docs/security.md` holds a table made of this file (`manage.py describe_thresholds`); a test holds the two together.
Times that are "of the answer" are the request's own; counters run by the hour, scores decay over days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any


def _value(default: Any, unit: str, reason: str) -> Any:
    return field(default=default, metadata={"unit": unit, "reason": reason})


class Rung(IntEnum):
    """How long a suspension holds; each further one of the same person, key or account is one rung higher."""

    MINUTES = 0
    HOUR = 1
    DAY = 2
    LOCKED = 3


@dataclass(frozen=True)
class Ladder:
    """What a score leads to, and how long each step lasts."""

    note: float = _value(5.0, "points", "below it nobody looks; above it staff see the actor in their list")
    throttle: float = _value(20.0, "points", "ten ids that never existed: no bookmark and no typing error does that")
    step_up: float = _value(40.0, "points", "twice as much, on although slowed: ask who is there")
    case: float = _value(80.0, "points", "on although they showed who they are: a person looks at it")
    offences: int = _value(3, "cases", "only who comes to a case again and again is suspended by statistics alone")
    offence_minutes: int = _value(15, "minutes", "two cases within it count once: one burst is one offence")
    throttled_requests: int = _value(
        20, "requests a minute", "a person reading pages does not notice it, a program does"
    )
    throttle_minutes: int = _value(30, "minutes", "longer than an attacker's patience, shorter than a working day")
    step_up_hours: int = _value(24, "hours", "a session that has not shown who it is stays closed for a day")
    memory_days: int = _value(30, "days", "a suspension counts for so long when the next one's length is found")
    minutes_seconds: int = _value(900, "seconds", "the first suspension: a clerk comes back after a coffee")
    hour_seconds: int = _value(3_600, "seconds", "the second one: no coffee lasts that long")
    day_seconds: int = _value(86_400, "seconds", "the third one; the fourth holds until staff release it")
    account_actors: int = _value(2, "people or keys", "so many of one account at tripwires: all of the account stops")

    @property
    def seconds(self) -> tuple[int, ...]:
        """The length of each rung; 0 holds until staff release it."""
        return self.minutes_seconds, self.hour_seconds, self.day_seconds, 0


@dataclass(frozen=True)
class Tripwires:
    """On which rung a certain sign suspends at least."""

    egress: int = _value(Rung.LOCKED, "rung", "a foreign row was made for them: a wall is broken, and they found it")
    wrong_key: int = _value(Rung.LOCKED, "rung", "another account's sealed value was opened under theirs")
    forged_context: int = _value(Rung.LOCKED, "rung", "nobody signs a context by mistake: it is an injected statement")
    decoy: int = _value(Rung.LOCKED, "rung", "nobody has a reason to read an account that is nobody's")
    elsewhere: int = _value(
        Rung.MINUTES, "rung", "an id of another account was asked for; the walls held, so it begins low"
    )


@dataclass(frozen=True)
class Points:
    """What each finding adds to the score of whoever it is about."""

    unknown: float = _value(
        2.0, "points", "an id that exists nowhere was asked for in a path: one bookmark is no crime"
    )
    unknown_free: int = _value(
        5, "ids a day", "the first ones cost nothing: stale bookmarks, a link broken by a mail program"
    )
    framed: float = _value(2.0, "points", "another account's id by a link from elsewhere: perhaps somebody frames them")
    shared_id: float = _value(15.0, "points", "two accounts ask for the same strange id: a list goes round")
    cost: float = _value(6.0, "points", "more asked for than a budget of cost points gives, in a minute")
    distinct: float = _value(8.0, "points", "more different objects in an hour than work needs")
    misses: float = _value(8.0, "points", "most requests of the last hour found nothing")
    sequence: float = _value(10.0, "points", "numbers one after another, each of them")
    probing: float = _value(6.0, "points", "parameters that no page of ours has, or injected characters")
    young: float = _value(10.0, "points", "an account of today reads at once what others read in a week")
    crowd: float = _value(12.0, "points", "many accounts at one source, each of them missing")
    collective: float = _value(25.0, "points", "many accounts try the same endpoint with strange ids")
    spraying: float = _value(20.0, "points", "many e-mails tried from one source")
    suspended_before: float = _value(20.0, "points", "the score that a suspension leaves behind")


@dataclass(frozen=True)
class Counting:
    """What the counters in Redis take for too much."""

    cost_an_hour: int = _value(6_000, "cost points an hour", "a request is 1, ten objects 1 more, a miss 5 more")
    cost_at_once: int = _value(1_500, "cost points", "a clerk's busiest quarter of an hour at once")
    key_factor: int = _value(6, "times", "programs work faster than people, and are paid for it")
    declared_factor: int = _value(20, "times", "declared work has a budget of its own, far above anybody's browsing")
    miss_cost: int = _value(5, "cost points", "a search for ids is nothing but misses")
    objects_an_hour: int = _value(1_500, "different objects", "60 list pages of 25: no person reads more in an hour")
    young_objects_an_hour: int = _value(250, "different objects", "a new account has typed in every one of them itself")
    young_days: int = _value(7, "days", "how long an account is young")
    least_misses: int = _value(12, "misses an hour", "below it a ratio says nothing")
    miss_share: float = _value(0.6, "of all requests", "of a person's requests one in fifty misses")
    sequence_length: int = _value(12, "requests", "so many numbers in a row, each at most a few after the last")
    sequence_step: int = _value(20, "numbers", "the largest step that still counts as the next one")
    probes_an_hour: int = _value(6, "requests", "a strange parameter now and then is an old link")
    crowd_accounts: int = _value(8, "accounts an hour", "an office has one address, but not eight accounts that miss")
    crowd_misses: int = _value(3, "misses an hour", "from which an account counts in a crowd")
    sprayed_emails: int = _value(12, "e-mails an hour", "an office signs in in the morning, and most of it succeeds")
    tell_again_seconds: int = _value(60, "seconds", "the same finding about the same actor is told once a minute")


@dataclass(frozen=True)
class Judging:
    """How scores live and what they take together."""

    actor_half_life_days: float = _value(3.0, "days", "a weekend does not wipe it away")
    account_half_life_days: float = _value(7.0, "days", "members and keys come and go, the account stays")
    source_half_life_days: float = _value(1.0, "days", "addresses change hands")
    endpoint_half_life_days: float = _value(1.0, "days", "a technique is mended or not within days")
    account_share: float = _value(0.5, "of the account's score", "what a new member or key of an account begins with")
    collective_accounts: int = _value(12, "accounts", "so many ask one endpoint for strange ids within the window")
    collective_ids: int = _value(3, "ids", "from which an account counts: a single stale bookmark is nobody's plan")
    collective_hours: int = _value(2, "hours", "the window in which a collective attack must be seen")
    strange_days: int = _value(30, "days", "how long strange ids are remembered, to see them come back")
    finding_days: int = _value(90, "days", "how long findings are kept for staff to look at")
    freeze_hours: int = _value(24, "hours", "a feature stays frozen for a day unless staff end or prolong it")
    technique_actors: int = _value(
        2, "accounts", "at one tripwire in one feature: frozen for such as they; where a wall let go, for everybody"
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
    share: float = _value(0.01, "of all accounts", "a list of fifty accounts meets one with 40 %, of 500 with 99 %")
    least: int = _value(3, "accounts", "of a small site too")
    a_run: int = _value(20, "accounts", "made by one run of the job, so that they are not made all at once")
    activity_a_day: float = _value(0.3, "acts a day", "as an account does that is used now and then")


@dataclass(frozen=True)
class Thresholds:
    ladder: Ladder = field(default_factory=Ladder)
    tripwires: Tripwires = field(default_factory=Tripwires)
    points: Points = field(default_factory=Points)
    counting: Counting = field(default_factory=Counting)
    judging: Judging = field(default_factory=Judging)
    stream: Stream = field(default_factory=Stream)
    decoys: Decoys = field(default_factory=Decoys)


THRESHOLDS = Thresholds()


def listed(thresholds: Thresholds = THRESHOLDS) -> Iterator[tuple[str, str, str, str]]:
    """Go through all of them: name, value, unit, reason."""
    for group in fields(thresholds):
        part = getattr(thresholds, group.name)
        for one in fields(part):
            value = getattr(part, one.name)
            shown = Rung(value).name.lower() if one.metadata["unit"] == "rung" else f"{value:,}"
            yield f"{group.name}.{one.name}", shown, one.metadata["unit"], one.metadata["reason"]


def as_markdown(thresholds: Thresholds = THRESHOLDS) -> str:
    """Return the table of `docs/security.md`."""
    lines = ["| Threshold | Value | Unit | Why |", "|---|---|---|---|"]
    lines += [f"| `{name}` | {value} | {unit} | {reason} |" for name, value, unit, reason in listed(thresholds)]
    return "\n".join(lines) + "\n"
