"""Shapes that the pages and the API want of events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tracking.events import State, state_of, timeline
from tracking.models import Event
from tracking.products import Product, product_of


@dataclass(frozen=True)
class Track:
    """What anybody may know of an item: states, places and times; events oldest first."""

    item_number: str
    events: list[Event]

    @property
    def service(self) -> Product:
        return product_of(self.item_number)

    @property
    def state(self) -> State | None:
        return state_of(self.events)

    @property
    def newest_first(self) -> list[Event]:
        return self.events[::-1]


def tracks_of(item_numbers: Iterable[str]) -> dict[str, Track]:
    """Return one track a number, in the order asked, with one query; a number without events has an empty one."""
    numbers = list(dict.fromkeys(item_numbers))
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(item_number__in=numbers):
        found[event.item_number].append(event)
    return {number: Track(item_number=number, events=timeline(found[number])) for number in numbers}


def track_of(item_number: str) -> Track:
    return tracks_of([item_number])[item_number]
