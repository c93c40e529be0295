"""What a program asks for, as a draft's fields, and booking with refusals that programs read: for API and SOAP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions, status

from addressbook import access as addressbook_access
from addressbook.models import Contact
from security import alarms
from security.permissions import Permission
from security.problems import Conflict, InvalidBody
from security.refusals import Forbidden, NotFound
from security.shapes import UNKNOWN
from shipments import item_numbers, pricing, services
from shipments.api_shapes import NO_SUCH_CONTACT, UNKNOWN_CONTACT
from shipments.models import Shipment
from shipments.parties import party_of


class NoNumbers(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "no_item_numbers"


def draft_values(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what a body says as a draft's fields; `{"contact": id}` becomes a copy of that contact."""
    values = {name: value for name, value in asked.items() if name in services.DRAFT_FIELDS}
    for name in ("sender", "recipient"):
        if contact_id := values.get(name, {}).get("contact"):
            contact = _contact(contact_id, at=f"/{name}/contact")
            values[name], values[f"{name}_contact"] = party_of(contact), str(contact.pk)
        elif name in values:
            values[f"{name}_contact"] = ""
    if "weight_kg" in asked:
        values["weight_g"] = asked["weight_kg"]
    return values


def require_destination(asked: dict[str, Any], *, recipient: dict[str, Any], kept: str = "") -> None:
    """Raise InvalidBody for a destination that is not in the recipient's country, and for a zone that it has not."""
    country = recipient.get("country", "")
    destination = asked.get("destination") or ""
    if destination and country and not pricing.is_in(destination, country):
        raise InvalidBody([("/destination", "contradicts", _("The recipient lives in another country."))])
    implied = kept if kept and (not country or pricing.is_in(kept, country)) else pricing.home_of(country)[0]
    require_zone(asked.get("zone", ""), destination=destination or implied)


def require_zone(zone: str, *, destination: str) -> None:
    if not pricing.is_zone(zone, destination=destination):
        raise InvalidBody([("/zone", UNKNOWN, _("This destination has no such zone."))])


def _contact(contact_id: UUID, *, at: str) -> Contact:
    """Return the contact that a body names; unknown, foreign, deleted and malformed are one answer there too."""
    try:
        return addressbook_access.get_contact(contact_id, to=Permission.CONTACT_VIEW)
    except (NotFound, Forbidden) as error:
        alarms.note_refusal(error)
        raise InvalidBody([(at, UNKNOWN_CONTACT, str(NO_SUCH_CONTACT))]) from None


def booked(shipment: Shipment) -> Shipment:
    """Book a draft. Raises InvalidBody with what is missing, Conflict, and NoNumbers."""
    try:
        return services.book_shipment(shipment_id=shipment.pk, now=timezone.now())
    except services.NotReady as error:
        raise InvalidBody(
            (found.pointer, found.code, found.told or found.message) for found in error.problems
        ) from error
    except services.WrongStatus as error:
        raise Conflict(_("This shipment can no longer be booked.")) from error
    except item_numbers.RangeExhausted as error:
        raise NoNumbers(_("No item numbers are left for this service. We have been told.")) from error
