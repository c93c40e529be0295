"""Speedpost by SOAP, with fields of its own."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from shipments.models import Shipment
from tests.conftest import Person
from tests.soap.speaking import Program

pytestmark = pytest.mark.django_db(transaction=True)
ORDER: dict[str, Any] = {
    "addresseeName": "Edith Example", "addresseeCompanyName": "Example Ltd", "addresseeAddr1": "1 Example Road",
    "addresseeCity": "London", "addresseePostalCode": "SW1A 1AA", "addresseeCountry": "United Kingdom",
    "addresseeTelNo": "+44 20 7946 0000", "sendContactName": "Alice Wong", "sendAddress1": "Flat 5, 12/F, Block B",
    "sendAddress2": "18 Sample Street", "sendAddress3": "Mong Kok", "sendTelNo": "9123 4567", "custOrdRef": "shop 1",
    "cn23Flag": "Y", "cn23ItemTypeCode": "M", "itemDesc1": "Cotton shirt for men", "itemQty1": "2",
    "itemHSCode1": "620520.0", "itemValue1": "160", "itemWgt1": "0.3", "itemCtyCode1": "CNA", "itemCurrCode1": "HKD",
    "itemDesc2": "Silk scarf for women", "itemQty2": "1", "itemHSCode2": "621410", "itemValue2": "90.00",
    "itemWgt2": "0.1", "itemCtyCode2": "CNA", "service": "SPT_STD",
}  # fmt: skip


def test_an_order_is_booked_once_and_printed(alice: Person, program: Program) -> None:
    made = program.call("createSoazOrder", ORDER)

    assert (list(made), made["status"]) == (["errMessage", "itemNo", "status"], "0"), made
    assert program.call("createSoazOrder", ORDER) == made
    other = Program(program.linked, nonce=b"another", created="2026-11-26T05:00:00Z")
    assert other.call("createSoazOrder", ORDER) == made, "the shop's own reference says that it is the same"
    with alice.scope():
        booked = Shipment.objects.get()
        assert (booked.service, booked.destination, booked.weight_g, booked.category) == ("EMS", "GB", 400, "sale")
        assert (booked.recipient["company"], booked.recipient["lines"]) == ("Example Ltd", ["1 Example Road"])
        assert booked.sender["lines"] == ["Flat 5, 12/F, Block B", "18 Sample Street"]
        assert [line["description"] for line in booked.items] == ["Cotton shirt for men", "Silk scarf for women"]
    pack = program.call("getSoazAddressPack", {"itemNo": made["itemNo"], "cn23NoOfCopy": "3", "printMode": "A"})
    assert b64decode(pack["COP"]).startswith(b"%PDF")


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "a service without a tariff": ({"service": "SPT_ECON"}, "service"),
    "a country that nobody knows": ({"addresseeCountry": "Atlantis"}, "addresseeCountry"),
    "a long line": ({"sendAddress1": "x" * 36}, "sendAddress1"),
    "a long line in Chinese": ({"sendAddress2": "旺角" * 6}, "sendAddress2"),
    "no name": ({"addresseeName": "", "addresseeCompanyName": ""}, "addresseeName"),
    "no lines": ({name: "" for name in ORDER if name.startswith("item")}, "item"),
    "a line without weight": ({"itemWgt2": ""}, "2"),
}


def test_what_cannot_be_booked_is_said_by_its_own_field(alice: Person, program: Program) -> None:
    for name, (other, field) in WRONG.items():
        answer = program.call("createSoazOrder", {**ORDER, **other})
        assert (answer["status"], answer["itemNo"]) == ("10", ""), name
        assert field in answer["errMessage"], (name, answer["errMessage"])
        assert "recipient" not in answer["errMessage"], answer["errMessage"]
    for country in ("GB", "GBA", "gb"):
        assert (
            program.call("createSoazOrder", {**ORDER, "addresseeCountry": country, "custOrdRef": country})["status"]
            == "0"
        )
