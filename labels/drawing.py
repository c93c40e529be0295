"""A label as the plain data that the Typst templates read: text is text there, never markup, and fits already."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from labels import barcodes
from labels.fitting import MM, Column, Fitted, fit, wrapped
from labels.geometry import COLUMN_GAP, Area, Plan
from labels.metrics import MAINLAND, widths
from labels.model import Customs, LabelData, Party, human_number
from labels.wording import drawable

TO_SIZES, SENDER_SIZES, RECEIPT_SIZES = (16.0, 5.0), (8.5, 4.5), (9.0, 5.0)
LEGIBLE = 6.0  # points: smaller print is a last resort
NAMED = 3  # name, company and the first line of an address keep a line of their own
COUNTRY_SCALE = 1.12  # the country's capitals on a recipient's address, to its lines
NOTE = 2.3  # mm for the line which says that an address was cut
NUMBER_SIZE, NUMBER_TRACKING = 12.5, 0.4
FOOT_SIZE, FOOT_RIGHT = 6.0, 40.0


def label(data: LabelData, plan: Plan) -> dict[str, Any]:
    """Return one label's strings, formatted as they are drawn and broken into lines where they stand in boxes."""
    drawn, service = facts(data), data.service
    room = (plan.foot.width - FOOT_RIGHT) * MM / FOOT_SIZE
    drawn |= {
        "to": address_of_recipient(data.recipient, plan),
        "sender": address_of_sender(data.sender, plan),
        "number-at": _centred(drawn["number"], plan.number),
        "page-at": plan.foot.x + plan.foot.width - 1.6 - _page_width(service.code),
        "ref": _first_line(f"Ref 參考 {drawn['reference']}", room) if drawn["reference"] else "",
    }
    return drawn


def address_of_recipient(party: Party, plan: Plan) -> dict[str, Any]:
    below = 3.4 if drawable(party.phone) else 0
    return address(party, plan.to.inside(2, top=3.2, bottom=below), TO_SIZES, bold=True)


def address_of_sender(party: Party, plan: Plan) -> dict[str, Any]:
    return address(party, plan.sender.inside(1.6, top=2.9), SENDER_SIZES)


def _centred(number: str, area: Area) -> float:
    """Return where a number begins that stands in the middle of its box, in millimetres."""
    width = (widths(bold=True).of(number) * NUMBER_SIZE + len(number) * NUMBER_TRACKING) / MM
    return area.x + (area.width - width) / 2


def _page_width(code: str) -> float:
    return widths().of(f"ECShip {code} Page 頁 1/9") * FOOT_SIZE / MM  # of ten and more the last figure stands beyond


def _first_line(text: str, room: float) -> str:
    first, *more = wrapped(text, widths(), room) or [""]
    return f"{first} …" if more else first


def facts(data: LabelData) -> dict[str, Any]:
    """Return what every document says of an item, without its addresses."""
    service = data.service
    return {
        "service": {
            "code": service.code,
            "en": service.name_en,
            "zh": service.name_zh,
            "mark": service.mark,
            "by_en": service.by_en,
            "by_zh": service.by_zh,
        },
        "number": human_number(data.item_number) if data.item_number else "",
        "barcode": _barcode(data.item_number) if data.item_number else None,
        "phone": drawable(data.recipient.phone),
        "postage": f"HK${money(data.postage_hkd)}",
        "weight": f"{kilograms(data.weight_g)} kg",
        "booked": data.booked_on.isoformat(),
        "valid": data.valid_until.isoformat(),
        "reference": drawable(data.reference),
        "documents": data.contents_are_documents,
        "format": {"en": data.format_en, "zh": data.format_zh},
    }


def receipt(data: LabelData, sender: Area, recipient: Area) -> dict[str, Any]:
    """Return what a certificate of posting says."""
    return facts(data) | {
        "sender": address(data.sender, sender, RECEIPT_SIZES),
        "to": address(data.recipient, recipient, RECEIPT_SIZES),
    }


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def kilograms(weight_g: int) -> str:
    return f"{weight_g // 1000}.{weight_g % 1000:03}"


def _barcode(item_number: str) -> dict[str, Any]:
    drawing = barcodes.code128(item_number)
    return {"svg": drawing.svg, "modules": drawing.modules, "text": item_number}


def address(party: Party, area: Area, sizes: tuple[float, float], *, bold: bool = False) -> dict[str, Any]:
    """Return an address as large as its box allows, in lines.

    The local script stands beside the Latin letters where there is both; in Hong Kong it comes first.
    """
    latin, local = _drawable(party.lines), _drawable(party.local_lines)
    country = _drawable([party.country] if party.country else [])
    known, closing = widths(bold=bold), widths(bold=True)
    scale = COUNTRY_SCALE if bold else 1.0
    own = widths(bold=bold, mainland=party.country_code == MAINLAND)
    if not local:
        columns, scripts = [Column(latin, known, country, closing, scale)], [""]
    elif not latin:
        columns, scripts = [Column(local, own, country, closing, scale)], [party.country_code]
    else:
        columns = [Column(latin, known, country, closing, scale), Column(local, own)]
        scripts = ["", party.country_code]
    if party.country_code == "HK":
        columns.reverse()
        scripts.reverse()
    width = area.width if len(columns) == 1 else (area.width - COLUMN_GAP) / 2

    def fitted_as(columns: list[Column]) -> Fitted:
        return fit(columns, width=width, height=area.height, largest=sizes[0], smallest=sizes[1], note=NOTE)

    fitted = fitted_as(columns)
    if fitted.cut or fitted.size < LEGIBLE:
        # Places on one line (“Mong Kok, Kowloon”) are better than small print, and than a place left out.
        room = width * MM / LEGIBLE
        joined = fitted_as(
            [
                column if script else _with_places_joined(column, room)
                for column, script in zip(columns, scripts, strict=True)
            ]
        )
        fitted = max(fitted, joined, key=lambda one: (not one.cut, one.size))
    return _as_data(fitted, scripts, area, width, scale, bold=bold)


def _with_places_joined(column: Column, room: float) -> Column:
    """Return a column whose lower lines share a line where they fit into `room` em; the first ones stay as they are."""
    kept, places = list(column.lines[:NAMED]), list(column.lines[NAMED:])
    while len(places) > 1 and column.widths.of(f"{places[-2]}, {places[-1]}") <= room:
        places[-2:] = [f"{places[-2]}, {places[-1]}"]
    return replace(column, lines=[*kept, *places])


def _as_data(
    fitted: Fitted, scripts: list[str], area: Area, width: float, scale: float, *, bold: bool
) -> dict[str, Any]:
    return {
        "area": list(area),
        "size": fitted.size,
        "scale": scale,
        "weight": "bold" if bold else "regular",
        "step": width + COLUMN_GAP,
        "columns": [
            {"script": script, "lines": "\n".join(lines), "last": "\n".join(last)}
            for script, (lines, last) in zip(scripts, fitted.columns, strict=True)
        ],
        "cut": fitted.cut,
    }


def _drawable(lines: Any) -> list[str]:
    return [drawable(line) for line in lines]


def party(party: Party) -> dict[str, Any]:
    """Return an address in full, for a form whose pages grow with it."""
    return {
        "lines": _drawable(party.lines),
        "country": drawable(party.country),
        "code": party.country_code,
        "local": _drawable(party.local_lines),
        "phone": drawable(party.phone),
        "email": drawable(party.email),
    }


def customs(customs: Customs) -> dict[str, Any]:
    return {
        "form": str(customs.form),
        "category": str(customs.category),
        "words": drawable(customs.category_words),
        "lines": customs_lines(customs),
        "weight": kilograms(customs.weight_g),
        "values": [f"{currency} {money(value)}" for currency, value in customs.totals.items()],
        "non_delivery": str(customs.non_delivery),
        "importer": drawable(customs.importer_reference),
        "licence": drawable(customs.licence_number),
        "certificate": drawable(customs.certificate_number),
        "invoice": drawable(customs.invoice_number),
    }


def customs_lines(customs: Customs) -> list[dict[str, str]]:
    return [
        {
            "description": drawable(line.description),
            "quantity": str(line.quantity),
            "weight": kilograms(line.weight_g),
            "value": f"{line.currency} {money(line.value)}",
            "hs": drawable(line.hs_code),
            "origin": line.origin,
        }
        for line in customs.lines
    ]


def invoice_lines(customs: Customs) -> list[dict[str, str]]:
    """Return an invoice's lines, each with the value of one piece."""
    return [
        line | {"number": str(place), "unit": f"{declared.currency} {unit_value(declared.value, declared.quantity)}"}
        for place, (declared, line) in enumerate(zip(customs.lines, customs_lines(customs), strict=True), start=1)
    ]


def unit_value(value: Decimal, quantity: int) -> str:
    """Return what one piece is worth: in cents where that is exact, else with four decimals, rounded."""
    unit = value / quantity
    return money(unit) if unit == round(unit, 2) else f"{unit:,.4f}"
