"""A shipment in words, for the review that somebody signs for and for its own page."""

from __future__ import annotations

from typing import Any

from addressbook import countries
from addressbook.addresses import format_address
from shipments import declarations, parties, wizard
from shipments.customs import NonDelivery
from shipments.forms import CustomsForm
from shipments.models import Shipment
from shipments.pricing import Offer, destination_name, format_words, service_name

PAPERS = ("importer_reference", "licence_number", "certificate_number", "invoice_number")


def summary(shipment: Shipment, offer: Offer | None = None) -> dict[str, Any]:
    """What the page of a shipment and the review of a draft both show; `offer` is what the draft would be booked as."""
    needs_customs = wizard.needs_customs(shipment)
    return {
        "shipment": shipment,
        "sender": _party(shipment.sender),
        "recipient": _party(shipment.recipient),
        "sides_mm": [side for side in (shipment.length_mm, shipment.width_mm, shipment.height_mm) if side],
        "destination_name": destination_name(shipment.destination),
        "service_name": service_name(shipment.service),
        "format_words": offer.format_words if offer else format_words(shipment.service, shipment.format),
        "needs_customs": needs_customs,
        "declaration": _declaration(shipment) if needs_customs else {},
    }


def _party(party: dict[str, Any]) -> dict[str, Any]:
    """An address in its country's order of lines, as its label has it; the country in the reader's language."""
    if not party:
        return {}
    details = parties.details(party)
    return {
        "lines": format_address(details)[:-1],
        "country": countries.name(details.country),
        "local_lines": format_address(details, local=True),
        "phone": details.phone,
        "email": details.email,
    }


def _declaration(shipment: Shipment) -> dict[str, Any]:
    """The customs fields, each in the words of its form."""
    papers = [(CustomsForm.base_fields[name].label, getattr(shipment, name)) for name in PAPERS]
    origins = [item.get("origin", "") for item in shipment.items]
    return {
        "category": dict(declarations.categories()).get(shipment.category, ""),
        "non_delivery": dict(NonDelivery.choices).get(shipment.non_delivery, ""),
        "lines": [
            {**item, "origin": countries.name(origin) if origin else ""}
            for item, origin in zip(shipment.items, origins, strict=True)
        ],
        "papers": [(label, value) for label, value in papers if value],
    }
