"""A label as the plain data that the Typst templates read: text is text there, never markup."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from labels import barcodes
from labels.model import Customs, LabelData, Party, human_number
from labels.wording import drawable, longest_words


def label(data: LabelData) -> dict[str, Any]:
    """Return one label's strings, formatted as they are drawn."""
    service = data.service
    return {
        "service": {
            "code": service.code,
            "en": service.name_en,
            "zh": service.name_zh,
            "mark": service.mark,
            "by_en": service.by_en,
            "by_zh": service.by_zh,
            "width": service.width_mm,
            "height": service.height_mm,
        },
        "number": human_number(data.item_number) if data.item_number else "",
        "barcode": _barcode(data.item_number) if data.item_number else None,
        "sender": _party(data.sender),
        "recipient": _party(data.recipient),
        "postage": f"HK${money(data.postage_hkd)}",
        "weight": f"{kilograms(data.weight_g)} kg",
        "booked": data.booked_on.isoformat(),
        "valid": data.valid_until.isoformat(),
        "reference": drawable(data.reference),
        "page": f"{data.page}/{data.pages}",
        "customs": _customs(data.customs) if data.customs else None,
        "documents": data.contents_are_documents,
    }


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def kilograms(weight_g: int) -> str:
    return f"{Decimal(weight_g) / 1000:.3f}"


def _barcode(item_number: str) -> dict[str, Any]:
    drawing = barcodes.code128(item_number)
    return {"svg": drawing.svg, "modules": drawing.modules, "text": item_number}


def _party(party: Party) -> dict[str, Any]:
    lines, local = [drawable(line) for line in party.lines], [drawable(line) for line in party.local_lines]
    return {
        "lines": lines,
        "country": drawable(party.country),
        "code": party.country_code,
        "local": local,
        "words": longest_words([*lines, *local, party.country]),
        "phone": drawable(party.phone),
        "email": drawable(party.email),
    }


def _customs(customs: Customs) -> dict[str, Any]:
    return {
        "form": str(customs.form),
        "category": str(customs.category),
        "words": drawable(customs.category_words),
        "lines": [
            {
                "description": drawable(line.description),
                "quantity": str(line.quantity),
                "weight": kilograms(line.weight_g),
                "value": f"{line.currency} {money(line.value)}",
                "hs": drawable(line.hs_code),
                "origin": line.origin,
            }
            for line in customs.lines
        ],
        "weight": kilograms(customs.weight_g),
        "values": [f"{currency} {money(value)}" for currency, value in customs.totals.items()],
        "non_delivery": str(customs.non_delivery),
        "importer": drawable(customs.importer_reference),
        "licence": drawable(customs.licence_number),
        "certificate": drawable(customs.certificate_number),
        "invoice": drawable(customs.invoice_number),
    }
