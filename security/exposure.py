"""The exposure report: whose data was given out to somebody, by which techniques, in which time; ids alone, no names.

It reads the access log by the security role. Names are resolved by whoever may see them: the console asks the apps.
An entry counts where it was allowed and gave something out; what was rolled back left no entry, and a refusal gives
nothing out. docs/security.md says what counts as given out.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import IO, Any, NamedTuple, Protocol
from uuid import UUID

from django.db import connections, transaction
from psycopg import ClientCursor

ALIAS = "security"
ACTORS = ("user", "key", "operator")
CHUNK = 2_000
COLUMNS = ("account", "kind", "id", "fields", "first_utc", "last_utc", "times")
RISKY = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula

# Filled by the app that knows people: from an e-mail address to the id of whoever signs in with it.
find_person: list[Callable[[str], UUID | None]] = []


class NothingAsked(Exception):
    """Neither an actor, nor a source, nor a technique, nor an account is named."""


@dataclass(frozen=True)
class Question:
    """Entries from `since` until before `until`, by any of the actors AND from any of the sources AND so on.

    An actor is `user:ID`, `key:ID`, `operator:ID`; a source an address or a network; an endpoint the name of an
    address or job. What is left empty is not asked for. `without` are accounts that are left out.
    """

    since: datetime
    until: datetime
    actors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise NothingAsked, or ValueError for a source that is none and a time that ends before it begins."""
        if not (self.actors or self.sources or self.endpoints or self.accounts):
            raise NothingAsked
        if self.until <= self.since:
            raise ValueError("The time ends before it begins.")
        for source in self.sources:
            ip_network(source)

    def condition(self) -> tuple[str, dict[str, Any]]:
        """SQL over `security_accessentry e`, and its parameters."""
        parts = ["e.at >= %(since)s", "e.at < %(until)s", "e.decision = 'allowed'", "e.fields <> '[]'::jsonb"]
        values: dict[str, Any] = {"since": self.since, "until": self.until}
        wanted = (
            ("actor", self.actors, "text"),
            ("endpoint", self.endpoints, "text"),
            ("account_id", self.accounts, "uuid"),
        )
        for column, listed, kind in wanted:
            if listed:
                parts.append(f"e.{column} = ANY(%({column})s::{kind}[])")
                values[column] = list(listed)
        if self.without:
            parts.append("NOT e.account_id = ANY(%(without)s::uuid[])")
            values["without"] = list(self.without)
        if self.sources:
            values["one"] = [text for text in self.sources if ip_network(text).num_addresses == 1]
            values["many"] = [text for text in self.sources if ip_network(text).num_addresses > 1]
            parts.append("(e.source = ANY(%(one)s::inet[]) OR e.source <<= ANY(%(many)s::inet[]))")
        return " AND ".join(parts), values

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "since": moment(self.since), "until": moment(self.until)}


class Exposed(NamedTuple):
    """One object that was given out: which kinds of its fields, when first and last, in how many acts."""

    account: str
    kind: str
    id: str
    fields: tuple[str, ...]
    first: str
    last: str
    times: int


@dataclass(frozen=True)
class Technique:
    """What one actor did by one address or job from one source."""

    actor: str
    on_behalf: str
    source: str
    via: str
    endpoint: str
    action: str
    acts: int
    objects: int
    first: str
    last: str


@dataclass
class Summary:
    """Counted while the objects go by, account by account."""

    accounts: int = 0
    objects: Counter[str] = field(default_factory=Counter)
    first: str = ""
    last: str = ""
    _account: str = ""

    def add(self, one: Exposed) -> None:
        self.count(one.account, one.kind)
        self.first = min(self.first or one.first, one.first)
        self.last = max(self.last, one.last)

    def count(self, account: str, kind: str, objects: int = 1) -> None:
        if account != self._account:
            self._account, self.accounts = account, self.accounts + 1
        self.objects[kind] += objects

    def as_json(self) -> dict[str, Any]:
        shown = {"accounts": self.accounts, "objects": dict(sorted(self.objects.items()))}
        return {**shown, "first": self.first, "last": self.last}


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def actors_named(text: str) -> tuple[str, ...]:
    """Return the actors that an id, a whole name (`key:ID`) or an e-mail address may be. Raises ValueError."""
    kind, _colon, rest = text.partition(":")
    if kind in ACTORS and rest:
        return (f"{kind}:{UUID(rest)}",)
    if "@" in text:
        for find in find_person:
            if person := find(text):
                return (f"user:{person}",)
        raise ValueError("Nobody signs in with this e-mail address.")
    return tuple(f"{kind}:{UUID(text)}" for kind in ACTORS)


def with_keys(question: Question) -> Question:
    """Return the question with the keys that acted for its people in that time: whoever makes a key acts by it too."""
    people = [actor for actor in question.actors if actor.startswith("user:")]
    if not people:
        return question
    with _cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT actor FROM security_accessentry WHERE at >= %(since)s AND at < %(until)s"
            " AND on_behalf <> '' AND on_behalf = ANY(%(people)s) AND decision = 'allowed'",
            {"since": question.since, "until": question.until, "people": people},
        )
        found = {row[0] for row in cursor.fetchall()}
    return replace(question, actors=tuple(dict.fromkeys((*question.actors, *sorted(found)))))


@dataclass(frozen=True)
class How:
    """What is known before the objects are counted: how it was done, and which lists of fields occur."""

    techniques: list[Technique]
    lists: list[list[str]]

    @property
    def names(self) -> list[str]:
        return sorted({name for listed in self.lists for name in listed})

    def masks(self) -> list[int]:
        """Return each list as bits of the names: so the database puts the lists of one object together at no cost."""
        return [sum(1 << place for place, name in enumerate(self.names) if name in listed) for listed in self.lists]


def how(question: Question) -> How:
    """Return how it was done: one line for each actor, source, address and action, the first one first."""
    condition, values = question.condition()
    sql = f"""
        SELECT e.actor, e.on_behalf, coalesce(host(e.source), ''), e.via, e.endpoint, e.action, e.fields::text,
            count(*), sum(e.row_count), min(e.at), max(e.at)
        FROM security_accessentry e WHERE {condition} GROUP BY 1, 2, 3, 4, 5, 6, 7
    """  # noqa: S608  (the condition is made here, of our own words)
    lines: dict[tuple[str, ...], list[Any]] = {}
    lists: dict[str, list[str]] = {}
    with _streaming(), _cursor() as cursor:
        cursor.execute(sql, values)
        for *key, fields, acts, objects, first, last in cursor.fetchall():
            lists[fields] = json.loads(fields)
            held = lines.setdefault(tuple(key), [0, 0, first, last])
            held[:] = [held[0] + acts, held[1] + int(objects), min(held[2], first), max(held[3], last)]
    techniques = [
        Technique(actor, on_behalf, source, via, endpoint, action, acts, objects, moment(first), moment(last))
        for (actor, on_behalf, source, via, endpoint, action), (acts, objects, first, last) in sorted(
            lines.items(), key=_by_first
        )
    ]
    return How(techniques, [lists[text] for text in sorted(lists)])


def _by_first(item: tuple[tuple[str, ...], list[Any]]) -> tuple[Any, ...]:
    key, counts = item
    return (counts[2], *key)


def exposed(question: Question, known: How | None = None) -> Iterator[Exposed]:
    """Return each object that was given out, by account, kind and id; streamed, so that millions take no memory."""
    sql, values = _objects(question, known or how(question))
    connection = connections[ALIAS]
    with _streaming(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, values)
        while rows := cursor.fetchmany(CHUNK):
            for account, kind, object_id, fields, first, last, times in rows:
                listed = tuple(fields.split(" "))
                yield Exposed(str(account), kind, object_id, listed, moment(first), moment(last), times)


def _objects(question: Question, known: How) -> tuple[str, dict[str, Any]]:
    """SQL for the objects, and its parameters: account, kind, id, fields with spaces between, first, last, times."""
    condition, values = question.condition()
    for place, name in enumerate(known.names):
        values[f"name{place}"] = name
    shown = "%(all)s::text"
    values["all"] = " ".join(known.names)
    if len(known.lists) > 1:
        bits = (
            f"CASE WHEN mask & {1 << place} > 0 THEN %(name{place})s::text END" for place in range(len(known.names))
        )
        shown = f"concat_ws(' ', {', '.join(bits)})"
    sql = f"""
        SELECT account_id, kind, id, {shown} AS fields, first, last, times FROM (
            SELECT e.account_id, e.kind COLLATE "C" AS kind, o.id COLLATE "C" AS id, min(e.at) AS first,
                max(e.at) AS last, count(*) AS times,
                bit_or((%(masks)s::bigint[])[array_position(%(lists)s::jsonb[], e.fields)]) AS mask
            FROM security_accessentry e CROSS JOIN LATERAL jsonb_array_elements_text(e.ids) AS o(id)
            WHERE {condition} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) AS objects
    """  # noqa: S608
    return sql, {**values, "masks": known.masks(), "lists": [json.dumps(listed) for listed in known.lists]}


@contextmanager
def _streaming() -> Iterator[None]:
    """A transaction in which the database plans for all rows, also where they are fetched bit by bit."""
    with transaction.atomic(using=ALIAS):
        with _cursor() as cursor:
            cursor.execute(_SETTINGS)
        yield


# Entries are sorted by account, then ids within each: hashing millions of ids goes to the disk, and is sorted anyway.
_SETTINGS = (
    "SELECT set_config('work_mem', '256MB', true), set_config('jit', 'off', true),"
    " set_config('cursor_tuple_fraction', '1', true), set_config('enable_hashagg', 'off', true)"
)


def _cursor() -> Any:
    return connections[ALIAS].cursor()


# Writing -------------------------------------------------------------------------------------------------------------


class Writer(Protocol):
    """Puts a report into a file: told what comes first, then each object, then that it was all."""

    def begin(self, question: Question, known: How, *, now: datetime) -> None: ...

    def add(self, one: Exposed) -> None: ...

    def end(self, summary: Summary) -> None: ...


class CsvWriter:
    """One line for each object. Nothing in it can be taken for a formula by a spreadsheet."""

    def __init__(self, file: IO[str]) -> None:
        self._writer = csv.writer(file, lineterminator="\n")

    def begin(self, question: Question, known: How, *, now: datetime) -> None:
        self._writer.writerow(COLUMNS)

    def add(self, one: Exposed) -> None:
        values = [one.account, one.kind, one.id, " ".join(one.fields), _short(one.first), _short(one.last), one.times]
        self._writer.writerow([safe(value) for value in values])

    def end(self, summary: Summary) -> None:
        pass


class JsonWriter:
    """The question, how it was done, what was given out, and the sums, which stand last: nothing is held in memory."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._count = file, 0

    def begin(self, question: Question, known: How, *, now: datetime) -> None:
        lines = [asdict(one) for one in known.techniques]
        head = json.dumps({"question": question.as_json(), "made_at": moment(now), "techniques": lines})
        self._file.write(f'{head[:-1]}, "exposed": [')

    def add(self, one: Exposed) -> None:
        self._file.write(f"{',' if self._count else ''}\n{json.dumps(one._asdict())}")
        self._count += 1

    def end(self, summary: Summary) -> None:
        self._file.write(f'\n], "summary": {json.dumps(summary.as_json())}}}\n')


# By the name of the format. An app above can add one which it alone can draw.
WRITERS: dict[str, Callable[[IO[str]], Writer]] = {"csv": CsvWriter, "json": JsonWriter}


def write(question: Question, *writers: Writer, now: datetime) -> Summary:
    """Ask once and write it in each way; return the sums."""
    known, summary = how(question), Summary()
    for writer in writers:
        writer.begin(question, known, now=now)
    for one in exposed(question, known):
        summary.add(one)
        for writer in writers:
            writer.add(one)
    for writer in writers:
        writer.end(summary)
    return summary


def copy_csv(question: Question, file: IO[bytes]) -> Summary:
    """Write what `CsvWriter` writes, millions of lines in seconds: the database makes them, and they pass through."""
    known = how(question)
    objects, values = _objects(question, known)
    lines = f"""
        SELECT account_id, kind, CASE WHEN left(id, 1) = ANY(%(risky)s::text[]) THEN '''' || id ELSE id END,
            fields, first AT TIME ZONE 'UTC', last AT TIME ZONE 'UTC', times FROM ({objects}) AS lines
    """  # noqa: S608
    file.write(f"{','.join(COLUMNS)}\n".encode())
    connection = connections[ALIAS]
    counts: dict[bytes, int] = {}  # by account and kind
    with _streaming(), connection.cursor() as cursor:
        sql = ClientCursor(connection.connection).mogrify(lines, {**values, "risky": list(RISKY)})
        with cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)") as copy:
            for block in copy:
                line = bytes(block)
                key = line[: line.index(b",", _ID + 1)]
                counts[key] = counts.get(key, 0) + 1
                file.write(line)
    return _summed(counts, known)


_ID = len(str(UUID(int=0)))


def _summed(counts: dict[bytes, int], known: How) -> Summary:
    summary = Summary()
    for key, count in counts.items():
        account, kind = key.decode().split(",")
        summary.count(account, kind, count)
    summary.first = min((one.first for one in known.techniques), default="")
    summary.last = max((one.last for one in known.techniques), default="")
    return summary


def _short(at: str) -> str:
    """The time as the database writes it in a table: a space, no zone, no zeros at the end."""
    day, clock = at.removesuffix("+00:00").split("T")
    return f"{day} {clock.rstrip('0').rstrip('.') if '.' in clock else clock}"


def safe(value: Any) -> Any:
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value
