"""Quotes and shipments for machines: the contract, the refusals, and that a stranger learns nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from shipments import item_numbers, searching
from shipments.models import Shipment, Status
from tests.conftest import Person
from tests.shipments.booking import (
    LONDON,
    NEW_YORK,
    NOW,
    SENDER,
    documents_to_new_york,
    goods_to_london,
    make_booked,
    make_draft,
)

LIST = "/api/v1/shipments/"
ITEM = {
    "description": "Cotton shirt for men", "quantity": 2, "weight_kg": "0.300", "value": "160.00", "currency": "HKD",
    "hs_code": "620520", "origin": "CN",
}  # fmt: skip
GOODS = {
    "sender": SENDER, "recipient": LONDON, "contents": "goods", "weight_kg": "0.400", "format": "packet",
    "category": "gift", "items": [ITEM], "service": "ARM",
}  # fmt: skip


def send(person: Person, method: str, address: str, body: Any = None, **headers: str) -> Any:
    ask = getattr(person.client, method)
    return ask(address, body, content_type="application/json", headers=headers or None)


def one(shipment_id: Any, act: str = "") -> str:
    return f"{LIST}{shipment_id}/{act}{act and '/'}"


def test_a_post_books_at_once(alice: Person) -> None:
    answer = send(alice, "post", LIST, GOODS)

    body = answer.json()
    assert answer.status_code == 201, body
    assert body["status"] == "booked"
    assert item_numbers.is_valid(body["item_number"])
    assert body["weight_kg"] == "0.400"
    assert Decimal(body["postage_hkd"]) > 0
    assert body["items"] == [ITEM]
    assert body["recipient"]["name"] == LONDON["name"]
    assert answer["Location"] == one(body["id"])


def test_a_post_that_cannot_be_booked_keeps_nothing_and_says_where(alice: Person) -> None:
    answer = send(alice, "post", LIST, {**GOODS, "items": [{**ITEM, "description": "gift"}]})

    body = answer.json()
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert body["errors"][0]["code"] == "vague"
    assert body["errors"][0]["pointer"] == "/items/0/description"
    with alice.scope():
        assert not Shipment.objects.exists()


def test_a_draft_is_changed_booked_and_booked_again(alice: Person) -> None:
    draft = send(alice, "post", LIST, {"draft": True, "sender": SENDER}).json()
    changed = send(alice, "patch", one(draft["id"]), GOODS)

    first = send(alice, "post", one(draft["id"], "book"))
    second = send(alice, "post", one(draft["id"], "book"))

    assert draft["status"] == "draft"
    assert changed.json()["weight_kg"] == "0.400"
    assert first.status_code == second.status_code == 200, first.json()
    assert first.json()["item_number"] == second.json()["item_number"]
    assert send(alice, "patch", one(draft["id"]), {"weight_kg": "0.500"}).status_code == 409
    assert send(alice, "delete", one(draft["id"])).status_code == 409


def test_a_party_may_be_a_contact(alice: Person) -> None:
    from addressbook.models import Contact
    from shipments import contacts

    with alice.scope():
        contacts.save_party(party=LONDON, can_send=False, now=timezone.now())
        contact = Contact.objects.get().pk

    answer = send(alice, "post", LIST, {**GOODS, "recipient": {"contact": str(contact)}})

    assert answer.status_code == 201, answer.json()
    assert answer.json()["recipient"]["postcode"] == LONDON["postcode"]


def test_a_strangers_contact_is_not_found(alice: Person, charlie: Person) -> None:
    from addressbook.models import Contact
    from shipments import contacts

    with alice.scope():
        contacts.save_party(party=LONDON, can_send=False, now=timezone.now())
        hers = str(Contact.objects.get().pk)

    foreign = send(charlie, "post", LIST, {**GOODS, "recipient": {"contact": hers}})
    unknown = send(charlie, "post", LIST, {**GOODS, "recipient": {"contact": str(uuid4())}})

    assert foreign.status_code == unknown.status_code == 400
    assert foreign.json()["errors"] == unknown.json()["errors"]
    with charlie.scope():
        assert not Shipment.objects.exists()


def test_a_change_on_an_old_reading_is_refused(alice: Person) -> None:
    draft = send(alice, "post", LIST, {**GOODS, "draft": True})
    send(alice, "patch", one(draft.json()["id"]), {"reference": "first"})

    answer = send(alice, "patch", one(draft.json()["id"]), {"reference": "second"}, **{"If-Match": draft["ETag"]})

    assert answer.status_code == 412


def test_a_cancelled_item_stays_cancelled(alice: Person) -> None:
    booked = send(alice, "post", LIST, GOODS).json()["id"]

    assert send(alice, "post", one(booked, "cancel")).json()["status"] == "cancelled"
    assert send(alice, "post", one(booked, "book")).status_code == 409


def test_a_draft_is_deleted(alice: Person) -> None:
    draft = send(alice, "post", LIST, {"draft": True}).json()["id"]

    assert send(alice, "delete", one(draft)).status_code == 204
    assert send(alice, "get", one(draft)).status_code == 404


CALLS = [("get", ""), ("patch", ""), ("delete", ""), ("post", "book"), ("post", "cancel")]


@pytest.mark.parametrize(("method", "act"), CALLS)
def test_foreign_unknown_and_malformed_are_the_same_404(alice: Person, charlie: Person, method: str, act: str) -> None:
    with alice.scope():
        hers = make_draft().pk

    answers = [send(charlie, method, one(reference, act), {}) for reference in (hers, uuid4(), "1", "x" * 80)]

    assert {answer.status_code for answer in answers} == {404}
    assert len({tuple(sorted({**answer.json(), "instance": ""}.items())) for answer in answers}) == 1
    with alice.scope():
        assert Shipment.objects.get().status == Status.DRAFT


@pytest.mark.parametrize(("method", "act"), CALLS[1:])
def test_a_viewer_may_only_read(alice: Person, viewer: Person, method: str, act: str) -> None:
    with alice.scope():
        draft = make_draft().pk

    assert send(viewer, method, one(draft, act), {}).status_code == 403
    assert send(viewer, "get", one(draft)).status_code == 200
    assert send(viewer, "post", LIST, GOODS).status_code == 403


@pytest.mark.parametrize(("method", "act"), CALLS)
def test_nobody_is_not_let_in(alice: Person, method: str, act: str) -> None:
    with alice.scope():
        draft = make_draft().pk

    answer = getattr(Client(), method)(one(draft, act), {}, content_type="application/json")

    assert answer.status_code in {401, 403}


def test_the_list_pages_and_filters(alice: Person, charlie: Person) -> None:
    with alice.scope():
        for _number in range(3):
            make_draft()
        make_booked()

    first = send(alice, "get", f"{LIST}?page_size=3").json()
    second = send(alice, "get", first["next"]).json()
    booked = send(alice, "get", f"{LIST}?status=booked").json()

    assert len({row["id"] for row in [*first["results"], *second["results"]]}) == 4
    assert second["next"] is None
    assert [row["status"] for row in booked["results"]] == ["booked"]
    assert send(charlie, "get", LIST).json()["results"] == []
    assert send(alice, "get", f"{LIST}?status=lost").status_code == 400


def test_the_list_leads_back_and_is_narrowed_by_every_filter(alice: Person) -> None:
    with alice.scope():
        london = [str(make_draft(now=NOW + timedelta(minutes=number)).pk) for number in range(3)]
        abroad = str(make_booked(documents_to_new_york()).pk)

    def ids(query: str) -> list[str]:
        return [row["id"] for row in send(alice, "get", f"{LIST}?{query}").json()["results"]]

    first = send(alice, "get", f"{LIST}?page_size=2").json()
    second = send(alice, "get", first["next"]).json()
    back = send(alice, "get", second["previous"]).json()

    assert first["previous"] is None
    assert back["results"] == first["results"]
    assert ids("destination=US") == [abroad]
    assert ids("destination=GB") == london[::-1]
    assert ids("service=ems") == [abroad]
    assert ids("service=ARM") == london[::-1]
    assert ids(f"created_after={(NOW + timedelta(minutes=1)).isoformat().replace('+', '%2B')}") == [london[2]]


def test_search_finds_senders_recipients_references_and_numbers(alice: Person) -> None:
    with alice.scope():
        sent = make_booked(goods_to_london(reference="Order 4711"))
        make_draft(goods_to_london(sender={**SENDER, "name": "Zoe Yip", "company": ""}, recipient=NEW_YORK))

    def found(words: str) -> list[str]:
        return [row["id"] for row in send(alice, "post", f"{LIST}search/", {"q": words}).json()["results"]]

    for words in ("alice trading", "EDITH", "4711", sent.item_number, "wong edith"):
        assert found(str(words)) == [str(sent.pk)], words
    assert len(found("zoe")) == 1
    assert found("zoe edith") == []


def test_search_has_pages_to_its_end_and_back(alice: Person) -> None:
    with alice.scope():
        made = [str(make_draft(now=NOW + timedelta(minutes=number)).pk) for number in range(7)]

    def page(address: str) -> Any:
        return send(alice, "post", address, {"q": "edith"}).json()

    first = page(f"{LIST}search/?page_size=3")
    second = page(first["next"])
    third = page(second["next"])
    back = page(third["previous"])

    assert [row["id"] for one in (first, second, third) for row in one["results"]] == made[::-1]
    assert (first["previous"], third["next"], third["searched_until"]) == (None, None, None)
    assert back["results"] == second["results"]
    assert page(back["previous"])["results"] == first["results"]
    assert send(alice, "post", first["next"], {"q": "alice"}).status_code == 400  # another question's cursor
    for query in ("cursor=junk", "page_size=0", "page_size=101", "status=draft"):
        assert send(alice, "post", f"{LIST}search/?{query}", {"q": "edith"}).status_code == 400, query


def test_search_says_how_far_it_came_and_goes_on(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "SEARCHED", 4)
    with alice.scope():
        oldest = str(make_draft(now=NOW).pk)
        for number in range(1, 10):
            make_draft(goods_to_london(recipient=NEW_YORK), now=NOW + timedelta(minutes=number))

    address, seen, told = f"{LIST}search/", [], []
    while address:
        page = send(alice, "post", address, {"q": "edith"}).json()
        seen += [row["id"] for row in page["results"]]
        told.append(page["searched_until"])
        address = page["next"]

    assert seen == [oldest]
    assert [moment and moment[11:16] for moment in told] == ["04:06", "04:02", None]


def test_search_is_a_post_and_sees_ones_own(alice: Person, charlie: Person) -> None:
    with alice.scope():
        make_booked()

    assert len(send(alice, "post", f"{LIST}search/", {"q": "edith"}).json()["results"]) == 1
    assert send(charlie, "post", f"{LIST}search/", {"q": "edith"}).json()["results"] == []


def test_anybody_gets_quotes_sorted_with_refusals(db: None) -> None:
    body = {"destination": "US", "weight_kg": "0.400", "contents": "goods"}

    answer = Client().post("/api/v1/quotes/", body, content_type="application/json")
    documents = Client().post("/api/v1/quotes/", {**body, "contents": "documents"}, content_type="application/json")

    assert answer.status_code == 200
    assert answer.json()["results"] == []
    assert "suspended" in {refusal["code"] for refusal in answer.json()["refused"]}
    prices = [Decimal(offer["postage_hkd"]) for offer in documents.json()["results"]]
    assert prices
    assert prices == sorted(prices)
    assert documents.json()["edition"]


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "text", None, {"destination": 1}, {"destination": "GB", "weight_kg": "heavy", "contents": "goods"},
        {"destination": "GB", "weight_kg": "-1", "contents": "goods"}, {"destination": "\x00\x00", "weight_kg": "1",
                                                                       "contents": "goods"},
        {"destination": "GB", "weight_kg": "NaN", "contents": "goods"},
    ],
)  # fmt: skip
def test_any_other_quote_body_is_a_problem_and_never_a_500(db: None, body: Any) -> None:
    answer = Client().post("/api/v1/quotes/", body, content_type="application/json")

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "body",
    [
        [], {"sender": "Alice"}, {"sender": {"contact": "x"}}, {"items": [{}]}, {"items": {}}, {"weight_kg": "1e9"},
        {"sender": {"name": "\x00"}}, {"service": "NOPE", "draft": True, "weight_kg": "0"}, {"recipient": {"lines": 5}},
    ],
)  # fmt: skip
def test_any_other_shipment_body_is_a_problem_and_never_a_500(alice: Person, body: Any) -> None:
    answer = send(alice, "post", LIST, body)

    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")


def test_destinations_and_services_are_public(db: None) -> None:
    places = Client().get("/api/v1/destinations/").json()["results"]
    services = Client().get("/api/v1/services/").json()["results"]

    assert {"code": "GB", "zone": "GB"}.items() <= next(row for row in places if row["zone"] == "GB").items()
    assert {"EMS", "ARM", "LRM"} <= {row["code"] for row in services}
    assert next(row for row in services if row["code"] == "EMS")["name"]["zh-hant"]
