"""What a draft still lacks before it can be booked: one list for the review, the API and the booking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from addressbook import phones
from shipments import customs, declarations, parties
from shipments.models import Contents, Shipment
from shipments.pricing import Offers


@dataclass(frozen=True)
class Problem:
    """What is wrong, on which step of the wizard, and at which place of the API's body.

    `told` says it to a program, where its body has other fields or units than the wizard.
    """

    step: str
    pointer: str
    code: str
    message: str
    told: str = ""


def problems_of(shipment: Shipment, offers: Offers, *, on: date, rates: customs.Rates | None = None) -> list[Problem]:
    """Return everything that keeps a draft from being booked, in the order of the steps.

    `rates` of the day, where they were fetched already.
    """
    return [
        *_parties(shipment),
        *_contents(shipment),
        *_customs(shipment, on=on, rates=rates),
        *_service(shipment, offers),
    ]


def _parties(shipment: Shipment) -> Iterator[Problem]:
    for name, party in (("sender", shipment.sender), ("recipient", shipment.recipient)):
        if not party:
            message = _("Enter the sender.") if name == "sender" else _("Enter the recipient.")
            yield Problem(name, f"/{name}", "required", message)
            continue
        for problem in parties.party_problems(party, sender=name == "sender"):
            yield Problem(name, f"/{name}/{problem.field}", problem.code, problem.message)


def _contents(shipment: Shipment) -> Iterator[Problem]:
    if not shipment.contents:
        yield Problem("contents", "/contents", "required", _("Say whether you send goods or documents."))
    if not shipment.weight_g:
        told = _("Give weight_kg in kilograms, such as 0.450.")
        yield Problem("contents", "/weight_kg", "required", _("Enter the weight in grams."), told)


def _customs(shipment: Shipment, *, on: date, rates: customs.Rates | None) -> Iterator[Problem]:
    if shipment.contents != Contents.GOODS or shipment.is_local or not shipment.destination:
        return
    for found in declarations.problems(shipment, on=on, rates=rates):
        yield Problem("customs", found.pointer, found.code, found.message)
    mobile = phones.is_hk_mobile(str(shipment.sender.get("phone", "")))
    if customs.needs_electronic_data(shipment.destination) and not mobile:
        message = _("This destination needs a Hong Kong mobile number of the sender.")
        yield Problem("sender", "/sender/phone", "mobile_required", message)


def _service(shipment: Shipment, offers: Offers) -> Iterator[Problem]:
    if not (shipment.contents and shipment.weight_g and shipment.destination):
        return
    if not shipment.service:
        yield Problem("service", "/service", "required", _("Choose a service."))
    elif offers.of(shipment.service) is None:
        refusal = offers.refusal_of(shipment.service)
        message = refusal.reason if refusal else _("This service does not go to this destination.")
        step = "contents" if refusal and refusal.code == "zone_required" else "service"
        yield Problem(step, "/service", refusal.code if refusal else "unavailable", message)
