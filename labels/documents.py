"""Documents made of the label model: labels, customs forms, invoices, certificates of posting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labels import declaring, drawing, geometry, legends, typesetting, zpl
from labels.geometry import Area, Plan
from labels.model import CustomsForm, LabelData, Layout, Output, Party, Service

MAX_LABELS = 500  # a document; more are several documents, so that no one compilation holds a worker for long
STARTS = range(1, 5)
THERMAL = (100.0, 150.0)
# Forms that stand apart: paper that the same printer holds, else the forms' own sizes.
PAGE_OF_FORM = {Layout.THERMAL: THERMAL, Layout.A4: geometry.A4}
OWN_PAGE_OF_FORM = {CustomsForm.CN22: (105.0, 148.0), CustomsForm.CN23: (210.0, 148.0)}
INVOICE_MARGIN, INVOICE_SIZE = 14.0, 8.0  # on A4, whatever the label's paper: its table is wide
RECEIPT_PARTY = Area(0, 0, 57, 42)


class TooMany(Exception):
    """More items than one document may hold."""


def labels(items: Sequence[LabelData], *, layout: Layout, output: Output, start: int = 1) -> list[bytes]:
    """Return one PDF, or one PNG a page, with the labels of all items and the customs forms that stand apart.

    `start` is the first place used on an A4 sheet, 1 to 4; other layouts have one place. Raises TooMany.
    """
    if len(items) > MAX_LABELS:
        raise TooMany(len(items))
    plans: dict[Plan, int] = {}
    data = {
        "title": _title("Label 郵件標籤", items),
        "layout": str(layout),
        "start": start if layout == Layout.A4 and start in STARTS else 1,
        "legends": legends.as_data(),
        "items": [_label(item, layout, plans, key=f"item-{place}") for place, item in enumerate(items)],
        "plans": [plan.as_data() for plan in plans],
    }
    return typesetting.compile_document("label.typ", data, output)


def thermal(item: LabelData, *, layout: Layout, dpi: int = typesetting.THERMAL_DPI) -> bytes:
    """Return a label as commands for a thermal printer (ZPL), and the customs form that stands apart as more pages.

    One a page: there is no sheet of four. `dpi` is one of `zpl.RESOLUTIONS`.
    """
    plans: dict[Plan, int] = {}
    drawn = _label(item, layout, plans, key="item-0")
    plan = next(iter(plans))
    left, fields = zpl.split(drawn, plan)
    data = {
        "title": _title("Label 郵件標籤", [item]),
        "legends": legends.as_data(),
        "item": left,
        "plan": plan.as_data(),
    }
    first, *more = typesetting.compile_document("thermal.typ", data, Output.PNG, dpi=dpi)
    pages = [
        zpl.page(first, dpi=dpi, fields=fields, number=item.item_number or "", box=plan.number),
        *(zpl.page(picture, dpi=dpi) for picture in more),
    ]
    return "".join(pages).encode("ascii")


def customs_forms(items: Sequence[LabelData], *, layout: Layout, output: Output) -> list[bytes]:
    """Return the customs forms alone, each on pages of its own; items which need none are left out."""
    wanted = [
        drawing.facts(item) | _apart(item, drawing.customs(item.customs), layout, key=f"item-{place}", before=0)
        for place, item in enumerate(items)
        if item.customs
    ]
    data = {"title": _title("Customs declaration 報關單", items), "legends": legends.as_data(), "items": wanted}
    return typesetting.compile_document("customs.typ", data, output)


def receipt(item: LabelData, *, output: Output) -> list[bytes]:
    """Return the certificate of posting, for the counter to stamp."""
    drawn = drawing.receipt(item, RECEIPT_PARTY, RECEIPT_PARTY)
    data = {"title": _title("Certificate of posting 投寄證明書", [item]), "item": drawn}
    return typesetting.compile_document("receipt.typ", data, output)


def invoice(item: LabelData, *, output: Output) -> list[bytes]:
    """Return the commercial invoice of an item with a declaration, on as many pages as its lines take."""
    if item.customs is None:
        raise ValueError("An invoice is made of a declaration's lines.")
    declared = drawing.customs(item.customs)
    lines = drawing.invoice_lines(item.customs)
    totals = {
        "quantity": str(sum(line.quantity for line in item.customs.lines)),
        "weight": declared["weight"],
    }
    paper, margin = geometry.A4, INVOICE_MARGIN
    width = paper[0] - 2 * margin
    table = declaring.invoice_table(lines, totals, declared["values"], width=width, size=INVOICE_SIZE)
    drawn = drawing.facts(item) | {
        "customs": declared,
        "page": (*paper, margin),
        "parties": {"sender": drawing.party(item.sender), "recipient": drawing.party(item.recipient)},
        "lines": lines,
        "totals": totals,
        "table": table.as_data(),
    }
    data = {"title": _title("Commercial invoice 商業發票", [item]), "legends": legends.for_invoice(), "item": drawn}
    return typesetting.compile_document("invoice.typ", data, output)


def _title(name: str, items: Sequence[LabelData]) -> str:
    if len(items) == 1 and items[0].item_number:
        return f"{name} {items[0].item_number}"
    return name


def cut_addresses(service: Service, *, sender: Party, recipient: Party, has_customs: bool) -> set[str]:
    """Return which of "sender" and "recipient" some layout of the label has no room for in full."""
    cut = set()
    for layout in Layout:
        plan = geometry.plan(*frame(service, layout), barcode=True, customs=has_customs)
        if drawing.address_of_sender(sender, plan)["cut"]:
            cut.add("sender")
        if drawing.address_of_recipient(recipient, plan)["cut"]:
            cut.add("recipient")
    return cut


def frame(service: Service, layout: Layout) -> tuple[float, float]:
    """Return the size of a label's frame in millimetres, within its page's margins."""
    if layout == Layout.A4:
        return geometry.QUARTER
    width, height = THERMAL if layout == Layout.THERMAL else (service.width_mm, service.height_mm)
    return width - 2 * geometry.MARGIN, height - 2 * geometry.MARGIN


def _label(item: LabelData, layout: Layout, plans: dict[Plan, int], *, key: str) -> dict[str, Any]:
    """Draw one item's label, and its customs form where that stands apart; `plans` gathers the boxes that are used.

    `key` names the item's pages within the document.
    """
    width, height = frame(item.service, layout)
    declared = drawing.customs(item.customs) if item.customs else None
    plan = geometry.plan(width, height, barcode=bool(item.item_number), customs=False)
    form: dict[str, Any] = {"customs": None, "cn22": None, "key": ""}
    if declared:
        roomy = geometry.plan(width, height, barcode=bool(item.item_number), customs=True)
        small = declaring.cn22(declared, roomy.customs) if roomy.customs and declared["form"] == "CN22" else None
        plan = roomy if small else plan
        form |= {"customs": declared, "cn22": small}
        form |= {} if small else _apart(item, declared, layout, key=key, before=1)
    return drawing.label(item, plan) | form | {"plan": plans.setdefault(plan, len(plans))}


def _apart(item: LabelData, declared: dict[str, Any], layout: Layout, *, key: str, before: int) -> dict[str, Any]:
    """Return what a customs form on pages of its own needs; `before` so many pages stand before it, and are counted."""
    form = CustomsForm(declared["form"])
    width, height = PAGE_OF_FORM.get(layout) or OWN_PAGE_OF_FORM[form]
    margin = 3.5 if width < 150 else 8.0
    size = 7.0 if form == CustomsForm.CN22 else 6.0 if width < 150 else 7.5
    return {
        "key": key,
        "pages-before": before,
        "customs": declared | {"page": (width, height, margin)},
        "parties": {"sender": drawing.party(item.sender), "recipient": drawing.party(item.recipient)},
        "table": declaring.table(declared, width=width - 2 * margin, size=size).as_data(),
        "ticks": declaring.ticks(6.0),
    }
