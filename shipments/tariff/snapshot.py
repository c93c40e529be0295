"""The tariff in memory: loaded once, kept while no import changes it, small and bounded."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from threading import Lock

from django.db.models import Max

from shipments.models import ServiceTables, Suspension, TariffEdition
from shipments.tariff.importer import unpack
from shipments.tariff.rule import Table

_loading = Lock()


@dataclass(frozen=True)
class Generation:
    """The tables of one tariff code and format from a day on, by destination code."""

    effective_from: date
    by_destination: dict[str, tuple[Table, ...]]


@dataclass(frozen=True)
class Stop:
    """A suspension as the engine asks it; the reasons in English, traditional and simplified Chinese."""

    service: str
    destination: str
    contents: str
    from_on: date
    until_on: date | None
    reasons: tuple[str, str, str]

    def holds(self, *, service: str, destination: str, contents: str, on: date) -> bool:
        return (
            self.service in {"", service}
            and self.destination == destination
            and self.contents in {"all", contents}
            and self.from_on <= on
            and (self.until_on is None or on <= self.until_on)
        )


@dataclass(frozen=True)
class Tariff:
    """All generations of all tables, newest first, and the suspensions."""

    generations: dict[tuple[str, str], tuple[Generation, ...]] = field(repr=False)
    stops: tuple[Stop, ...]

    def tables(self, tariff_code: str, shape: str, destination: str, *, on: date) -> tuple[Table, ...]:
        """Return the tables to a destination (one a zone) that hold on a day; () where the service does not go."""
        for generation in self.generations.get((tariff_code, shape), ()):
            if generation.effective_from <= on:
                return generation.by_destination.get(destination, ())
        return ()

    def stop(self, *, service: str, destination: str, contents: str, on: date) -> Stop | None:
        for stop in self.stops:
            if stop.holds(service=service, destination=destination, contents=contents, on=on):
                return stop
        return None


def current() -> Tariff:
    """Return the tariff as it stands: two short queries, one of them for the few suspensions."""
    version = TariffEdition.objects.aggregate(last=Max("pk"))["last"] or 0
    stops = tuple(
        Stop(
            row.service, row.destination, row.contents, row.from_on, row.until_on,
            (row.reason_en, row.reason_zh_hant, row.reason_zh_hans),
        )
        for row in Suspension.objects.order_by("pk")
    )  # fmt: skip
    with _loading:  # lest each thread of a new process builds the same thousands of tables, and keeps the room
        generations = _generations(version)
    return Tariff(generations, stops)


@lru_cache(maxsize=2)
def _generations(version: int) -> dict[tuple[str, str], tuple[Generation, ...]]:
    """`version` is the newest edition's key: each import makes a new one."""
    found: dict[tuple[str, str], list[Generation]] = defaultdict(list)
    for group in ServiceTables.objects.select_related("edition").order_by("-effective_from", "-pk"):
        by_destination: dict[str, list[Table]] = defaultdict(list)
        for table in unpack(group, edition=group.edition.name):
            by_destination[table.destination].append(table)
        tables = {code: tuple(sorted(items, key=lambda item: item.zone)) for code, items in by_destination.items()}
        found[group.tariff_code, group.format].append(Generation(group.effective_from, tables))
    return {key: tuple(generations) for key, generations in found.items()}
