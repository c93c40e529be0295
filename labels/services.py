"""From a shipment to its documents. Whoever calls has fetched the shipment through its door."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from addressbook.addresses import format_address
from labels import documents, products
from labels.model import (
    Category,
    Customs,
    CustomsDocument,
    CustomsForm,
    CustomsLine,
    LabelData,
    Layout,
    NonDelivery,
    Output,
    Party,
)
from labels.typesetting import THERMAL_DPI
from security import egress, trail
from security.detection import observing
from shipments import customs as rules
from shipments import declarations, parties
from shipments.models import Batch, Contents, Shipment, Status

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
HAVE_NONE = (Status.DRAFT, Status.CANCELLED, Status.EXPIRED)
MOST_AT_ONCE = 100  # labels in the one file of a request: a second or two of a processor
KnownRates = dict[date, rules.Rates]


class Renderer(Protocol):
    """How every document of one shipment is asked for; `start` matters to labels on A4 alone."""

    def __call__(self, *, shipment: Shipment, layout: Layout, output: Output, start: int) -> list[bytes]: ...


class NotPrintable(Exception):
    """A draft, a cancelled and an expired shipment have no label."""


class PersonalDataRemoved(NotPrintable):
    """The names and addresses were removed, because the shipment ended long ago."""


class NoCustomsForm(Exception):
    """No customs declaration is due for this item."""


class NoInvoice(Exception):
    """Nothing was declared as sold, so there is no invoice."""


def render_label(
    *, shipment: Shipment, layout: Layout, output: Output, start: int = 1, dpi: int = THERMAL_DPI
) -> list[bytes]:
    """Return the label as one PDF, one PNG a page or one file of ZPL, and record that it was printed.

    `dpi` matters to ZPL alone. Raises NotPrintable.
    """
    if output == Output.ZPL:
        return _released([documents.thermal(label_data(shipment), layout=layout, dpi=dpi)], [shipment])
    return render_labels(shipments=[shipment], layout=layout, output=output, start=start)


def render_labels(*, shipments: Sequence[Shipment], layout: Layout, output: Output, start: int = 1) -> list[bytes]:
    """Return the labels of many items in one document. Raises NotPrintable, or TooMany above documents.MAX_LABELS."""
    rates: KnownRates = {}
    items = [label_data(item, rates) for item in shipments]
    with observing.declared("print", len(shipments)) if len(shipments) > 1 else nullcontext():
        return _released(documents.labels(items, layout=layout, output=output, start=start), shipments)


def printable_of(batch: Batch) -> QuerySet[Shipment]:
    """Return the items of a batch that have a label, in the order of its list."""
    items = Shipment.objects.filter(batch=batch, cleared_at=None).exclude(status__in=HAVE_NONE)
    return items.order_by("-created_at", "pk")


def render_customs(*, shipment: Shipment, layout: Layout, output: Output, start: int = 1) -> list[bytes]:
    """Return the customs form alone. Raises NotPrintable, or NoCustomsForm where none is due."""
    data = label_data(shipment)
    if data.customs is None:
        raise NoCustomsForm
    return _released(documents.customs_forms([data], layout=layout, output=output), [shipment])


def render_invoice(*, shipment: Shipment, layout: Layout, output: Output, start: int = 1) -> list[bytes]:
    """Return the commercial invoice, on A4. Raises NotPrintable, or NoInvoice for what is not declared as a sale."""
    data = label_data(shipment)
    if data.customs is None or data.customs.category != Category.SALE:
        raise NoInvoice
    return _released(documents.invoice(data, output=output), [shipment])


def render_receipt(*, shipment: Shipment, layout: Layout, output: Output, start: int = 1) -> list[bytes]:
    """Return the certificate of posting, for the counter to stamp. Raises NotPrintable."""
    return _released(documents.receipt(label_data(shipment), output=output), [shipment])


FOR_CUSTOMS: dict[CustomsDocument, tuple[str, Renderer]] = {
    CustomsDocument.DECLARATION: ("customs", render_customs),
    CustomsDocument.INVOICE: ("invoice", render_invoice),
}  # the word that a file's name begins with, and who draws it


def _released(pages: list[bytes], shipments: Sequence[Shipment]) -> list[bytes]:
    """Let a document out: the printing is in the access log, and no foreign row was touched on the way."""
    trail.record(action=trail.Action.PRINT, kind="shipment", ids=[item.pk for item in shipments])
    egress.check()
    return pages


def label_data(shipment: Shipment, rates: KnownRates | None = None) -> LabelData:
    """Return what a booked shipment's label shows; `rates`: what was fetched for others. Raises NotPrintable."""
    if shipment.is_cleared:
        raise PersonalDataRemoved
    if not shipment.may_print or shipment.booked_at is None or shipment.valid_until is None:
        raise NotPrintable
    format_en, format_zh = products.FORMATS.get(shipment.format, ("", ""))
    return LabelData(
        service=products.service_for(shipment.service, shipment.destination),
        item_number=shipment.item_number,
        sender=party(shipment.sender),
        recipient=party(shipment.recipient),
        postage_hkd=shipment.postage_hkd or Decimal(0),
        weight_g=shipment.weight_g or 0,
        booked_on=_hong_kong_day(shipment.booked_at),
        valid_until=shipment.valid_until,
        reference=shipment.reference,
        customs=customs(shipment, on=shipment.booked_at, rates=rates),
        contents_are_documents=shipment.contents == Contents.DOCUMENTS,
        format_en=format_en,
        format_zh=format_zh,
    )


def cut_addresses(shipment: Shipment) -> set[str]:
    """Return which of "sender" and "recipient" will not be printed in full on every layout; of a draft too."""
    if not shipment.service or not shipment.sender or not shipment.recipient:
        return set()
    return documents.cut_addresses(
        products.service_for(shipment.service, shipment.destination),
        sender=party(shipment.sender),
        recipient=party(shipment.recipient),
        has_customs=shipment.contents == Contents.GOODS and not shipment.is_local,
    )


def _hong_kong_day(moment: datetime) -> date:
    return moment.astimezone(HONG_KONG).date()


def party(fields: dict[str, Any]) -> Party:
    """Format a shipment's own copy of an address for its label."""
    details = parties.details(fields)
    *lines, country = format_address(details) or [""]
    return Party(
        lines=tuple(lines),
        country=country,
        country_code=details.country,
        local_lines=tuple(format_address(details, local=True)),
        phone=details.phone,
        email=details.email,
    )


def customs(shipment: Shipment, *, on: datetime, rates: KnownRates | None = None) -> Customs | None:
    """Return the declaration that is due, by the rates of the day on which the item was booked; None where none is.

    `rates`: what was fetched already, which a day more is put into.
    """
    day, known = _hong_kong_day(on), {} if rates is None else rates
    if day not in known:
        known[day] = rules.rates_on(day)
    form = declarations.form_due(shipment, on=day, rates=known[day])
    if form == rules.Form.NONE:
        return None
    return Customs(
        form=CustomsForm(form.value),
        category=Category(shipment.category or Category.OTHER),
        category_words=shipment.category_words,
        lines=tuple(
            CustomsLine(
                line.description, line.quantity, line.weight_g, line.value, line.currency, line.hs_code, line.origin
            )
            for line in declarations.lines_of(shipment.items)
        ),
        non_delivery=NonDelivery(shipment.non_delivery or NonDelivery.RETURN),
        importer_reference=shipment.importer_reference,
        licence_number=shipment.licence_number,
        certificate_number=shipment.certificate_number,
        invoice_number=shipment.invoice_number,
    )
