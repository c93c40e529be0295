"""What the items of a batch have in common: a draft without a recipient, from which each recipient's is made."""

from __future__ import annotations

from typing import Any

from addressbook.models import Contact
from shipments import pricing
from shipments.catalogue import LOCAL
from shipments.models import Batch, Contents, Shipment
from shipments.parties import party_of

SERVICE_LOCAL = "service_local"  # in a pattern, beside the service for what goes abroad
# What an earlier item lends: all but the two parties, the destination, the price and the number.
SAME = (
    "items", "category", "category_words", "non_delivery", "importer_reference", "licence_number",
    "certificate_number", "invoice_number", "format", "contents", "weight_g", "length_mm", "width_mm", "height_mm",
    "reference",
)  # fmt: skip
_DECLARED = (
    "items", "category", "category_words", "importer_reference", "licence_number", "certificate_number",
    "invoice_number",
)  # fmt: skip


def pattern_of(batch: Batch) -> Shipment:
    """Return the draft that a batch's steps are about; it is in no table. Where all is local mail it says so."""
    values = {name: value for name, value in batch.pattern.items() if name != SERVICE_LOCAL}
    step = "" if batch.step == "recipients" else batch.step
    return Shipment(pk=batch.pk, batch=batch, step=step, created_at=batch.created_at, **values)


def is_pattern(shipment: Shipment) -> bool:
    return shipment.batch_id is not None and shipment.pk == shipment.batch_id


def values_for(batch: Batch, contact: Contact) -> dict[str, Any]:
    """Return a recipient's draft as a draft keeps it, the service still open where the cheapest is wanted.

    A destination whose prices hang on its part has the part in which the address's state lies.
    """
    values = dict(batch.pattern)
    service_local = values.pop(SERVICE_LOCAL, "")
    destination, zone = pricing.home_of(contact.country)
    values.update(
        recipient=party_of(contact),
        recipient_contact=str(contact.pk),
        destination=destination,
        zone=zone or pricing.likely_zone(destination, state=contact.state),
    )
    if own := batch.references.get(str(contact.pk)):
        values["reference"] = own
    if destination == LOCAL:
        values["service"] = service_local
    if destination == LOCAL or values.get("contents") == Contents.DOCUMENTS:  # nothing is declared
        for name in _DECLARED:
            values.pop(name, None)
    if values.get("contents") == Contents.DOCUMENTS:
        values["category"] = "documents"
    elif values.get("category") == "documents":  # as an earlier item was, before the contents were changed
        del values["category"]
    return values
