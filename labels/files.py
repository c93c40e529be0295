"""Documents as files: what may be asked for, and how they are named and sent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from django.http import HttpResponse

from labels.documents import STARTS
from labels.model import CustomsDocument, Layout, Output
from labels.zpl import RESOLUTIONS
from shipments.models import Shipment

TYPES = {Output.PDF: "application/pdf", Output.PNG: "image/png", Output.ZPL: "application/zpl"}
DOCUMENTS = [Output.PDF.value, Output.PNG.value]  # what everything but a label comes as

CHOICES = {
    "layout": [layout.value for layout in Layout],
    "output": [output.value for output in Output],
    "start": [str(start) for start in STARTS],
    "document": [document.value for document in CustomsDocument],
    "dpi": [str(dpi) for dpi in RESOLUTIONS],
}


class BadChoice(Exception):
    """A layout, an output, a start position or a document that there is not; `names` says which of them."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(*names)
        self.names = names


def offered(asked: Mapping[str, str], *, of_label: bool) -> dict[str, list[str]]:
    """Return what there is to choose from: ZPL for labels alone, and that not for a sheet of four."""
    if not of_label:
        return CHOICES | {"output": DOCUMENTS}
    if asked.get("output") == Output.ZPL:
        return CHOICES | {"layout": [layout.value for layout in Layout if layout != Layout.A4]}
    return CHOICES


def choices(asked: Mapping[str, str], *, of_label: bool = False) -> tuple[Layout, Output, int]:
    """Read layout, output and start position from the address; `of_label`, which alone comes as ZPL, one a page.

    Raises BadChoice for what there is not, also for a document that there is not (see `customs_document`).
    """
    found = {
        "document": CustomsDocument.DECLARATION.value,
        "layout": Layout.NATIVE.value,
        "output": Output.PDF.value,
        "start": "1",
    }
    found |= {name: asked[name] for name in found if name in asked}
    possible = offered(asked, of_label=of_label)
    if wrong := [name for name, value in found.items() if value not in possible[name]]:
        raise BadChoice(wrong)
    return Layout(found["layout"]), Output(found["output"]), int(found["start"])


def resolution(asked: Mapping[str, str]) -> int:
    """Read for how many dots an inch a label is written as ZPL. Raises BadChoice."""
    dpi = asked.get("dpi", CHOICES["dpi"][0])
    if dpi not in CHOICES["dpi"]:
        raise BadChoice(["dpi"])
    return int(dpi)


def customs_document(asked: Mapping[str, str]) -> CustomsDocument:
    """Read which document for customs is asked for; what there is not is refused by `choices`."""
    is_invoice = asked.get("document") == CustomsDocument.INVOICE
    return CustomsDocument.INVOICE if is_invoice else CustomsDocument.DECLARATION


def as_file(pages: list[bytes], *, output: Output, kind: str, shipment: Shipment | None = None) -> HttpResponse:
    """Answer with one file: the PDF, the picture, or a folder of pictures where there are several pages.

    It is named by the item number or the opaque id, never by a person; what is of many items by its kind alone.
    """
    name = f"{kind}-{shipment.item_number or shipment.pk}" if shipment else kind
    if len(pages) == 1:
        body, content_type, ending = pages[0], TYPES[output], output.value
    else:
        body, content_type, ending = _folder(pages, name, output.value), "application/zip", "zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{ending}"',
        "Cache-Control": "no-store, private",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(body, content_type=content_type, headers=headers)


def _folder(pages: list[bytes], name: str, ending: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as folder:
        for number, page in enumerate(pages, start=1):
            folder.writestr(f"{name}-{number}.{ending}", page)
    return buffer.getvalue()
