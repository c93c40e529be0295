"""What apps above add when they load: to a shipment's page (the timeline, further documents), what they know, and whom
to tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from shipments.models import Batch, Shipment

Filler = Callable[[HttpRequest, Shipment], SafeString]

BatchFiller = Callable[[HttpRequest, Batch], SafeString]

_batch_fillers: list[BatchFiller] = []
_fillers: dict[str, list[Filler]] = {}
_knowing: list[Callable[[Shipment], bool]] = []
_listening: list[Callable[[Shipment, datetime], None]] = []


def fill(slot: str, filler: Filler) -> None:
    """Let `filler(request, shipment)` draw into a slot; call it once, from an app's `ready`."""
    _fillers.setdefault(slot, []).append(filler)


def draw(slot: str, request: HttpRequest, shipment: Shipment) -> list[SafeString]:
    """Return what the apps above have to show in a slot; empty where none fills it."""
    return [filler(request, shipment) for filler in _fillers.get(slot, [])]


def fill_batch(filler: BatchFiller) -> None:
    """Let `filler(request, batch)` draw on the page of what was shipped together; call it once, from `ready`."""
    _batch_fillers.append(filler)


def draw_batch(request: HttpRequest, batch: Batch) -> list[SafeString]:
    return [filler(request, batch) for filler in _batch_fillers]


def context(request: HttpRequest, shipment: Shipment) -> dict[str, Any]:
    return {"slots": {name: draw(name, request, shipment) for name in ("timeline", "documents")}}


def tell_of_handing_in(knows: Callable[[Shipment], bool]) -> None:
    """Let an app say that an item was handed in before its shipment says so; call it once, from an app's `ready`."""
    _knowing.append(knows)


def was_handed_in(shipment: Shipment) -> bool:
    """Tell whether anybody knows that the item was handed in: what is on its way cannot be cancelled any more."""
    return any(knows(shipment) for knows in _knowing)


def tell_of_status(listener: Callable[[Shipment, datetime], None]) -> None:
    """Let an app hear what a shipment has become, and when, in the same transaction; call it from an app's `ready`."""
    _listening.append(listener)


def has_become(shipment: Shipment, *, now: datetime) -> None:
    """Tell whoever listens that a shipment was booked, was cancelled, or has moved on."""
    for listener in _listening:
        listener(shipment, now)
