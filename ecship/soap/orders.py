"""An order of the original's as a draft of ours, and back: fields by fields, with every rule left to the services.

What is made of the fields goes through the API's own shape (`AskedShipment`), so that lengths, codes and numbers are
checked in one place; where it refuses, the refusal names the field that was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import exceptions

from addressbook import countries
from addressbook.details import LENGTHS, MAX_LINES
from addressbook.paste import parse
from ecship.soap import codes
from ecship.soap.calculator import grams, no_insurance, route_of, shape_of
from ecship.soap.calls import rows, text
from ecship.soap.words import wrong
from security.problems import InvalidBody, errors_of
from security.shapes import checked
from shipments import parties
from shipments.api_shapes import AskedShipment, kilograms
from shipments.catalogue import PACKET
from shipments.customs import Category
from shipments.models import Contents, Shipment

HERE = {"", "HK", "HKG", "HONG KONG", "HONGKONG", "HONG KONG SAR", "香港"}
CATEGORIES = {
    "": "", "D": Category.DOCUMENTS, "G": Category.GIFT, "M": Category.SALE, "S": Category.SAMPLE,
    "R": Category.RETURNED, "O": Category.OTHER, **{name.upper(): name for name in Category.values},
}  # fmt: skip
CATEGORY_CODES = {
    Category.DOCUMENTS: "D", Category.GIFT: "G", Category.SALE: "M", Category.SAMPLE: "S", Category.RETURNED: "R",
    Category.OTHER: "O",
}  # fmt: skip
NON_DELIVERY = {"": "return", "R": "return", "RETURN": "return", "A": "abandon", "ABANDON": "abandon"}
# Where what the API calls so was sent; the longest comes first.
FIELD_OF = (
    ("/sender/phone", "senderContactNo"), ("/sender/email", "senderEmail"), ("/sender/name", "senderName"),
    ("/sender", "senderAddress"), ("/recipient/phone", "recipientContactNo"), ("/recipient/email", "recipientEmail"),
    ("/recipient/name", "recipientName"),
    ("/recipient/company", "recipientCompany"), ("/recipient/city", "recipientCity"),
    ("/recipient/postcode", "recipientPostalNo"), ("/recipient", "recipientAddress"), ("/items", "products"),
    ("/service", "shipCode"), ("/destination", "countryCode"), ("/zone", "countryCode"), ("/weight_kg", "products"),
    ("/category_words", "itemCategoryDesc"), ("/category", "itemCategory"), ("/contents", "itemCategory"),
    ("/reference", "refNo"), ("/importer_reference", "impRef"), ("/licence_number", "licenceNumber"),
    ("/certificate_number", "certNumber"), ("/invoice_number", "invoiceNumber"),
)  # fmt: skip


def values_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what an order says, as the API's shape understands it. Raises InvalidBody."""
    place, service = route_of(fields)
    no_insurance(text(fields, "insurAmount"), "insurAmount")
    if text(fields, "itemNo"):
        raise wrong("itemNo", _("Item numbers are given out here. Send none."))
    shape, contents = shape_of(fields)
    category = _coded(fields, "itemCategory", CATEGORIES)
    if category == Category.DOCUMENTS:
        contents = Contents.DOCUMENTS
    lines, weight_g = _products(fields)
    asked: dict[str, Any] = {
        "service": service, "destination": place.destination, "zone": place.zone, "format": shape,
        "contents": contents, "weight_kg": kilograms(weight_g),
        "sender": _sender(fields), "recipient": _recipient(fields, place),
        "non_delivery": _coded(fields, "nonDeliveryOptions", NON_DELIVERY),
        "reference": text(fields, "refNo") or text(fields, "senderCustRef"),
        "importer_reference": text(fields, "impRef"), "licence_number": text(fields, "licenceNumber"),
        "certificate_number": text(fields, "certNumber"), "invoice_number": text(fields, "invoiceNumber"),
    }  # fmt: skip
    if contents == Contents.GOODS:
        asked |= {"category": category, "category_words": text(fields, "itemCategoryDesc"), "items": lines}
    try:
        return checked(AskedShipment, asked)
    except exceptions.ValidationError as error:
        raise in_their_fields(InvalidBody(errors_of(error))) from error
    except InvalidBody as error:
        raise in_their_fields(error) from error


def in_their_fields(error: InvalidBody) -> InvalidBody:
    """Return a refusal of the API's with the names of the fields that were sent."""
    return InvalidBody(_renamed(error))


def _renamed(error: InvalidBody) -> Iterator[tuple[str, str, str]]:
    for one in error.errors:
        pointer = one["pointer"]
        field = next((name for start, name in FIELD_OF if pointer.startswith(start)), pointer.strip("/"))
        number = re.search(r"/items/(\d+)", pointer)
        where = f"{field} {int(number[1]) + 1}" if number else field
        yield f"/{field}", one["code"], f"{where}: {one['detail']}"


def _coded(fields: dict[str, Any], name: str, known: dict[str, Any]) -> str:
    found = known.get(text(fields, name).upper())
    if found is None:
        raise wrong(name, _("This code is not known here."), "unknown")
    return str(found)


def _products(fields: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Return the lines of a declaration, and what they weigh together in grams: an order has no other weight."""
    lines, weight_g = [], 0
    for number, row in enumerate(rows(fields, "products"), start=1):
        line_g = grams(text(row, "productWeight"), f"products {number} productWeight")
        weight_g += line_g
        lines.append(
            {
                "description": text(row, "contentDesc"),
                "quantity": _whole(text(row, "productQty")),
                "weight_kg": kilograms(line_g),
                "value": _amount(text(row, "productValue")),
                "currency": text(row, "currencyCode") or "HKD",
                "hs_code": text(row, "productTariffCode").removesuffix(".0"),  # some type it as a float
                "origin": _country(text(row, "productCountry")),
            }
        )
    if not lines:
        raise wrong("products", _("Send one line at least, with its weight in kilograms."), "required")
    return lines, weight_g


def _whole(number: str) -> int | str:
    plain = number.removesuffix(".0")
    return int(plain) if re.fullmatch(r"[0-9]{1,6}", plain) else number


def _amount(number: str) -> str:
    """Return a sum with two places where it has fewer, or what was sent: the shape refuses it."""
    return f"{Decimal(number):.2f}" if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2}0{0,8})?", number) else number


def _country(code: str) -> str:
    place = codes.place_of(code)
    return place.country if place is not None else code


def _sender(fields: dict[str, Any]) -> dict[str, Any]:
    if text(fields, "senderCountry").upper() not in HERE:
        raise wrong("senderCountry", _("Enter a return address in Hong Kong."))
    reach = {"phone": _phone(fields, "sender"), "email": text(fields, "senderEmail")}
    return _party(text(fields, "senderName"), text(fields, "senderAddress"), parties.HONG_KONG, reach)


def _recipient(fields: dict[str, Any], place: codes.Place) -> dict[str, Any]:
    given = {
        "phone": _phone(fields, "recipient"), "email": text(fields, "recipientEmail"),
        "city": text(fields, "recipientCity"), "postcode": text(fields, "recipientPostalNo"),
        "company": text(fields, "recipientCompany"),
    }  # fmt: skip
    return _party(text(fields, "recipientName"), text(fields, "recipientAddress"), place.country, given)


def _phone(fields: dict[str, Any], whose: str) -> str:
    area, number = text(fields, f"{whose}ContactNoAreaCode").lstrip("+"), text(fields, f"{whose}ContactNo")
    return f"+{area} {number}" if area and number and not number.startswith("+") else number


def _party(name: str, blob: str, country: str, given: dict[str, str]) -> dict[str, Any]:
    """Make fields of an address that came in one piece.

    Its lines stay as they are; the parser of pasted addresses says only what has a field of its own and was not sent:
    district, town, state, postcode.
    """
    parts = [name, blob, given.get("city", ""), given.get("postcode", ""), countries.name(country)]
    found = parse("\n".join(part for part in parts if part), country=country).details
    party: dict[str, Any] = {"name": name, "country": country, **given}
    for part in ("district", "city", "state", "postcode"):
        party[part] = party.get(part) or getattr(found, part)
    if found.local_lines and not found.lines:
        return {**party, "local_name": name, "local_lines": found.local_lines}
    return {**party, "lines": _lines(blob, party)}


def _lines(blob: str, party: dict[str, Any]) -> list[str]:
    """Return the lines of an address, cut at commas where they are too many or too long, without what has a field."""
    lines = [line.strip() for line in blob.replace("\r", "\n").split("\n") if line.strip()]
    if len(lines) == 1 or any(len(line) > LENGTHS["lines"] for line in lines):
        lines = _joined([part.strip() for line in lines for part in line.split(",") if part.strip()])
    named = {str(party.get(name, "")).casefold() for name in ("district", "city", "state", "postcode")}
    named.add(countries.name(party["country"]).casefold())
    return [line for line in lines if line.casefold() not in named]


def _joined(parts: list[str]) -> list[str]:
    """Return the parts of an address in as many lines as an address has."""
    lines = parts
    while len(lines) > MAX_LINES:
        shortest = min(range(len(lines) - 1), key=lambda place: len(lines[place]) + len(lines[place + 1]))
        lines = [*lines[:shortest], f"{lines[shortest]}, {lines[shortest + 1]}", *lines[shortest + 2 :]]
    return lines


# And back ------------------------------------------------------------------------------------------------------


def shown(shipment: Shipment) -> dict[str, Any]:
    """Return an order as it is read back."""
    sender, recipient = shipment.sender, shipment.recipient
    return {
        "orderNo": str(shipment.pk), "itemNo": shipment.item_number or "", "orderStatus": shipment.status,
        "countryCode": codes.code_of(
            recipient.get("country", ""), destination=shipment.destination, zone=shipment.zone
        ),
        "shipCode": shipment.service, "mailSize": {"small_letter": "P", "large_letter": "G", PACKET: "E"}.get(
            shipment.format, ""
        ),
        "refNo": shipment.reference, "itemCategory": CATEGORY_CODES.get(Category(shipment.category), "")
        if shipment.category else "",
        "itemCategoryDesc": shipment.category_words,
        "nonDeliveryOptions": "A" if shipment.non_delivery == "abandon" else "R",
        "impRef": shipment.importer_reference, "licenceNumber": shipment.licence_number,
        "certNumber": shipment.certificate_number, "invoiceNumber": shipment.invoice_number,
        "senderName": sender.get("name", ""), "senderAddress": _blob(sender), "senderCountry": "Hong Kong",
        "senderContactNo": sender.get("phone", ""), "senderEmail": sender.get("email", ""),
        "recipientName": recipient.get("name", ""), "recipientAddress": _blob(recipient),
        "recipientCity": recipient.get("city", ""), "recipientPostalNo": recipient.get("postcode", ""),
        "recipientContactNo": recipient.get("phone", ""), "recipientEmail": recipient.get("email", ""),
        "weight": kilograms(shipment.weight_g), "products": [_product(line) for line in shipment.items],
        "totalPostage": None if shipment.postage_hkd is None else f"{shipment.postage_hkd:.2f}",
    }  # fmt: skip


def _blob(party: dict[str, Any]) -> str:
    """Return an address in one piece."""
    return "\n".join([*party.get("lines", []), *party.get("local_lines", []), party.get("district", "")]).strip()


def _product(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "contentDesc": line["description"], "currencyCode": line["currency"],
        "productCountry": f"{line['origin']}A" if line.get("origin") else "", "productQty": line["quantity"],
        "productTariffCode": line.get("hs_code", ""), "productValue": line["value"],
        "productWeight": kilograms(line["weight_g"]),
    }  # fmt: skip
