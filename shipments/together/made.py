"""What the drafts of a batch come to, and what became of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from security import trail
from shipments.models import Batch, Shipment, Status
from shipments.together.checking import Prices


def drafts_of(batch: Batch) -> list[Shipment]:
    """Return what is not booked yet, in the order of the list."""
    return list(Shipment.objects.drafts().filter(batch=batch).order_by("-created_at", "pk"))


def failures_of(batch: Batch) -> list[tuple[Shipment, str]]:
    """Return the drafts that could not be booked, each with the reason in words; noted as listed."""
    found = [draft for draft in drafts_of(batch) if str(draft.pk) in batch.failures]
    if found:
        trail.record(action=trail.Action.LIST, kind="shipment", ids=[draft.pk for draft in found])
    return [(draft, failure_words(batch.failures[str(draft.pk)])) for draft in found]


def failure_words(code: str) -> str:
    return {
        "not_ready": _("Something is missing. Its review says what."),
        "price_changed": _("Its postage is not the one that was shown. Check the new price."),
        "no_numbers": _("No item numbers are left for this service. We have been told."),
        "crashed": _("It could not be booked. Try it by itself."),
    }.get(code, _("It could not be booked. Try it by itself."))


def figures(batch: Batch, *, on: date) -> dict[str, Any]:
    """Return how many drafts there are and what they would cost on a day, how many were booked and what they cost."""
    prices, drafts = Prices(on), drafts_of(batch)
    offers = [prices.offers_for(draft).of(draft.service) for draft in drafts]
    booked = Shipment.objects.filter(batch=batch).exclude(status=Status.DRAFT)
    paid = booked.exclude(status=Status.CANCELLED).aggregate(count=Count("pk"), postage_hkd=Sum("postage_hkd"))
    return {
        "drafts": len(drafts),
        "estimate_hkd": sum((offer.postage_hkd for offer in offers if offer), Decimal(0)),
        "booked": paid["count"],
        "booked_hkd": paid["postage_hkd"] or Decimal(0),
    }
