"""Labels, customs forms, invoices and certificates of posting, for people."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from labels import files, services
from labels.model import Output
from security.marks import requires
from security.permissions import Permission
from shipments import access

PARTS = {str(part) for part in range(1, 10)}  # of the labels of a batch


@requires(Permission.LABEL_PRINT)
@require_GET
def label(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    return _document(request, shipment_id, "label", services.render_label, of_label=True)


@requires(Permission.LABEL_PRINT)
@require_GET
def labels(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Give labels of what was shipped together in one PDF, in the order of its list, a hundred a `part`, from 1 on."""
    batch = access.get_batch(batch_id, to=Permission.LABEL_PRINT)
    try:
        layout, output, start = files.choices(request.GET)
    except files.BadChoice:
        return HttpResponseBadRequest(
            _("There is no such layout, output, start position or document."), content_type="text/plain; charset=utf-8"
        )
    part = request.GET.get("part", "")
    first = (int(part) - 1) * services.MOST_AT_ONCE if part in PARTS else 0
    shipments = list(services.printable_of(batch)[first : first + services.MOST_AT_ONCE])
    if not shipments or output != Output.PDF:
        messages.error(request, _("There is no label: nothing of this is booked, or the labels have ended."))
        return redirect("shipments:batch", batch_id=batch.pk)
    pages = services.render_labels(shipments=shipments, layout=layout, output=output, start=start)
    return files.as_file(pages, output=output, kind="labels")


@requires(Permission.LABEL_PRINT)
@require_GET
def customs(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    return _document(request, shipment_id, *services.FOR_CUSTOMS[files.customs_document(request.GET)])


@requires(Permission.LABEL_PRINT)
@require_GET
def receipt(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    return _document(request, shipment_id, "receipt", services.render_receipt)


def _document(
    request: HttpRequest, shipment_id: UUID, kind: str, render: services.Renderer, *, of_label: bool = False
) -> HttpResponse:
    shipment = access.get_shipment(shipment_id, to=Permission.LABEL_PRINT)
    try:
        layout, output, start = files.choices(request.GET, of_label=of_label)
        if of_label:
            render = partial(services.render_label, dpi=files.resolution(request.GET))
        pages = render(shipment=shipment, layout=layout, output=output, start=start)
    except files.BadChoice:
        return HttpResponseBadRequest(
            _("There is no such layout, output, start position or document."), content_type="text/plain; charset=utf-8"
        )
    except services.PersonalDataRemoved:
        messages.error(request, _("There is nothing to print any more. Its personal data were removed."))
    except services.NotPrintable:
        messages.error(request, _("There is no label: this shipment is not booked, or its label has ended."))
    except services.NoCustomsForm:
        messages.info(request, _("This item needs no customs declaration."))
    except services.NoInvoice:
        messages.info(
            request, _("An invoice goes with goods that were sold abroad; this item is not declared as a sale.")
        )
    else:
        return files.as_file(pages, output=output, kind=kind, shipment=shipment)
    return redirect("shipments:shipment", shipment_id=shipment.pk)
