"""Places on a shipment's page that apps above fill when they load: the timeline, further documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from shipments.models import Shipment

Filler = Callable[[HttpRequest, Shipment], SafeString]

_fillers: dict[str, list[Filler]] = {}


def fill(slot: str, filler: Filler) -> None:
    """Let `filler(request, shipment)` draw into a slot; call it once, from an app's `ready`."""
    _fillers.setdefault(slot, []).append(filler)


def draw(slot: str, request: HttpRequest, shipment: Shipment) -> list[SafeString]:
    """Return what the apps above have to show in a slot; empty where none fills it."""
    return [filler(request, shipment) for filler in _fillers.get(slot, [])]


def context(request: HttpRequest, shipment: Shipment) -> dict[str, Any]:
    return {"slots": {name: draw(name, request, shipment) for name in ("timeline", "documents")}}
