"""The timeline on a shipment's own page, as on the public one but after the booking itself; that events began; and whom
a shipment's new status is told."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from shipments import slots
from shipments.models import Shipment
from tracking import selectors
from tracking.models import Event
from tracking.webhooks import events


def timeline(request: HttpRequest, shipment: Shipment) -> SafeString:
    if not shipment.item_number:
        return mark_safe("")
    context = {"track": selectors.track_of(shipment.item_number), "booked_at": shipment.booked_at}
    return render_to_string("tracking/partials/shipment_timeline.html", context, request=request)


def has_events(shipment: Shipment) -> bool:
    """Tell whether anything has happened to an item; its shipment follows a moment later (`services.record_events`)."""
    return Event.objects.filter(item_number=shipment.item_number).exists()


def register() -> None:
    slots.fill("timeline", timeline)
    slots.tell_of_handing_in(has_events)
    slots.tell_of_status(events.tell_of_shipment)
