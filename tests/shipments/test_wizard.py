"""The booking wizard in a browser without script: each step its own address, left and resumed, and nothing lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation

from shipments import pricing
from shipments.catalogue import FORMAT_LIMITS
from shipments.models import Shipment, Status
from tests.conftest import Person, look_at
from tests.shipments.booking import (
    LONDON,
    SENDER,
    SHIRT,
    documents_to_new_york,
    goods_to_london,
    make_draft,
    typed_lines,
    typed_party,
)
from tests.shipments.wizarding import CUSTOMS, address, again, booked_of, draft_of


def test_a_walk_through_the_wizard_books_an_item(alice: Person) -> None:
    start = alice.client.post(reverse("shipments:new"), {"submission_key": str(uuid4())})
    at = start["Location"]
    for step in (
        typed_party(SENDER),
        typed_party(LONDON),
        {"contents": "goods", "weight_g": "400", "format": "packet"},
        {**CUSTOMS, **typed_lines(SHIRT)},
        {"service": "ARM"},
    ):
        alice.get(at).check()
        saved = alice.client.post(at, step)
        assert saved.status_code == 302, look_at(saved).text
        at = saved["Location"]
    review = alice.get(at)
    review.check()
    seen = review.one("input[name=postage_hkd]")["value"]

    booked = alice.client.post(at, {"postage_hkd": seen})

    done = alice.get(booked["Location"])
    done.check()
    with alice.scope():
        item = Shipment.objects.get()
        assert item.status == Status.BOOKED
        assert item.item_number == done.one("#item-number").get_text(strip=True)
        assert item.postage_hkd == Decimal(str(seen))
        assert item.items == [{**SHIRT}]


def test_the_format_that_is_priced_is_said_before_and_after_booking(alice: Person) -> None:
    draft = draft_of(alice, goods_to_london(format=""))
    packet = "Packet: up to 600 mm long"

    service, review = alice.get(address(draft, "service")), alice.get(address(draft, "review"))
    alice.client.post(address(draft, "review"), {"postage_hkd": review.one("input[name=postage_hkd]")["value"]})
    done, shipment = alice.get(address(draft, "done")), alice.get(address(draft, "shipment"))

    assert "HK$103.20" in review.text  # as large letter, 20 mm thick at most, it would be 102.60
    for page in (service, review, done, shipment):
        assert packet in page.text
        assert "Large letter" not in page.text


def test_the_start_sent_twice_makes_one_draft(alice: Person) -> None:
    key = str(uuid4())

    first = alice.client.post(reverse("shipments:new"), {"submission_key": key})
    second = alice.client.post(reverse("shipments:new"), {"submission_key": key})

    assert first["Location"] == second["Location"]
    with alice.scope():
        assert Shipment.objects.count() == 1


@pytest.mark.parametrize(
    ("country", "state", "zone"),
    [("US", "NY", "UA"), ("US", "CA", "US"), ("AU", "VIC", "AB"), ("AU", "WA", "AU"), ("GB", "", "GB")],
)
def test_the_part_that_the_state_lies_in_is_taken_where_all_parts_cost_the_same(
    alice: Person, country: str, state: str, zone: str
) -> None:
    recipient = {**LONDON, "country": country, "state": state}
    draft = draft_of(alice, goods_to_london(recipient=recipient, contents="documents", items=[], service="APL"))

    page = alice.client.get(address(draft, "contents")).content.decode()
    with alice.scope():
        offer = pricing.offers_for(draft, on=pricing.today()).of("APL")

    assert 'name="zone"' not in page
    assert offer is not None
    assert offer.zone == zone


def test_the_part_that_an_address_most_likely_lies_in_is_proposed_where_it_matters(alice: Person) -> None:
    draft = draft_of(alice, goods_to_london(recipient={**LONDON, "country": "CN", "state": "Guangdong"}))

    page = alice.client.get(address(draft, "contents")).content.decode()

    assert '<option value="CN" selected>' in page


@pytest.mark.parametrize(
    ("country", "zones"),
    [
        ("CU", ["Cuba (Guantanamo Bay)", "Cuba (All other places)"]),
        ("US", []),  # every part costs the same
        ("GB", []),
        ("GG", []),  # the address itself says which part it is
        ("FR", []),
    ],
)
def test_the_part_of_a_destination_is_asked_where_the_address_leaves_it_open(
    alice: Person, country: str, zones: list[str]
) -> None:
    draft = draft_of(alice, goods_to_london(recipient={**LONDON, "country": country}))

    page = alice.client.get(address(draft, "contents")).content.decode()

    assert [zone for zone in zones if f">{zone}</option>" in page] == zones
    assert ('name="zone"' in page) == bool(zones)


def test_booking_twice_shows_the_same_item(alice: Person) -> None:
    draft = draft_of(alice)
    seen = alice.get(address(draft, "review")).one("input[name=postage_hkd]")["value"]

    first = alice.client.post(address(draft, "review"), {"postage_hkd": seen})
    number = again(alice, draft).item_number
    second = alice.client.post(address(draft, "review"), {"postage_hkd": seen})

    assert first["Location"] == second["Location"] == address(draft, "done")
    assert again(alice, draft).item_number == number


def test_a_wrong_weight_keeps_what_was_typed(alice: Person) -> None:
    draft = draft_of(alice)

    page = look_at(alice.client.post(address(draft, "contents"), {"contents": "goods", "weight_g": "half a kilo"}))

    page.check()
    assert page.one("#id_weight_g")["value"] == "half a kilo"
    assert page.one(".govuk-error-summary a[href='#id_weight_g']")
    assert again(alice, draft).weight_g == 400


def test_the_service_step_says_why_a_service_does_not_take_it(alice: Person) -> None:
    draft = draft_of(alice, documents_to_new_york(contents="goods"))

    page = alice.get(address(draft, "service"))

    page.check()
    assert "Postal items with goods to the USA are suspended." in page.text


def test_a_price_that_changed_is_shown_before_it_is_booked(alice: Person) -> None:
    draft = draft_of(alice)

    page = look_at(alice.client.post(address(draft, "review"), {"postage_hkd": "0.10"}))

    page.check()
    assert again(alice, draft).status == Status.DRAFT
    assert "The postage has changed" in page.text


def test_cancel_asks_first_and_then_cancels(alice: Person, bob: Person) -> None:
    booked = booked_of(alice)

    bob.get(address(booked, "cancel")).check()
    bob.client.post(address(booked, "cancel"))

    assert again(alice, booked).status == Status.CANCELLED


def test_ship_again_starts_a_draft_with_the_same_parties(alice: Person) -> None:
    booked = booked_of(alice)

    started = alice.client.post(address(booked, "again"), {"submission_key": str(uuid4())})

    with alice.scope():
        draft = Shipment.objects.get(status=Status.DRAFT)
        assert draft.recipient == booked.recipient
    assert started["Location"] == address(draft, "review")  # everything is filled
    assert alice.get(started["Location"]).one("input[name=postage_hkd]")["value"]


def test_a_review_sent_without_the_postage_says_that_nothing_was_booked(alice: Person) -> None:
    draft = draft_of(alice)

    page = look_at(alice.client.post(address(draft, "review"), {}))

    assert "Nothing was booked." in page.text
    assert again(alice, draft).status == Status.DRAFT


def test_the_wizard_marks_what_may_stay_empty(alice: Person) -> None:
    page = alice.get(address(draft_of(alice), "contents"))

    assert page.one("label[for=id_reference]").get_text(strip=True) == "Your reference (optional)"
    assert "optional" not in page.one("label[for=id_weight_g]").text


def test_services_that_do_not_take_the_item_are_folded_below_those_that_do(alice: Person) -> None:
    taken = alice.get(address(draft_of(alice), "service"))
    refused = alice.get(address(draft_of(alice, documents_to_new_york(contents="goods", items=[])), "service"))

    assert not taken.one("details.govuk-details").has_attr("open")
    assert refused.one("details.govuk-details").has_attr("open")  # the reasons are all there is to read


def test_the_list_pages_by_cursor_and_filters_by_status(alice: Person) -> None:
    with alice.scope():
        made = [make_draft().pk for _number in range(27)]
    booked_of(alice)

    first = alice.get(reverse("shipments:list"))
    first.check()
    second = alice.get(reverse("shipments:list") + str(first.one("a[rel=next]")["href"]))
    second.check()
    booked = alice.get(reverse("shipments:list") + "?status=booked")

    shown = [tag["href"] for page in (first, second) for tag in page.all("#shipments a")]
    assert len(shown) == len(set(shown)) == len(made) + 1
    assert len(booked.all("#shipments li")) == 1
    back = alice.get(reverse("shipments:list") + str(second.one("a[rel=prev]")["href"]))
    assert [tag["href"] for tag in back.all("#shipments a")] == [tag["href"] for tag in first.all("#shipments a")]


def test_search_finds_names_and_numbers_and_shows_strangers_nothing(alice: Person, charlie: Person) -> None:
    booked = booked_of(alice)

    for words in ("edith", str(booked.item_number)):
        hers = look_at(alice.client.post(reverse("shipments:search"), {"q": words}))
        his = look_at(charlie.client.post(reverse("shipments:search"), {"q": words}))
        hers.check()
        assert len(hers.all("#shipments li")) == 1
        assert not his.all("#shipments li")


def test_the_list_costs_the_same_queries_for_one_and_for_many(
    alice: Person, django_assert_max_num_queries: Any
) -> None:
    with alice.scope():
        for _number in range(20):
            make_draft()
    alice.get(reverse("shipments:list"))

    with django_assert_max_num_queries(25):
        alice.get(reverse("shipments:list"))


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_anybody_may_ask_what_it_costs(get_page: Any, language: str, db: None) -> None:
    page = get_page(f"/{language}/quote/?destination=GB-GB&weight_g=400&contents=goods&format=")

    assert page.one("#results")
    with translation.override(language):
        assert str(FORMAT_LIMITS["packet"]) in page.text
    prices = [Decimal(tag.get_text().split("$")[1]) for tag in page.all("#results dd strong")]
    assert prices == sorted(prices)
    assert len(prices) > 3


def test_a_wrong_quote_question_says_what_to_do(get_page: Any, db: None) -> None:
    page = get_page("/en/quote/?destination=GB-GB&weight_g=&contents=goods")

    assert "Enter the weight in grams." in page.one(".govuk-error-summary").get_text()


@pytest.mark.parametrize("code", ["en", "zh-hant", "zh-hans"])
def test_a_search_in_another_language_leads_to_the_list(alice: Person, code: str) -> None:
    with translation.override(code):
        answer = alice.client.get(f"/{code}/shipments/search/")

    assert answer.status_code == 302
    assert answer["Location"] == f"/{code}/shipments/"


@pytest.mark.parametrize("key", ["contents", "customs", "service"])
def test_a_suspended_destination_is_told_as_soon_as_it_is_known(alice: Person, key: str) -> None:
    draft = draft_of(alice, documents_to_new_york(contents="goods", items=[], weight_g=None))

    page = alice.get(address(draft, key))

    page.check()
    assert "Postal items with goods to the USA are suspended." in page.one(".govuk-warning-text").get_text()


def test_a_destination_that_is_served_has_no_warning(alice: Person) -> None:
    for draft in (draft_of(alice, goods_to_london(items=[])), draft_of(alice, documents_to_new_york())):
        assert not alice.get(address(draft, "contents")).all(".govuk-warning-text")


def test_service_without_a_choice_has_no_button_and_says_what_is_missing(alice: Person) -> None:
    empty = draft_of(alice, {"sender": SENDER})

    page = alice.get(address(empty, "service"))

    page.check()
    assert not page.all("#step button.govuk-button")
    links = [tag["href"] for tag in page.all("#step ~ *, #step a") if tag.get("href")]
    assert address(empty, "recipient") in links
    assert address(empty, "contents") in links


def test_the_review_shows_all_that_one_signs_for(alice: Person) -> None:
    values = goods_to_london(
        licence_number="LIC-7",
        non_delivery="abandon",
        items=[{**SHIRT, "hs_code": "610510", "origin": "CN"}],
        reference="Order 12",
    )
    draft = draft_of(alice, values)

    for page in (alice.get(address(draft, "review")), alice.get(address(draft, "shipment"))):
        page.check()
        for words in (
            "Gift", "Treat as abandoned", "610510", "China", "Licence number : LIC-7", "Order 12", "United Kingdom"
        ):  # fmt: skip
            assert words.replace(" :", ":") in page.text.replace(" :", ":"), words
    shown = alice.get(address(draft, "review")).all(".govuk-summary-list__value")[1].get_text("\n", strip=True)
    assert shown.index(LONDON["city"].upper()) < shown.index(LONDON["postcode"])  # as the Royal Mail writes it


def test_the_review_warns_of_an_address_that_the_label_has_no_room_for(alice: Person) -> None:
    long = {**SENDER, "lines": ["Wide words in a line of forty letters ok"] * 4, "company": "Y" * 60, "name": "X" * 60}
    long |= {"local_name": "陳" * 40, "local_lines": ["很長的地址" * 12] * 4}
    with alice.scope():
        fine, cut = make_draft(goods_to_london()), make_draft(goods_to_london(sender=long))

    pages = {draft: alice.get(f"/en/shipments/{draft.pk}/review/").text for draft in (fine, cut)}

    assert "too long for the label" not in pages[fine]
    assert "The sender's address is too long for the label" in pages[cut]
