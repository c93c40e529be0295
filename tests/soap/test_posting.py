"""Orders by SOAP are shipments of ours: booked once, read back, printed, called off, and nobody else's."""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Member
from accounts.roles import Role
from ecship.soap.table import OPERATIONS
from security import live, scope
from security.models import AccessEntry
from shipments import access
from shipments.models import Shipment, Status
from tests.accounts.integrated import integrated
from tests.conftest import Person
from tests.shipments.booking import make_booked, make_draft
from tests.soap.speaking import Program

pytestmark = pytest.mark.django_db(transaction=True)
SHIRT = {
    "contentDesc": "Cotton shirt for men", "currencyCode": "HKD", "productCountry": "CNA", "productQty": "2",
    "productTariffCode": "620520.0", "productValue": "160.5", "productWeight": "0.3",
}  # fmt: skip
ORDER: dict[str, Any] = {
    "countryCode": "GBA", "shipCode": "ARM", "itemCategory": "G", "mailType": "", "nonDeliveryOptions": "",
    "senderName": "Alice Wong", "senderAddress": "Flat 5, 12/F, Block B, 18 Sample Street, Mong Kok, Kowloon",
    "senderCountry": "Hong Kong", "senderContactNo": "9123 4567", "senderContactNoAreaCode": "852",
    "recipientName": "Edith Example", "recipientAddress": "1 Example Road", "recipientCity": "London",
    "recipientPostalNo": "SW1A 1AA", "recipientContactNo": "+44 20 7946 0000", "products": [SHIRT],
    "creditCardNo": "4111111111111111", "payFlag": "N",
}  # fmt: skip


def shipments(person: Person) -> list[Shipment]:
    with person.scope():
        return list(Shipment.objects.order_by("created_at"))


def test_an_order_is_booked_and_read_back_as_it_was_sent(alice: Person, program: Program) -> None:
    made = program.call("createOrder", {**ORDER, "refNo": "shop 1"})

    assert (made["status"], made["errMessage"]) == ("0", "")
    assert list(made) == ["additionalDocument", "errMessage", "itemNo", "orderNo", "status", "totalPostage"]
    assert made["additionalDocument"] == "CN22"
    (booked,) = shipments(alice)
    assert (booked.status, str(booked.pk), booked.item_number) == (Status.BOOKED, made["orderNo"], made["itemNo"])
    assert booked.weight_g == 300
    with alice.scope():
        assert Shipment.objects.get().sender["district"] == "Yau Tsim Mong"
    read = program.call("getOrderInfo", {"orderNo": made["orderNo"]})
    names = (
        "countryCode", "shipCode", "itemCategory", "senderName", "recipientName", "recipientCity", "recipientPostalNo",
        "recipientAddress",
    )  # fmt: skip
    for name in names:
        assert read[name] == ORDER[name], name
    assert read["products"] == [{**SHIRT, "productTariffCode": "620520", "productValue": "160.50",
                                 "productWeight": "0.300"}]  # fmt: skip
    assert (read["refNo"], read["itemNo"], read["orderStatus"]) == ("shop 1", made["itemNo"], "booked")
    assert "4111" not in str(read)


def test_the_log_says_which_integrator_did_it_for_whom(alice: Person, program: Program) -> None:
    made = program.call("createOrder", ORDER)
    with alice.scope():
        booking = AccessEntry.objects.get(account_id=alice.account.pk, action="book")
    assert (booking.via, booking.actor) == ("soap", f"key:{program.linked.integrator.pk}")
    assert (booking.on_behalf, booking.endpoint) == (f"user:{alice.user.pk}", "soap-Posting-createOrder")
    assert booking.ids == [made["orderNo"]]
    assert b"shop-tools" in alice.client.get("/en/account/access-log/").content


def test_an_order_sent_again_is_the_same_order(alice: Person, program: Program) -> None:
    """With a reference whatever the header, without one by the same header; once cancelled it may be made again."""
    referred = {**ORDER, "refNo": "shop 1"}
    first = program.call("createOrder", referred)
    other = Program(program.linked, nonce=b"another", created="2026-11-26T05:00:00Z")
    assert other.call("createOrder", referred) == first
    assert program.call("createOrder", ORDER) == program.call("createOrder", ORDER)
    assert len(shipments(alice)) == 2
    assert other.call("createOrder", ORDER)["orderNo"] not in {one["orderNo"] for one in (first,)}
    assert len(shipments(alice)) == 3

    assert program.call("cancelOrder", {"orderNo": first["orderNo"], "itemNo": first["itemNo"]})["status"] == "0"
    assert program.call("cancelOrder", {"itemNo": first["itemNo"]})["status"] == "0"  # asked again
    anew = program.call("createOrder", referred)
    assert anew["status"] == "0"
    assert anew["orderNo"] != first["orderNo"]
    assert other.call("createOrder", referred) == anew


def test_a_draft_is_kept_read_and_deleted(alice: Person, program: Program) -> None:
    made = program.call("createTemporaryOrder", ORDER)
    assert list(made) == ["errMessage", "orderNo", "status"]
    named = {"orderNo": made["orderNo"]}
    assert program.call("getTemporaryOrderInfo", named)["recipientCity"] == "London"
    assert program.call("getOrderInfo", named)["status"] == "11"
    assert program.call("cancelTemporaryOrder", named)["status"] == "0"
    assert program.call("cancelTemporaryOrder", named)["status"] == "11"
    assert shipments(alice) == []


def test_a_draft_that_was_called_off_may_be_made_again(alice: Person, program: Program) -> None:
    referred = {**ORDER, "senderCustRef": "CR 1"}
    first = program.call("createTemporaryOrder", referred)
    assert program.call("createTemporaryOrder", referred) == first
    program.call("cancelTemporaryOrder", {"orderNo": first["orderNo"]})

    anew = program.call("createTemporaryOrder", referred)

    assert anew["status"] == "0"
    assert anew["orderNo"] != first["orderNo"]
    assert len(shipments(alice)) == 1


def test_labels_and_certificates_are_pdfs(alice: Person, program: Program) -> None:
    numbers = [program.call("createOrder", {**ORDER, "refNo": str(one)})["itemNo"] for one in range(2)]
    for mode in ("0", "2", "A", ""):
        pack = program.call("getAddressPack", {"itemNo": numbers, "printMode": mode})
        assert b64decode(pack["ap"]).startswith(b"%PDF"), mode
    assert b64decode(program.call("getCOP", {"itemNo": numbers[0]})["COP"]).startswith(b"%PDF")
    assert program.call("getAddressPack", {"itemNo": [], "printMode": "0"})["status"] == "10"
    assert program.call("getAddressPack", {"itemNo": numbers, "printMode": "7"})["status"] == "10"
    program.call("cancelOrder", {"itemNo": numbers[0]})
    assert program.call("getAddressPack", {"itemNo": numbers, "printMode": "0"})["status"] == "12"


def test_item_numbers_are_found_by_what_people_search_by(program: Program) -> None:
    first, second = (program.call("createOrder", {**ORDER, "refNo": f"shop {one}"})["itemNo"] for one in (1, 2))
    assert program.call("getItemNo", {"searchParam": "edith"})["itemNo"] == [second, first]
    assert program.call("getItemNo", {"searchParam": "edith", "sortOrder": "A"})["itemNo"] == [first, second]
    assert program.call("getItemNo", {"searchParam": "shop 2"})["itemNo"] == [second]
    assert program.call("getItemNo", {"searchParam": "nobody"})["itemNo"] == ""
    assert program.call("getItemNo")["status"] == "10"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown country": ({"countryCode": "QQA"}, "countryCode"),
    "a service that is not offered": ({"shipCode": "LEG"}, "shipCode"),
    "an address that is no label's": ({"recipientAddress": "x" * 400}, "recipientAddress"),
    "no name": ({"recipientName": ""}, "recipientName"),
    "a town that is too long": ({"recipientCity": "L" * 90}, "recipientCity"),
    "a mail address that is none": ({"recipientEmail": "not mail"}, "recipientEmail"),
    "a sender abroad": ({"senderCountry": "France"}, "senderCountry"),
    "no lines": ({"products": []}, "products"),
    "a line without weight": ({"products": [{**SHIRT, "productWeight": ""}]}, "products 1"),
    "a vague line": ({"products": [{**SHIRT, "contentDesc": "gift"}]}, "products 1"),
    "a line of nothing": ({"products": [SHIRT, {**SHIRT, "productQty": "0"}]}, "products 2"),
    "no category": ({"itemCategory": ""}, "itemCategory"),
    "an unknown category": ({"itemCategory": "Z"}, "itemCategory"),
    "an unknown wish": ({"nonDeliveryOptions": "Z"}, "nonDeliveryOptions"),
    "insurance": ({"insurAmount": "100"}, "insurAmount"),
    "a number of their own": ({"itemNo": "RB123456785HK"}, "itemNo"),
    "a reference that is too long": ({"refNo": "x" * 60}, "refNo"),
}


def test_what_cannot_be_booked_is_said_by_its_field_and_nothing_is_kept(alice: Person, program: Program) -> None:
    for name, (other, field) in WRONG.items():
        answer = program.call("createOrder", {**ORDER, **other})
        assert answer["status"] == "10", (name, answer)
        assert field in answer["errMessage"], (name, answer["errMessage"])
        assert answer["orderNo"] == answer["itemNo"] == ""
    assert shipments(alice) == []


NAMING: dict[str, Any] = {
    "getSoazAddressPack": lambda item, order: {"itemNo": item},
    "getOrderInfo": lambda item, order: {"orderNo": order},
    "getTemporaryOrderInfo": lambda item, order: {"orderNo": order},
    "cancelOrder": lambda item, order: {"itemNo": item, "orderNo": order},
    "cancelTemporaryOrder": lambda item, order: {"orderNo": order},
    "getAddressPack": lambda item, order: {"itemNo": [item], "printMode": "0"},
    "getCOP": lambda item, order: {"itemNo": item},
}


def test_a_strangers_order_is_answered_as_one_that_there_is_not(alice: Person, charlie: Person, bob: Person) -> None:
    stranger = Program(integrated(alice, charlie, "strangers-tools"))
    with alice.scope():
        booked, draft = make_booked(), make_draft()
    assert set(NAMING) == {one.name for one in OPERATIONS.values() if one.references and "Posting" in one.service}
    for name, fields in NAMING.items():
        foreign = draft if "Temporary" in name else booked
        unknown = stranger.call(name, fields("RB123456785HK", str(uuid4())))
        assert unknown["status"] == "11"
        assert stranger.call(name, fields(str(foreign.item_number or ""), str(foreign.pk))) == unknown
        assert stranger.call(name, fields("x", "x")) == unknown
    assert sorted(one.status for one in shipments(alice)) == [Status.BOOKED, Status.DRAFT]


def test_each_operation_asks_for_the_role_of_the_person_at_this_moment(alice: Person, program: Program) -> None:
    with scope.identity():
        Member.objects.filter(user=alice.user).update(role=Role.VIEWER)
    answers = {one.name: program.call(one.name, ORDER)["status"] for one in OPERATIONS.values()
               if "Posting" in one.service}  # fmt: skip
    reading = {"getOrderInfo", "getTemporaryOrderInfo", "getItemNo"}
    assert {name for name, status in answers.items() if status != "7"} == reading


def test_a_suspension_in_the_middle_of_a_call_stops_it(
    alice: Person, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [program.call("createOrder", {**ORDER, "refNo": str(one)})["itemNo"] for one in range(2)]
    get = access.get_by_item_number

    def suspending(number: str, **more: Any) -> Shipment:
        if number == numbers[1]:
            live.suspend(alice.user.pk, using="trail")
        return get(number, **more)

    monkeypatch.setattr(access, "get_by_item_number", suspending)
    answer = program.call("getAddressPack", {"itemNo": numbers, "printMode": "0"})
    assert (answer["status"], answer["ap"]) == ("2", "")
