"""The booking wizard, as data: its steps in order, and the few questions a walker asks of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from shipments import forms
from shipments.models import Contents, Shipment

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def always(shipment: Shipment) -> bool:
    return True


def needs_customs(shipment: Shipment) -> bool:
    """Goods that leave Hong Kong are declared; documents and local mail are not."""
    return shipment.contents != Contents.DOCUMENTS and not shipment.is_local


@dataclass(frozen=True)
class Step:
    key: str
    title: _StrPromise
    form: type[forms.StepForm]
    applies: Callable[[Shipment], bool] = always


STEPS = [
    Step("sender", _("Sender"), forms.SenderForm),
    Step("recipient", _("Recipient"), forms.RecipientForm),
    Step("contents", _("Contents"), forms.ContentsForm),
    Step("customs", _("Customs declaration"), forms.CustomsForm, needs_customs),
    Step("service", _("Service"), forms.ServiceForm),
]
REVIEW = "review"  # the last address of the walk; `done` follows once it is booked


def steps(shipment: Shipment) -> list[Step]:
    return [step for step in STEPS if step.applies(shipment)]


def find(shipment: Shipment, key: str) -> Step | None:
    return next((step for step in steps(shipment) if step.key == key), None)


def after(shipment: Shipment, key: str) -> str:
    """Return the key of the step that follows, of those that apply."""
    keys = [step.key for step in STEPS]
    later = keys[keys.index(key) + 1 :] if key in keys else keys
    applying = [step.key for step in steps(shipment)]
    return next((candidate for candidate in later if candidate in applying), REVIEW)


def before(shipment: Shipment, key: str) -> str:
    """Return the key of the step before, or nothing for the first."""
    keys = [*(step.key for step in steps(shipment)), REVIEW]
    place = keys.index(key)
    return keys[place - 1] if place else ""


def resume(shipment: Shipment) -> str:
    """Return where a draft that was left goes on: after the last step that was saved."""
    return after(shipment, shipment.step)
