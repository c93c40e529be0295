"""The way through a batch: who, then what all items have in common by the wizard's steps, then by which service."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from shipments import wizard
from shipments.models import Batch
from shipments.together.patterns import pattern_of
from shipments.walk import address_of

RECIPIENTS, SERVICE, REVIEW = "recipients", "service", "review"


def keys(batch: Batch) -> list[str]:
    """Return the steps that a batch has, in their order; the review is behind them."""
    shared = [one.key for one in wizard.steps(pattern_of(batch)) if one.key not in {"recipient", SERVICE}]
    return [RECIPIENTS, *shared, SERVICE]


def find(batch: Batch, key: str) -> wizard.Step | None:
    """Return the wizard's step of a key, where a batch has it."""
    return wizard.find(pattern_of(batch), key) if key in keys(batch)[1:-1] else None


def after(batch: Batch, key: str) -> str:
    """Return the step that follows; where the customs declaration has gone, that behind it."""
    order = [RECIPIENTS, *(one.key for one in wizard.STEPS if one.key != "recipient")]
    later = order[order.index(key) + 1 :] if key in order else order
    return next((one for one in later if one in keys(batch)), REVIEW)


def before(batch: Batch, key: str) -> str:
    """Return the step before; nothing for the first."""
    order = [*keys(batch), REVIEW]
    place = order.index(key)
    return order[place - 1] if place else ""


def address(batch: Batch, key: str) -> str:
    if key == REVIEW:
        return reverse("shipments:batch", args=[batch.pk])
    if key == RECIPIENTS:
        return reverse("shipments:batch-recipients", args=[batch.pk])
    if key == SERVICE:
        return reverse("shipments:batch-service", args=[batch.pk])
    return address_of(pattern_of(batch), key)


def titles(batch: Batch) -> list[tuple[str, str]]:
    """Return each step's key and title, the review as the last, which is called ""."""
    shared = {one.key: str(one.title) for one in wizard.STEPS}
    named = {**shared, RECIPIENTS: _("Recipients")}
    return [*((key, named[key]) for key in keys(batch)), ("", _("Review"))]
