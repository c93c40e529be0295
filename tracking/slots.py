"""The timeline on a shipment's own page: the same events as on the public one, after the booking itself."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from shipments import slots
from shipments.models import Shipment
from tracking import selectors


def timeline(request: HttpRequest, shipment: Shipment) -> SafeString:
    if not shipment.item_number:
        return mark_safe("")
    context = {"track": selectors.track_of(shipment.item_number), "booked_at": shipment.booked_at}
    return render_to_string("tracking/partials/shipment_timeline.html", context, request=request)


def register() -> None:
    slots.fill("timeline", timeline)
