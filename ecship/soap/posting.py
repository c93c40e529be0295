"""Posting: orders made, called off and read back, and what is printed for them, on the services of pages and API."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from ecship.soap import orders
from ecship.soap.calls import text, texts
from ecship.soap.table import Answer, Kind, Many, offer
from ecship.soap.words import wrong
from labels import services as labels
from labels.model import Layout, Output
from security import idempotency, live
from security.marks import requires
from security.permissions import Permission
from security.problems import Conflict, InvalidBody
from security.refusals import NotFound
from shipments import access, asked, declarations, pricing, searching, services
from shipments.models import Contents, Shipment, Status

SERVICE = "Posting"
MOST_PRINTED = 100  # items of one address pack: they are drawn while somebody waits
LAYOUTS = {"": Layout.NATIVE, "0": Layout.NATIVE, "A": Layout.NATIVE, "2": Layout.A4}
PRODUCT = Many(
    "Product",
    (
        ("contentDesc", "string"), ("currencyCode", "string"), ("productCountry", "string"), ("productQty", "string"),
        ("productTariffCode", "string"), ("productValue", "string"), ("productWeight", "string"),
    ),
)  # fmt: skip
# Read but for nothing: what the original did by them is not offered here.
LEFT_ALONE = (
    "certQty", "declarationComments", "dropAndGoFlag", "impEmail", "impFaxNo", "impTelNo", "insurTypeCode",
    "invoiceQty", "ipostalStation", "mcn", "merchandiserEmail", "noticeMethod", "paidAmt", "payFlag", "permitNo",
    "pickupOffice", "recipientFax", "satchelTypeCode", "senderFax", "smsLang",
)  # fmt: skip
ORDER: dict[str, Kind] = {
    **dict.fromkeys(
        (
            "certNumber", "countryCode", "impRef", "insurAmount", "invoiceNumber", "itemCategory", "itemCategoryDesc",
            "itemNo", "licenceNumber", "mailSize", "mailType", "nonDeliveryOptions", "recipientAddress",
            "recipientCity", "recipientContactNo", "recipientContactNoAreaCode", "recipientEmail", "recipientName",
            "recipientPostalNo", "refNo", "senderAddress", "senderContactNo", "senderContactNoAreaCode",
            "senderCountry", "senderCustRef", "senderEmail", "senderName", "shipCode", *LEFT_ALONE,
        ),
        "string",
    ),
    "products": PRODUCT,
}  # fmt: skip
SHOWN: dict[str, Kind] = {
    **dict.fromkeys(
        (
            "certNumber", "countryCode", "impRef", "invoiceNumber", "itemCategory", "itemCategoryDesc", "itemNo",
            "licenceNumber", "mailSize", "nonDeliveryOptions", "orderNo", "orderStatus", "recipientAddress",
            "recipientCity", "recipientContactNo", "recipientEmail", "recipientName", "recipientPostalNo", "refNo",
            "senderAddress", "senderContactNo", "senderCountry", "senderEmail", "senderName", "shipCode", "weight",
        ),
        "string",
    ),
    "products": PRODUCT,
    "totalPostage": "double",
}  # fmt: skip


MADE: dict[str, Kind] = {
    "itemNo": "string", "orderNo": "string", "additionalDocument": "string", "totalPostage": "double",
}  # fmt: skip


@offer(SERVICE, "createOrder", "api02Req", asks=ORDER, gives=MADE, changes=True)
@requires(Permission.SHIPMENT_BOOK)
def create_order(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Book an item at once; what cannot be booked is not kept either."""
    shipment = _draft(fields)
    try:
        booked = asked.booked(shipment)
    except InvalidBody as error:
        raise orders.in_their_fields(error) from error
    return {
        "orderNo": str(booked.pk),
        "itemNo": booked.item_number,
        "additionalDocument": _form_due(booked),
        "totalPostage": f"{booked.postage_hkd:.2f}",
    }


@offer(SERVICE, "createTemporaryOrder", "api02Req", asks=ORDER, gives={"orderNo": "string"}, changes=True)
@requires(Permission.SHIPMENT_CHANGE)
def create_temporary_order(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Keep a draft, which people go on with on the site."""
    return {"orderNo": str(_draft(fields).pk)}


@offer(SERVICE, "cancelOrder", "api03Req", asks={"itemNo": "string", "orderNo": "string"}, gives={},
       references=("itemNo", "orderNo"))  # fmt: skip
@requires(Permission.SHIPMENT_CANCEL)
def cancel_order(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Cancel an item before it is accepted; asked again, it is cancelled still."""
    shipment = _named(fields, to=Permission.SHIPMENT_CANCEL)
    if shipment.status != Status.CANCELLED:
        try:
            services.cancel_shipment(shipment_id=shipment.pk, now=timezone.now())
        except services.WrongStatus as error:
            raise Conflict(_("This shipment can no longer be cancelled.")) from error
    return {}


@offer(SERVICE, "cancelTemporaryOrder", "api12Req", asks={"orderNo": "string"}, gives={}, references=("orderNo",))
@requires(Permission.SHIPMENT_CHANGE)
def cancel_temporary_order(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Delete a draft."""
    shipment = access.get_shipment(text(fields, "orderNo"), to=Permission.SHIPMENT_CHANGE, lock=True)
    try:
        services.delete_draft(shipment_id=shipment.pk)
    except services.WrongStatus as error:
        raise Conflict(_("Only a draft can be deleted.")) from error
    return {}


@offer(SERVICE, "getOrderInfo", "api07Req", asks={"orderNo": "string"}, gives=SHOWN, references=("orderNo",))
@requires(Permission.SHIPMENT_VIEW)
def get_order_info(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Read an order that was booked."""
    return _shown(fields, is_draft=False)


@offer(SERVICE, "getTemporaryOrderInfo", "api07Req", asks={"orderNo": "string"}, gives=SHOWN, references=("orderNo",))
@requires(Permission.SHIPMENT_VIEW)
def get_temporary_order_info(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Read a draft."""
    return _shown(fields, is_draft=True)


@offer(SERVICE, "getAddressPack", "api11Req", asks={"itemNo": Many("string"), "printMode": "string"},
       gives={"ap": "base64Binary"}, references=("itemNo",))  # fmt: skip
@requires(Permission.LABEL_PRINT)
def get_address_pack(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Print the labels of items, each with its customs form where one is due."""
    numbers = list(dict.fromkeys(texts(fields, "itemNo")))
    if not 0 < len(numbers) <= MOST_PRINTED:
        raise wrong("itemNo", _("Send between 1 and %(most)d item numbers.") % {"most": MOST_PRINTED})
    layout = LAYOUTS.get(text(fields, "printMode").upper())
    if layout is None:
        raise wrong("printMode", _("This code is not known here."), "unknown")
    shipments = [access.get_by_item_number(number, to=Permission.LABEL_PRINT) for number in numbers]
    live.step()  # between looking up and drawing: a suspension meanwhile leaves nothing to send
    with _printing():
        (pack,) = labels.render_labels(shipments=shipments, layout=layout, output=Output.PDF)
    return {"ap": b64encode(pack).decode()}


@offer(SERVICE, "getCOP", "api10Req", asks={"itemNo": "string"}, gives={"COP": "base64Binary"},
       references=("itemNo",))  # fmt: skip
@requires(Permission.LABEL_PRINT)
def get_cop(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Print the certificate of posting, for the counter to stamp."""
    shipment = access.get_by_item_number(text(fields, "itemNo"), to=Permission.LABEL_PRINT)
    with _printing():
        (paper,) = labels.render_receipt(shipment=shipment, layout=Layout.NATIVE, output=Output.PDF)
    return {"COP": b64encode(paper).decode()}


@offer(SERVICE, "getItemNo", "api26Req",
       asks={"searchParam": "string", "searchType": "string", "sortOrder": "string"},
       gives={"itemNo": Many("string")})  # fmt: skip
@requires(Permission.SHIPMENT_VIEW)
def get_item_no(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Find item numbers by a reference, a name or a number, the newest first; `sortOrder` A the oldest first."""
    words = text(fields, "searchParam")
    if not words:
        raise wrong("searchParam", _("Fill in this field."), "required")
    found = [row.item_number for row in searching.search_shipments(words=words[:200]).rows if row.item_number]
    return {"itemNo": found[::-1] if text(fields, "sortOrder").upper().startswith("A") else found}


def _draft(fields: dict[str, Any]) -> Shipment:
    access.check_right(Permission.SHIPMENT_CHANGE)
    values = orders.values_of(fields)
    try:
        asked.require_destination(values, recipient=values["recipient"])
    except InvalidBody as error:
        raise orders.in_their_fields(error) from error
    return services.start_draft(now=timezone.now(), values=asked.draft_values(values))


def _named(fields: dict[str, Any], *, to: Permission) -> Shipment:
    """Return the order that both its number and its item's name, where both were sent. Raises NotFound, Forbidden."""
    order, item = text(fields, "orderNo"), text(fields, "itemNo")
    if not order:
        return access.get_by_item_number(item, to=to)
    shipment = access.get_shipment(order, to=to)
    if item and access.get_by_item_number(item, to=to).pk != shipment.pk:
        raise NotFound
    return shipment


def _shown(fields: dict[str, Any], *, is_draft: bool) -> Answer:
    shipment = access.get_shipment(text(fields, "orderNo"), to=Permission.SHIPMENT_VIEW)
    if shipment.is_draft != is_draft:
        raise NotFound
    return orders.shown(shipment)


def _form_due(shipment: Shipment) -> str:
    """Return the customs form that goes with an item, by the Universal Postal Union's name; "" where none does."""
    if shipment.contents != Contents.GOODS or shipment.is_local:
        return ""
    return str(declarations.form_due(shipment, on=pricing.today()))


@contextmanager
def _printing() -> Iterator[None]:
    """Say in words what cannot be printed."""
    try:
        yield
    except labels.PersonalDataRemoved as error:
        raise Conflict(_("There is nothing to print any more. Its personal data were removed.")) from error
    except labels.NotPrintable as error:
        raise Conflict(_("There is no label: this shipment is not booked, or its label has ended.")) from error


def still_there(made: dict[str, Any]) -> None:
    """The door of an order that was made: once it is cancelled, or its draft deleted, the same may be made again."""
    try:
        shipment = access.get_shipment(made["orderNo"], to=Permission.SHIPMENT_VIEW)
    except NotFound:
        raise idempotency.Over from None
    if shipment.status == Status.CANCELLED:
        raise idempotency.Over
