"""The shapes of the API's bodies: what is asked, and what is answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from addressbook.details import LENGTHS, MAX_LINES
from addressbook.fields import Code, Country, Seen
from security import strict
from shipments import declarations, pricing
from shipments.catalogue import SERVICES
from shipments.customs import NonDelivery
from shipments.forms import MOST_G, MOST_LINES, MOST_MM
from shipments.models import Contents, Format, Shipment, Status
from shipments.parties import FIELDS
from shipments.pricing import Offers

GRAMS = Decimal(1000)
PAGE_SIZE, MOST_PAGE_SIZE = 25, 100


class Kilograms(strict.DecimalText):
    """A weight: kilograms with three decimals outside, whole grams inside."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=6, decimal_places=3, min_value=Decimal("0.001"), max_value=MOST_G / GRAMS, **options
        )

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return grams; the limits are those of kilograms, so they are asked first."""
        value = super().run_validation(data)
        return int(value * GRAMS) if value is not None else None

    def to_representation(self, value: Any) -> Any:
        return kilograms(value)


def kilograms(weight_g: int | None) -> str | None:
    return None if weight_g is None else f"{weight_g / GRAMS:.3f}"


def money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


class ServiceCode(Code):
    """A service of the catalogue, such as ARM."""

    form = r"[A-Za-z0-9]{1,8}"
    default_error_messages = {"unknown": _("There is no such service.")}

    def knows(self, code: str) -> bool:
        return code in SERVICES


class DestinationCode(Code):
    """A destination of the tariff: a country, or a part of one that has prices of its own."""

    default_error_messages = {"unknown": _("There is no such destination.")}

    def knows(self, code: str) -> bool:
        return pricing.is_destination(code)


UNKNOWN_CONTACT = "unknown"
NO_SUCH_CONTACT = _("There is no such contact.")


class ContactId(serializers.UUIDField):
    """The id of a contact; a malformed one is as unknown as any other."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError:
            raise serializers.ValidationError(NO_SUCH_CONTACT, code=UNKNOWN_CONTACT) from None


class AskedParty(serializers.Serializer[Any]):
    """A sender or a recipient: the id of a contact, or the fields of one."""

    contact = ContactId(required=False)
    name = Seen(max_length=LENGTHS["name"], allow_blank=True, default="")
    company = Seen(max_length=LENGTHS["company"], allow_blank=True, default="")
    email = Seen(max_length=LENGTHS["email"], allow_blank=True, default="")
    phone = Seen(max_length=LENGTHS["phone"], allow_blank=True, default="")
    lines = serializers.ListField(
        child=Seen(max_length=LENGTHS["lines"], allow_blank=True), max_length=MAX_LINES, default=list
    )
    district = Seen(max_length=LENGTHS["district"], allow_blank=True, default="")
    city = Seen(max_length=LENGTHS["city"], allow_blank=True, default="")
    state = Seen(max_length=LENGTHS["state"], allow_blank=True, default="")
    postcode = Seen(max_length=LENGTHS["postcode"], allow_blank=True, default="")
    country = Country(default="HK", help_text="ISO 3166-1 alpha-2, in either case.")
    local_name = Seen(max_length=LENGTHS["local_name"], allow_blank=True, default="")
    local_lines = serializers.ListField(
        child=Seen(max_length=LENGTHS["local_lines"], allow_blank=True),
        max_length=MAX_LINES,
        default=list,
    )

    def to_internal_value(self, data: Any) -> Any:
        """Return the id alone, or all fields: a part of an address is not kept beside the old rest.

        Nothing at all is what a draft answers that has no such party yet, and stays nothing.
        """
        if data == {}:
            return {}
        self.partial = False
        values = super().to_internal_value(data)
        if "contact" not in values:
            return values
        if beside := [name for name in data if name != "contact"]:
            words = _("Send the id of a contact or the fields of an address, not both.")
            raise serializers.ValidationError({name: [words] for name in beside}, code="not_with_contact")
        return {"contact": values["contact"]}


class Currency(strict.Pattern):
    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).upper()


class AskedItem(serializers.Serializer[Any]):
    """One customs line; weight and value are of the whole line."""

    description = Seen(max_length=60)
    quantity = strict.Whole(min_value=1, max_value=9999)
    weight_kg = Kilograms()
    value = strict.DecimalText(max_digits=12, decimal_places=2, min_value=Decimal("0.01"))
    currency = Currency(r"^[A-Za-z]{3}\Z", default="HKD", help_text="ISO 4217, in either case.")
    hs_code = strict.Pattern(r"^[0-9. ]{0,12}\Z", allow_blank=True, default="")
    origin = Country(allow_blank=True, default="", help_text="Where it was made: ISO 3166-1 alpha-2, in either case.")

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        values["weight_g"] = values.pop("weight_kg")
        values["value"] = f"{values['value']:.2f}"
        return values


class AskedShipment(serializers.Serializer[Any]):
    draft = strict.Flag(default=False)
    save_recipient = strict.Flag(default=False)
    sender = AskedParty(required=False)
    recipient = AskedParty(required=False)
    items = serializers.ListField(child=AskedItem(), max_length=MOST_LINES, required=False)
    service = ServiceCode(allow_blank=True, required=False)
    destination = DestinationCode(
        allow_blank=True, required=False, help_text="Where it goes, if not simply to the recipient's country."
    )
    zone = Seen(max_length=16, allow_blank=True, required=False)
    format = serializers.ChoiceField(choices=Format.choices, allow_blank=True, required=False)
    contents = serializers.ChoiceField(choices=Contents.choices, allow_blank=True, required=False)
    category = serializers.ChoiceField(choices=declarations.categories(), allow_blank=True, required=False)
    category_words = Seen(max_length=60, allow_blank=True, required=False)
    weight_kg = Kilograms(allow_null=True, required=False)
    length_mm = strict.Whole(min_value=1, max_value=MOST_MM, allow_null=True, required=False)
    width_mm = strict.Whole(min_value=1, max_value=MOST_MM, allow_null=True, required=False)
    height_mm = strict.Whole(min_value=1, max_value=MOST_MM, allow_null=True, required=False)
    non_delivery = serializers.ChoiceField(choices=NonDelivery.choices, required=False)
    reference = Seen(max_length=40, allow_blank=True, required=False)
    notes = Seen(max_length=2000, allow_blank=True, required=False)
    importer_reference = Seen(max_length=40, allow_blank=True, required=False)
    licence_number = Seen(max_length=40, allow_blank=True, required=False)
    certificate_number = Seen(max_length=40, allow_blank=True, required=False)
    invoice_number = Seen(max_length=40, allow_blank=True, required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add what an answer has beside: sent back with a change, it is no mistake and changes nothing."""
        asked = super().get_fields()
        return {**asked, **{name: serializers.CharField(read_only=True) for name in SHOWN_ONLY}}


SHOWN_ONLY = (
    "id", "status", "item_number", "postage_hkd", "final_postage_hkd", "tariff_edition", "valid_until", "created_at",
    "booked_at", "personal_data_removed_at", "warnings",
)  # fmt: skip


class ShownParty(serializers.Serializer[Any]):
    """A sender or a recipient as kept with the shipment; of a draft, what is known so far."""

    name = serializers.CharField(required=False)
    company = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    lines = serializers.ListField(child=serializers.CharField(), required=False)
    district = serializers.CharField(required=False)
    city = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    postcode = serializers.CharField(required=False)
    country = serializers.CharField(required=False)
    local_name = serializers.CharField(required=False)
    local_lines = serializers.ListField(child=serializers.CharField(), required=False)


class ShownItem(serializers.Serializer[Any]):
    """One customs line as kept."""

    description = serializers.CharField()
    quantity = serializers.IntegerField()
    weight_kg = serializers.CharField(allow_null=True)
    value = serializers.CharField()
    currency = serializers.CharField()
    hs_code = serializers.CharField()
    origin = serializers.CharField()


class ShownShipment(serializers.Serializer[Any]):
    """A shipment as it is answered; of a draft, what is not known yet is empty or null."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Status.choices)
    item_number = serializers.CharField(allow_null=True)
    service = serializers.CharField()
    destination = serializers.CharField()
    zone = serializers.CharField()
    format = serializers.ChoiceField(choices=Format.choices, allow_blank=True)
    contents = serializers.ChoiceField(choices=Contents.choices, allow_blank=True)
    category = serializers.CharField()
    category_words = serializers.CharField()
    sender = ShownParty()
    recipient = ShownParty()
    items = ShownItem(many=True)
    weight_kg = serializers.CharField(allow_null=True)
    length_mm = serializers.IntegerField(allow_null=True)
    width_mm = serializers.IntegerField(allow_null=True)
    height_mm = serializers.IntegerField(allow_null=True)
    non_delivery = serializers.CharField()
    reference = serializers.CharField()
    notes = serializers.CharField()
    importer_reference = serializers.CharField()
    licence_number = serializers.CharField()
    certificate_number = serializers.CharField()
    invoice_number = serializers.CharField()
    postage_hkd = serializers.CharField(allow_null=True)
    final_postage_hkd = serializers.CharField(allow_null=True)
    tariff_edition = serializers.CharField()
    valid_until = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    booked_at = serializers.DateTimeField(allow_null=True)
    personal_data_removed_at = serializers.DateTimeField(allow_null=True)


class ShownWarning(serializers.Serializer[Any]):
    """What did not work beside the booking."""

    code = serializers.CharField()
    detail = serializers.CharField()


class MadeShipment(ShownShipment):
    warnings = ShownWarning(many=True)


class ListedShipments(serializers.Serializer[Any]):
    results = ShownShipment(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class FoundShipments(ListedShipments):
    searched_until = serializers.DateTimeField(
        allow_null=True,
        help_text="Shipments older than this were not looked at yet: follow `next`. Null where none is left.",
    )


class AskedPage(serializers.Serializer[Any]):
    """Which page of a list."""

    cursor = serializers.CharField(max_length=400, allow_blank=True, default="")
    page_size = serializers.IntegerField(min_value=1, max_value=MOST_PAGE_SIZE, default=PAGE_SIZE)


class AskedFilters(AskedPage):
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    service = ServiceCode(required=False)
    destination = DestinationCode(required=False)
    created_after = serializers.DateTimeField(required=False)


class AskedSearch(serializers.Serializer[Any]):
    q = strict.Text(max_length=100)


class AskedQuote(serializers.Serializer[Any]):
    destination = DestinationCode()
    zone = strict.Text(max_length=16, allow_blank=True, default="")
    weight_kg = Kilograms()
    services = serializers.ListField(child=ServiceCode(), max_length=20, required=False)
    contents = serializers.ChoiceField(choices=Contents.choices)
    format = serializers.ChoiceField(choices=Format.choices, allow_blank=True, default="")


class AnsweredOffer(serializers.Serializer[Any]):
    service = serializers.CharField()
    name = serializers.CharField()
    postage_hkd = serializers.CharField()
    tracking_level = serializers.IntegerField()
    max_weight_kg = serializers.CharField()
    zone = serializers.CharField()
    format = serializers.CharField()


class AnsweredRefusal(serializers.Serializer[Any]):
    service = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class AnsweredQuotes(serializers.Serializer[Any]):
    edition = serializers.CharField(allow_null=True, help_text="The tariff's; null where nothing is offered.")
    results = AnsweredOffer(many=True)
    refused = AnsweredRefusal(many=True)


class InLanguages(serializers.Serializer[Any]):
    """Words in the three languages."""

    en = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        chinese = {"zh-hant": serializers.CharField(), "zh-hans": serializers.CharField()}
        return {**super().get_fields(), **chinese}


class DestinationShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    zone = serializers.CharField(help_text="A part of a destination that has prices of its own.")
    name = InLanguages()


class ListedDestinations(serializers.Serializer[Any]):
    results = DestinationShape(many=True)


class SuspensionShape(serializers.Serializer[Any]):
    """When a service takes nothing, or no goods, for a destination; empty means all."""

    destination = serializers.CharField()
    contents = serializers.CharField()
    until = serializers.DateField(allow_null=True)
    reason = InLanguages()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "from": serializers.DateField()}


class ServiceShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = InLanguages()
    tracking_level = serializers.IntegerField()
    max_weight_kg = serializers.CharField()
    is_local = serializers.BooleanField()
    formats = serializers.BooleanField(help_text="Whether the price depends on the item's format.")
    bookable = serializers.BooleanField()
    suspensions = SuspensionShape(many=True)


class ListedServices(serializers.Serializer[Any]):
    results = ServiceShape(many=True)


def offers_as_json(offers: Offers) -> dict[str, Any]:
    return {
        "edition": offers.edition or None,
        "results": [
            {
                "service": offer.service,
                "name": offer.name,
                "postage_hkd": money(offer.postage_hkd),
                "tracking_level": offer.tracking_level,
                "max_weight_kg": kilograms(offer.max_weight_g),
                "zone": offer.zone,
                "format": offer.format,
            }
            for offer in offers.results
        ],
        "refused": [
            {"service": refusal.service, "code": refusal.code, "detail": refusal.reason} for refusal in offers.refused
        ],
    }


def as_json(shipment: Shipment) -> dict[str, Any]:
    """Return a shipment as the API shows it."""
    plain = (
        "status", "item_number", "service", "destination", "zone", "format", "contents", "category", "category_words",
        "length_mm", "width_mm", "height_mm", "non_delivery", "reference", "notes", "importer_reference",
        "licence_number", "certificate_number", "invoice_number", "tariff_edition",
    )  # fmt: skip
    return {
        "id": str(shipment.pk),
        **{name: getattr(shipment, name) for name in plain},
        "sender": _party(shipment.sender),
        "recipient": _party(shipment.recipient),
        "items": [_item(line) for line in shipment.items],
        "weight_kg": kilograms(shipment.weight_g),
        "postage_hkd": money(shipment.postage_hkd),
        "final_postage_hkd": money(shipment.final_postage_hkd),
        "valid_until": shipment.valid_until and shipment.valid_until.isoformat(),
        "created_at": shipment.created_at,
        "booked_at": shipment.booked_at,
        "personal_data_removed_at": shipment.cleared_at,
    }


def _party(party: dict[str, Any]) -> dict[str, Any]:
    return {name: party[name] for name in FIELDS if name in party}


def _item(line: dict[str, Any]) -> dict[str, Any]:
    shown = {name: line.get(name, "") for name in ("description", "quantity", "value", "currency", "hs_code", "origin")}
    return {**shown, "weight_kg": kilograms(line.get("weight_g"))}
