"""Labels, customs forms, invoices and certificates of posting, for machines; on the same services as the pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from labels import files, services
from labels.documents import STARTS
from labels.model import CustomsDocument, Layout, Output
from labels.zpl import RESOLUTIONS
from security.marks import requires
from security.permissions import Permission
from security.problems import InvalidBody
from security.shapes import asks
from shipments import access

OUTPUT_WORDS = "The kind of file; a PDF unless asked otherwise. Several pictures come as a ZIP."
ZPL_WORDS = f"{OUTPUT_WORDS} `zpl`: commands for a thermal printer, one label a page, so never on A4."
DPI_WORDS = "Dots an inch of the printer that `zpl` is for; it matters to nothing else."
LAYOUT_WORDS = "The paper: the form's own size unless asked otherwise, 100 × 150 mm, or A4."
START_WORDS = "The first free place on a sheet of four labels; it matters to labels on A4 alone."
DOCUMENT_WORDS = "The customs form unless asked otherwise; an invoice is on A4, for items declared as `sale` alone."
ASKED = [
    OpenApiParameter("output", str, description=OUTPUT_WORDS, enum=files.DOCUMENTS),
    OpenApiParameter("layout", str, description=LAYOUT_WORDS, enum=[layout.value for layout in Layout]),
    OpenApiParameter("start", int, description=START_WORDS, enum=list(STARTS)),
]
ASKED_OF_LABEL = [
    OpenApiParameter("output", str, description=ZPL_WORDS, enum=[output.value for output in Output]),
    *ASKED[1:],
    OpenApiParameter("dpi", int, description=DPI_WORDS, enum=list(RESOLUTIONS)),
]
DOCUMENT = OpenApiParameter(
    "document", str, description=DOCUMENT_WORDS, enum=[document.value for document in CustomsDocument]
)
LABEL_ANSWERS = {
    (200, media_type): OpenApiTypes.BINARY
    for media_type in ("application/pdf", "image/png", "application/zip", "application/zpl")
}
ANSWERS = {(200, media_type): OpenApiTypes.BINARY for media_type in ("application/pdf", "image/png", "application/zip")}


def names(parameters: Iterable[OpenApiParameter]) -> list[str]:
    return [parameter.name for parameter in parameters]


class NothingToPrint(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "not_printable"


class WhatWasAsked(DefaultContentNegotiation):
    """The address names the format. `Accept: application/pdf` is no reason to refuse a PDF that no renderer makes."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class Document(APIView):
    content_negotiation_class = WhatWasAsked


class Label(Document):
    @extend_schema(operation_id="shipments_label", parameters=ASKED_OF_LABEL, responses=LABEL_ANSWERS)
    @asks(*names(ASKED_OF_LABEL))
    @requires(Permission.LABEL_PRINT)
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """Return the label of a booked item, with its customs form where one is due."""
        return _document(request, shipment_id, "label", services.render_label, of_label=True)


class CustomsForm(Document):
    @extend_schema(operation_id="shipments_customs", parameters=[DOCUMENT, *ASKED], responses=ANSWERS)
    @asks(*names([DOCUMENT, *ASKED]))
    @requires(Permission.LABEL_PRINT)
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """Return the customs form that is due, CN22 or CN23, alone; or the invoice of goods that were sold."""
        return _document(request, shipment_id, *services.FOR_CUSTOMS[files.customs_document(request.query_params)])


class Receipt(Document):
    @extend_schema(operation_id="shipments_receipt", parameters=ASKED, responses=ANSWERS)
    @asks(*names(ASKED))
    @requires(Permission.LABEL_PRINT)
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """Return the certificate of posting, for the counter to stamp."""
        return _document(request, shipment_id, "receipt", services.render_receipt)


def _document(
    request: Request, shipment_id: str, kind: str, render: services.Renderer, *, of_label: bool = False
) -> HttpResponse:
    shipment = access.get_shipment(shipment_id, to=Permission.LABEL_PRINT)
    try:
        layout, output, start = files.choices(request.query_params, of_label=of_label)
        if of_label:
            render = partial(services.render_label, dpi=files.resolution(request.query_params))
        pages = render(shipment=shipment, layout=layout, output=output, start=start)
    except files.BadChoice as error:
        possible = files.offered(request.query_params, of_label=of_label)
        raise InvalidBody((f"/{name}", "unknown", _choose(possible[name])) for name in error.names) from error
    except services.PersonalDataRemoved as error:
        reason = _("There is nothing to print any more. Its personal data were removed.")
        raise NothingToPrint(reason, code="personal_data_removed") from error
    except services.NotPrintable as error:
        raise NothingToPrint(_("There is no label: this shipment is not booked, or its label has ended.")) from error
    except services.NoCustomsForm as error:
        raise NothingToPrint(_("This item needs no customs declaration."), code="no_customs_form") from error
    except services.NoInvoice as error:
        reason = _("An invoice goes with goods that were sold abroad; this item is not declared as a sale.")
        raise NothingToPrint(reason, code="no_invoice") from error
    return files.as_file(pages, output=output, kind=kind, shipment=shipment)


def _choose(choices: Sequence[str]) -> str:
    return _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)}
