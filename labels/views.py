"""Labels, customs forms and certificates of posting, as files."""

from __future__ import annotations

import io
import zipfile
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from labels import services
from labels.model import Layout, Output
from security.marks import requires
from security.permissions import Permission
from shipments import access
from shipments.models import Shipment

TYPES = {Output.PDF: "application/pdf", Output.PNG: "image/png"}


class BadChoice(Exception):
    """A layout, an output or a start position that there is not."""


@requires(Permission.LABEL_PRINT)
@require_GET
def label(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    try:
        layout, output, start = choices(request)
    except BadChoice:
        return HttpResponseBadRequest(_("There is no such layout, output or start position."))
    shipment = access.get_shipment(shipment_id, to=Permission.LABEL_PRINT)
    try:
        pages = services.render_label(shipment=shipment, layout=layout, output=output, start=start)
    except services.NotPrintable:
        return _not_printable(request, shipment)
    return as_file(pages, output, f"label-{name_of(shipment)}")


@requires(Permission.LABEL_PRINT)
@require_GET
def customs(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    try:
        layout, output, _start = choices(request)
    except BadChoice:
        return HttpResponseBadRequest(_("There is no such layout, output or start position."))
    shipment = access.get_shipment(shipment_id, to=Permission.LABEL_PRINT)
    try:
        pages = services.render_customs(shipment=shipment, layout=layout, output=output)
    except services.NotPrintable:
        return _not_printable(request, shipment)
    except services.NoCustomsForm:
        messages.info(request, _("This item needs no customs declaration."))
        return redirect("shipments:shipment", shipment_id=shipment.pk)
    return as_file(pages, output, f"customs-{name_of(shipment)}")


@requires(Permission.LABEL_PRINT)
@require_GET
def receipt(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    try:
        _layout, output, _start = choices(request)
    except BadChoice:
        return HttpResponseBadRequest(_("There is no such layout, output or start position."))
    shipment = access.get_shipment(shipment_id, to=Permission.LABEL_PRINT)
    try:
        pages = services.render_receipt(shipment=shipment, output=output)
    except services.NotPrintable:
        return _not_printable(request, shipment)
    return as_file(pages, output, f"receipt-{name_of(shipment)}")


def choices(request: HttpRequest) -> tuple[Layout, Output, int]:
    """Read layout, output and start position from the address. Raises BadChoice for what there is not."""
    try:
        layout = Layout(request.GET.get("layout", Layout.NATIVE))
        output = Output(request.GET.get("output", Output.PDF))
        start = int(request.GET.get("start", "1"))
    except ValueError:
        raise BadChoice from None
    if start not in range(1, 5):
        raise BadChoice
    return layout, output, start


def _not_printable(request: HttpRequest, shipment: Shipment) -> HttpResponse:
    messages.error(request, _("There is no label: this shipment is not booked, or its label has ended."))
    return redirect("shipments:shipment", shipment_id=shipment.pk)


def name_of(shipment: Shipment) -> str:
    """Name a file by the item number or the opaque id, never by a person."""
    return shipment.item_number or str(shipment.pk)


def as_file(pages: list[bytes], output: Output, name: str) -> HttpResponse:
    """Answer with one file: the PDF, the picture, or a folder of pictures where there are several pages."""
    if len(pages) == 1:
        body, kind, ending = pages[0], TYPES[output], str(output)
    else:
        body, kind, ending = _folder(pages, name, str(output)), "application/zip", "zip"
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _folder(pages: list[bytes], name: str, ending: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as folder:
        for number, page in enumerate(pages, start=1):
            folder.writestr(f"{name}-{number}.{ending}", page)
    return buffer.getvalue()
