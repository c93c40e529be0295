"""The events of UPU EMSEVT V3 and what they tell about where an item is. Pure: no database, no clock.

Events arrive late, twice and out of order, so nothing here depends on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

# A number is not used again within 24 months, so what is older than that belongs to an earlier item.
REUSE_AFTER = timedelta(days=730)


class State(models.TextChoices):
    """Where an item is, as customers are told."""

    POSTED = "posted", _("Posted")
    PROCESSED = "processed_for_departure", _("Processed for departure")
    LEFT = "left_for_destination", _("Left for destination")
    ARRIVED = "arrived_at_destination", _("Arrived at destination")
    CUSTOMS = "customs", _("With customs")
    DELIVERY_OFFICE = "arrived_at_delivery_office", _("Arrived at delivery office")
    UNSUCCESSFUL = "unsuccessful", _("Unsuccessful")
    DELIVERED = "delivered", _("Delivered")


class Code(models.TextChoices):
    """The events, in the order of a journey: it decides between events of the same moment."""

    EMA = "EMA", _("Posted or collected")
    EMB = "EMB", _("Arrived at outward office of exchange")
    EXA = "EXA", _("Presented to export customs")
    EXB = "EXB", _("Held by export customs")
    EXC = "EXC", _("Returned from export customs")
    EXD = "EXD", _("Held at outward office of exchange")
    EMC = "EMC", _("Left outward office of exchange")
    EXX = "EXX", _("Export cancelled")
    EMJ = "EMJ", _("Arrived at transit office")
    EMK = "EMK", _("Left transit office")
    EMD = "EMD", _("Arrived at inward office of exchange")
    EDA = "EDA", _("Held at inward office of exchange")
    EDB = "EDB", _("Presented to import customs")
    EME = "EME", _("Held by import customs")
    EDC = "EDC", _("Returned from import customs")
    EMF = "EMF", _("Left inward office of exchange")
    EDD = "EDD", _("Arrived at sorting centre")
    EDE = "EDE", _("Left sorting centre")
    EMG = "EMG", _("Arrived at delivery office")
    EDF = "EDF", _("Held at delivery office")
    EDG = "EDG", _("Out for delivery")
    EDH = "EDH", _("Ready at collection point")
    EMH = "EMH", _("Delivery not successful")
    EDX = "EDX", _("Import ended")
    EMI = "EMI", _("Delivered")


class Reason(models.TextChoices):
    """Why an item is held or was not delivered: codes, so that no word about a person can be written here."""

    ADDRESS = "address", _("The address is incomplete or wrong.")
    ABSENT = "absent", _("Nobody was there to receive the item.")
    REFUSED = "refused", _("The item was refused.")
    UNCLAIMED = "unclaimed", _("The item was not collected in time.")
    DUTY = "duty", _("Duty or tax is to be paid.")
    DOCUMENTS = "documents", _("Customs needs documents.")
    INSPECTION = "inspection", _("Customs is inspecting the item.")
    PROHIBITED = "prohibited", _("The contents are not allowed.")
    DAMAGED = "damaged", _("The item is damaged.")
    OTHER = "other", _("Another reason.")


class Action(models.TextChoices):
    """What the post does next after a delivery that was not successful."""

    RETRY = "retry", _("Delivery will be tried again.")
    HOLD = "hold", _("The item is held for collection.")
    RETURN = "return", _("The item goes back to the sender.")


STATE_OF: dict[Code, State] = {
    Code.EMA: State.POSTED,
    Code.EMB: State.PROCESSED,
    Code.EXA: State.CUSTOMS,
    Code.EXB: State.CUSTOMS,
    Code.EXC: State.PROCESSED,
    Code.EXD: State.PROCESSED,
    Code.EMC: State.LEFT,
    Code.EXX: State.UNSUCCESSFUL,
    Code.EMJ: State.LEFT,
    Code.EMK: State.LEFT,
    Code.EMD: State.ARRIVED,
    Code.EDA: State.ARRIVED,
    Code.EDB: State.CUSTOMS,
    Code.EME: State.CUSTOMS,
    Code.EDC: State.ARRIVED,
    Code.EMF: State.ARRIVED,
    Code.EDD: State.ARRIVED,
    Code.EDE: State.ARRIVED,
    Code.EMG: State.DELIVERY_OFFICE,
    Code.EDF: State.DELIVERY_OFFICE,
    Code.EDG: State.DELIVERY_OFFICE,
    Code.EDH: State.DELIVERY_OFFICE,  # at a collection point is not delivered
    Code.EMH: State.UNSUCCESSFUL,
    Code.EDX: State.UNSUCCESSFUL,
    Code.EMI: State.DELIVERED,
}
REASON_NEEDED = frozenset({Code.EME, Code.EMH})
ACTION_ALLOWED = frozenset({Code.EMH})
ORDER = {code: index for index, code in enumerate(Code)}


class Happening(Protocol):
    """What this module needs to know of an event."""

    @property
    def code(self) -> str: ...
    @property
    def at(self) -> datetime: ...


H = TypeVar("H", bound=Happening)


def timeline(events: Iterable[H]) -> list[H]:
    """Return the events of the item that has the number now, oldest first."""
    ordered = sorted(events, key=lambda event: (event.at, ORDER[Code(event.code)]))
    return [event for event in ordered if ordered[-1].at - event.at < REUSE_AFTER]


def state_of(events: Iterable[Happening]) -> State | None:
    """Return the state that the latest event tells; None without events."""
    ordered = timeline(events)
    return STATE_OF[Code(ordered[-1].code)] if ordered else None
