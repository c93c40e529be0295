"""SoazPosting: Speedpost booked by fields of its own, as an order of `posting` with other names."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from addressbook import countries
from ecship.soap import codes, posting
from ecship.soap.calls import text
from ecship.soap.table import Answer, Kind, offer
from ecship.soap.words import wrong
from security.marks import requires
from security.permissions import Permission
from security.problems import InvalidBody

SERVICE = "SoazPosting"
LINES = range(1, 5)  # of a declaration, and of an address
LATIN_LINE, CHINESE_LINE = 35, 11  # characters of a line of the sender's address
SERVICES = {"": "EMS", "SPT_STD": "EMS"}  # the others of the original have no public tariff
# What a field is called in an order of `posting`.
SAME = {
    "recipientName": "addresseeName", "recipientCompany": "addresseeCompanyName", "recipientCity": "addresseeCity",
    "recipientPostalNo": "addresseePostalCode", "recipientContactNo": "addresseeTelNo",
    "recipientEmail": "addresseeEmail", "senderName": "sendContactName", "senderContactNo": "sendTelNo",
    "senderEmail": "sendEmail", "itemCategoryDesc": "cn23ItemTypeDesc", "impRef": "impRef", "certNumber": "noCert",
    "licenceNumber": "noLicence", "invoiceNumber": "noInv", "insurAmount": "insurAmount",
}  # fmt: skip
TOLD = {
    **SAME, "recipientAddress": "addresseeAddr1", "senderAddress": "sendAddress1", "countryCode": "addresseeCountry",
    "shipCode": "service", "itemCategory": "cn23ItemTypeCode", "products": "item", "refNo": "custOrdRef",
}  # fmt: skip
NUMBERED = {
    "itemDesc": "contentDesc", "itemCtyCode": "productCountry", "itemQty": "productQty",
    "itemHSCode": "productTariffCode", "itemValue": "productValue", "itemWgt": "productWeight",
}  # fmt: skip
ASKED: dict[str, Kind] = {
    **dict.fromkeys(SAME.values(), "string"),
    **{f"{name}{line}": "string" for name in ("addresseeAddr", "sendAddress", *NUMBERED) for line in LINES},
    **dict.fromkeys(
        (
            "addresseeCountry", "addresseeFaxNo", "cn23Flag", "cn23ItemTypeCode", "comment", "custOrdRef", "impEmail",
            "impFaxNo", "impTelNo", "insurTypeCode", "itemCurrCode1", "itemTypeCode", "noCertInv", "otherFee",
            "postalChrg", "reqURL", "sendAddrTypeCode", "sendCustRef", "sendFaxNo", "service",
        ),
        "string",
    ),
}  # fmt: skip


@offer(SERVICE, "createSoazOrder", "api30Req", asks=ASKED, gives={"itemNo": "string"}, changes=True)
@requires(Permission.SHIPMENT_BOOK)
def create_soaz_order(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Book a Speedpost item."""
    try:
        made = posting.create_order(request, _order(fields))
    except InvalidBody as error:
        raise _in_their_fields(error) from error
    return {"itemNo": made["itemNo"], "orderNo": made["orderNo"]}  # the latter for the kept answer's door alone


@offer(
    SERVICE,
    "getSoazAddressPack",
    "api31Req",
    asks=dict.fromkeys(("itemNo", "printMode", "cn22NoOfCopy", "cn23NoOfCopy", "createDate", "signature"), "string"),
    gives={"COP": "base64Binary"},
    references=("itemNo",),
)
@requires(Permission.LABEL_PRINT)
def get_soaz_address_pack(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Print the label of an item, with its customs form where one is due."""
    pack = posting.get_address_pack(request, {"itemNo": text(fields, "itemNo"), "printMode": "A"})
    return {"COP": pack["ap"]}


def _order(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the same as an order of `posting`. Raises InvalidBody."""
    code = SERVICES.get(text(fields, "service").upper())
    if code is None:
        raise wrong("service", _("This service is not offered to this place."), "not_available")
    return {
        **{name: text(fields, theirs) for name, theirs in SAME.items()},
        "shipCode": code,
        "countryCode": _country(text(fields, "addresseeCountry")),
        "recipientAddress": _address(fields, "addresseeAddr"),
        "senderAddress": _sender_address(fields),
        "itemCategory": text(fields, "cn23ItemTypeCode") or text(fields, "itemTypeCode"),
        "refNo": text(fields, "custOrdRef") or text(fields, "sendCustRef"),
        "products": [row for line in LINES if any((row := _line(fields, line)).values())],
    }


def _country(sent: str) -> str:
    """Return a country's code of the original's, of such a code, of ISO's or of an English name."""
    if codes.place_of(sent) is not None:
        return sent
    iso = sent.upper() if sent.upper() in countries.codes() else _by_name().get(sent.casefold(), "")
    return "HKG" if iso == "HK" else f"{iso}A" if iso else sent


def _by_name() -> dict[str, str]:
    return {countries.name(code).casefold(): code for code in countries.codes()}


def _address(fields: dict[str, Any], name: str) -> str:
    return "\n".join(line for number in LINES if (line := text(fields, f"{name}{number}")))


def _sender_address(fields: dict[str, Any]) -> str:
    for number in LINES:
        line = text(fields, f"sendAddress{number}")
        if len(line) > (LATIN_LINE if line.isascii() else CHINESE_LINE):
            raise wrong(f"sendAddress{number}", _("Use 35 letters at most, or 11 Chinese characters."), "too_long")
    return _address(fields, "sendAddress")


def _line(fields: dict[str, Any], number: int) -> dict[str, str]:
    row = {theirs: text(fields, f"{name}{number}") for name, theirs in NUMBERED.items()}
    return {**row, "currencyCode": text(fields, "itemCurrCode1")} if any(row.values()) else {}


def _in_their_fields(error: InvalidBody) -> InvalidBody:
    """Return a refusal with the names of the fields that were sent here."""
    return InvalidBody(
        (f"/{theirs}", one["code"], one["detail"].replace(field, theirs, 1))
        for one in error.errors
        for field in (one["pointer"].strip("/").split(" ")[0],)
        for theirs in (TOLD.get(field, field),)
    )
