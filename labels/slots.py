"""What a shipment's pages show of its documents: those that can be printed, and what the label has no room for."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from labels import services
from security import scope
from security.permissions import Permission
from shipments import slots
from shipments.customs import Category
from shipments.models import Batch, Contents, Shipment


def documents(request: HttpRequest, shipment: Shipment) -> SafeString:
    if not (shipment.may_print and scope.current().may(Permission.LABEL_PRINT)):
        return mark_safe("")
    has_customs = shipment.contents == Contents.GOODS and not shipment.is_local
    context = {
        "shipment": shipment,
        "has_customs": has_customs,
        "has_invoice": has_customs and shipment.category == Category.SALE,
        "starts": (2, 3, 4),
    }
    return render_to_string("labels/documents.html", context, request=request)


def warnings(request: HttpRequest, shipment: Shipment) -> SafeString:
    """Say before booking what the label has no room for."""
    cut = services.cut_addresses(shipment)
    return render_to_string("labels/warnings.html", {"shipment": shipment, "cut": cut}, request=request)


def of_batch(request: HttpRequest, batch: Batch) -> SafeString:
    """Offer the labels of what was shipped together: in one file, or a hundred in each."""
    count = services.printable_of(batch).count() if scope.current().may(Permission.LABEL_PRINT) else 0
    if not count:
        return mark_safe("")
    starts = range(1, count + 1, services.MOST_AT_ONCE)
    parts = [(number, first, min(first + services.MOST_AT_ONCE - 1, count)) for number, first in enumerate(starts, 1)]
    return render_to_string("labels/batch.html", {"batch": batch, "parts": parts}, request=request)


def register() -> None:
    slots.fill("warnings", warnings)
    slots.fill("documents", documents)
    slots.fill_batch(of_batch)
