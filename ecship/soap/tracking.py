"""Tracking: where an item is, by the public services; states, places and times, and nothing of people."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone, translation
from rest_framework import exceptions

from ecship.soap.calls import text
from ecship.soap.table import Answer, Many, offer
from security.marks import signed_in
from security.refusals import NotFound
from shipments import item_numbers
from tracking import limits, selectors
from tracking.events import State
from tracking.selectors import Track

# The original's numbers of what it calls ttStatus.
STATUS_OF = {
    State.POSTED: "0",
    State.PROCESSED: "2",
    State.LEFT: "3",
    State.ARRIVED: "13",
    State.CUSTOMS: "13",
    State.DELIVERY_OFFICE: "4",
    State.UNSUCCESSFUL: "6",
    State.DELIVERED: "5",
}
LANGUAGES = {
    "C": "zh-hant", "TC": "zh-hant", "ZH": "zh-hant", "ZH_TW": "zh-hant", "ZH_HK": "zh-hant", "ZH-HANT": "zh-hant",
    "S": "zh-hans", "SC": "zh-hans", "ZH_CN": "zh-hans", "ZH-HANS": "zh-hans",
}  # fmt: skip


@offer(
    "Tracking",
    "getMTTInfo",
    "api04Req",
    asks={"itemNo": "string"},
    gives={"ttStatus": "string", "trackingDate": "string"},
    references=("itemNo",),
)
@signed_in
def get_mtt_info(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Say the state of an item, and since when."""
    track = _track(request, fields)
    state = track.state
    assert state is not None
    return {"ttStatus": STATUS_OF[state], "trackingDate": _moment(track.events[-1].at)}


@offer(
    "Tracking",
    "getTTInfo",
    "api05Req",
    asks={"itemNo": "string", "language": "string"},
    gives={"trackingInfos": Many("TrackingInfo", (("itemNo", "string"), ("date", "string"), ("detail", "string")))},
    references=("itemNo",),
)
@signed_in
def get_tt_info(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """List what happened to an item, oldest first, in the language asked for."""
    track = _track(request, fields)
    with translation.override(LANGUAGES.get(text(fields, "language").upper(), "en")):
        infos = [
            {"itemNo": track.item_number, "date": _moment(event.at), "detail": f"{event.text} {event.place}".strip()}
            for event in track.events
        ]
    return {"trackingInfos": infos}


def _track(request: HttpRequest, fields: dict[str, Any]) -> Track:
    """Return what is known of an item; unknown, without events and malformed are one. Raises NotFound, Throttled."""
    verdict = limits.take(request, now=timezone.now())
    if not verdict.allowed:
        raise exceptions.Throttled(wait=verdict.retry_in)
    number = item_numbers.normalise(text(fields, "itemNo"))
    track = selectors.track_of(number) if item_numbers.is_valid(number) else None
    if track is None or not track.events:
        raise NotFound
    return track


def _moment(at: Any) -> str:
    """Return a moment in Hong Kong."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
