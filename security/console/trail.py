"""The trail as staff search it: what was done with personal data, and what was refused or raised. Nothing of people.

Entries hold ids and names of acts; where a request came from is shown in full only to those who may see that.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from io import StringIO
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from django.db import OperationalError, connections, models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from security.console import about, words
from security.console.models import TrailEntry
from security.models import SecurityEvent
from security.pages import Page, page_of

DATABASE = "security"
SIZE = 50
LATELY = timedelta(days=30)
MOST_ROWS = 10_000  # of a file
MOST_SECONDS = 8  # that a search may take
SHOWN = 10  # entries of one account on its page


class Which(models.TextChoices):
    ACCESS = "access", _("Reads and changes of personal data")
    EVENTS = "events", _("Refusals, alarms and acts of staff")


class TooLong(Exception):
    """The search took longer than it may; it has to be narrowed."""


@dataclass(frozen=True)
class Line:
    """One line of an answer; `source` is cut down to its network for those who may not see more."""

    at: datetime
    account_id: UUID | None
    actor: str
    on_behalf: str
    what: str
    count: int | None
    endpoint: str
    via: str
    wall: str
    source: str
    request_id: str
    about: tuple[about.Fact, ...] = ()

    @property
    def words(self) -> str:
        """What happened, in the reader's language; `what` is its code, by which it is searched for."""
        if self.count is None:
            return words.of_event(self.what)
        return words.of_act(*self.what.split(" ", 1))


COLUMNS = [field.name for field in fields(Line)]


def search(asked: dict[str, Any], *, cursor: str, full_source: bool) -> Page[Line]:
    """Return a page of what matches, newest first. Raises BadCursor and TooLong."""
    with _bounded():
        found = _found(asked, full_source=full_source)
        page = page_of(found, moment="at", cursor=cursor, size=SIZE, narrowed=_named(asked))
        rows = [_line(row, full_source=full_source) for row in page.rows]
    return Page(rows, next=page.next, previous=page.previous)


def as_csv(asked: dict[str, Any], *, full_source: bool) -> str:
    """Return what matches as a file for spreadsheets, `MOST_ROWS` lines at most. Raises TooLong."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    with _bounded():
        found = _found(asked, full_source=full_source).order_by("-at", "pk")[:MOST_ROWS]
        for row in found.iterator(chunk_size=1000):
            line = _line(row, full_source=full_source)
            writer.writerow([cell(getattr(line, name)) for name in COLUMNS])
    return out.getvalue()


def cell(value: object) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
    if isinstance(value, tuple):
        text = "; ".join(f"{fact.name}={fact.value}" for fact in value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def lately(account_id: UUID) -> dict[str, list[Line]]:
    """Return the last acts and the last events of an account."""
    acts = TrailEntry.objects.using(DATABASE).filter(account_id=account_id).order_by("-at")[:SHOWN]
    events = SecurityEvent.objects.using(DATABASE).filter(account_id=account_id).order_by("-at")[:SHOWN]
    with _bounded():
        return {
            "acts": [_line(row, full_source=False) for row in acts],
            "events": [_line(row, full_source=False) for row in events],
        }


def network_of(source: str) -> str:
    """Return the network an address is in: enough to see that two are near, too little to find a household."""
    try:
        address = ip_address(source)
    except ValueError:
        return ""
    return str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))


@contextmanager
def _bounded() -> Iterator[None]:
    """Let the database end a question that takes too long. Raises TooLong."""
    try:
        with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{MOST_SECONDS}s'")
            yield
    except OperationalError as error:
        raise TooLong from error


def _found(asked: dict[str, Any], *, full_source: bool) -> QuerySet[Any]:
    table: type[models.Model] = TrailEntry if asked["which"] == Which.ACCESS else SecurityEvent
    found = table._default_manager.using(DATABASE).filter(at__gte=asked["since"], at__lt=asked["until"])
    for name in ("actor", "account_id", "endpoint", "request_id"):
        if value := asked.get(name):
            found = found.filter(**{name: value})
    if full_source and (source := asked.get("source")):
        found = found.filter(source=source)
    if kind := asked.get("kind"):
        found = found.filter(kind=kind)
    if (wanted := asked.get("about")) and asked["which"] == Which.EVENTS:
        found = found.filter(about.named(wanted))
    return found


def _named(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the filters that a cursor belongs to; the moments move on from page to page."""
    return {name: value for name, value in asked.items() if name not in {"since", "until"}}


def _line(row: Any, *, full_source: bool) -> Line:
    is_act = isinstance(row, TrailEntry)
    source = str(row.source or "")
    return Line(
        at=row.at,
        account_id=row.account_id,
        actor=row.actor,
        on_behalf=row.on_behalf if is_act else "",
        what=f"{row.action} {row.kind}" if is_act else row.kind,
        count=row.row_count if is_act else None,
        endpoint=row.endpoint,
        via=row.via,
        wall=row.wall,
        source=source if full_source else network_of(source),
        request_id=row.request_id,
        about=() if is_act else tuple(about.of(row.data)),
    )
