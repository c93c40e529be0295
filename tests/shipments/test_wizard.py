"""The booking wizard in a browser without script: each step its own address, left and resumed, and nothing lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from addressbook import services as books
from addressbook.details import ContactDetails
from security.models import AccessEntry
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
    make_booked,
    make_draft,
    typed_lines,
    typed_party,
)

CUSTOMS = {"category": "gift", "non_delivery": "return", "category_words": ""}


def draft_of(person: Person, values: dict[str, Any] | None = None) -> Shipment:
    with person.scope():
        return make_draft(values, now=timezone.now())


def booked_of(person: Person) -> Shipment:
    with person.scope():
        return make_booked(now=timezone.now())


def again(person: Person, shipment: Shipment) -> Shipment:
    with person.scope():
        row: Shipment = Shipment.objects.get(pk=shipment.pk)
        assert row.private is not None  # opened while its key is at hand
        return row


def address(shipment: Shipment, key: str) -> str:
    if key in {"review", "done", "shipment", "cancel", "delete", "again"}:
        return reverse(f"shipments:{key}", args=[shipment.pk])
    return reverse("shipments:step", args=[shipment.pk, key])


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


def start(person: Person) -> Shipment:
    begun = person.client.post(reverse("shipments:new"), {"submission_key": str(uuid4())})
    with person.scope():
        row: Shipment = Shipment.objects.get(pk=begun["Location"].split("/")[-3])
        assert row.private is not None
        return row


def test_the_sender_of_the_last_item_is_filled_in_and_shown_for_correction(alice: Person, bob: Person) -> None:
    assert start(alice).sender == {}
    with bob.scope():
        booked = make_booked(now=timezone.now())

    draft = start(alice)

    page = alice.client.get(address(draft, "sender")).content.decode()
    assert (draft.sender, draft.recipient, draft.items, draft.item_number) == (SENDER, {}, [], None)
    assert "This is the sender of an earlier item." in page
    assert SENDER["lines"][0] in page
    assert [str(booked.pk)] in read_by(alice)
    alice.client.post(address(draft, "sender"), typed_party(SENDER))
    assert "This is the sender" not in alice.client.get(address(draft, "sender")).content.decode()


def read_by(person: Person) -> list[list[str]]:
    with person.scope():
        found = AccessEntry.objects.filter(action="read", kind="shipment", user_id=person.user.pk)
        return list(found.values_list("ids", flat=True))


def test_a_strangers_sender_or_one_that_was_cleared_is_not_filled_in(alice: Person, charlie: Person) -> None:
    shipment = booked_of(alice)

    assert start(charlie).sender == {}
    with alice.scope():
        Shipment.objects.filter(pk=shipment.pk).update(cleared_at=timezone.now(), status=Status.DELIVERED)
    assert start(alice).sender == {}


def test_a_sender_from_a_book_that_one_may_not_open_is_not_offered(alice: Person, bob: Person) -> None:
    with alice.scope():
        book = books.create_book(name="Directors", access="restricted", now=timezone.now())
        details = ContactDetails(name="Secret Sender", lines=["77 Secret Street"], district="North", can_send=True)
        contact = books.save_contact(book=book, details=details, now=timezone.now())
        make_booked(goods_to_london(sender_contact=str(contact.pk)), now=timezone.now())

    assert start(bob).sender == {}
    assert start(alice).sender == SENDER


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


@pytest.mark.parametrize("country", ["HK", "GB", "US", "JP", "ES"])
def test_a_recipient_is_asked_what_the_address_book_asks(alice: Person, country: str) -> None:
    draft, chosen = draft_of(alice, {}), {"action": "change-country", "country": country}

    in_book = look_at(alice.client.post(reverse("addressbook:add-to-default"), chosen))
    in_wizard = look_at(alice.client.post(address(draft, "recipient"), chosen))

    for name in ("city", "district", "state", "postcode"):
        one, other = (page.one(f"[name={name}]") for page in (in_book, in_wizard))
        assert (one.name, one.get("type")) == (other.name, other.get("type")), name
        labels = [[label.text for label in page.all(f"label[for=id_{name}]")] for page in (in_book, in_wizard)]
        assert labels[0] == labels[1]
    assert again(alice, draft).recipient == {}, "nothing is saved"


def test_another_country_keeps_what_was_typed_and_asks_for_its_own_parts(alice: Person) -> None:
    draft = draft_of(alice, {})
    typed = {"name": "Ed", "line_1": "350 Sample Avenue", "district": "Sha Tin", "city": "New York", "country": "US"}

    page = look_at(alice.client.post(address(draft, "recipient"), {**typed, "action": "change-country"}))

    page.check()
    assert page.one("label[for=id_postcode]").get_text(strip=True) == "ZIP code"
    assert page.one("select#id_state option[value=NY]")
    assert page.one("#id_line_1")["value"] == "350 Sample Avenue"
    assert page.one("#id_city")["value"] == "New York"
    waiting = page.one("#id_district")
    assert (waiting["type"], waiting["value"]) == ("hidden", "Sha Tin")


@pytest.mark.parametrize(
    ("typed", "field", "element"),
    [
        ({"country": "HK", "district": ""}, "district", "select"),
        ({"country": "US", "city": "New York", "state": "紐約", "postcode": "10118"}, "state", "select"),
        ({"country": "GB", "city": "", "postcode": "SW1A 1AA"}, "city", "input"),
    ],
)
def test_what_an_address_lacks_is_said_at_a_field_that_can_be_filled(
    alice: Person, typed: dict[str, str], field: str, element: str
) -> None:
    sent = alice.client.post(address(draft_of(alice, {}), "recipient"), {"name": "Ed", "line_1": "1 Road", **typed})

    page = look_at(sent)
    assert [link["href"] for link in page.all(".govuk-error-summary a")] == [f"#id_{field}"]
    assert page.one(f"{element}#id_{field}:not([type=hidden])")


def test_what_waits_for_another_country_is_not_sent_to_this_one(alice: Person) -> None:
    draft = draft_of(alice, {})

    saved = alice.client.post(
        address(draft, "recipient"), {**typed_party(LONDON), "district": "Sha Tin", "state": "NY"}
    )

    assert saved.status_code == 302, look_at(saved).text
    kept = again(alice, draft).recipient
    assert (kept["district"], kept["state"], kept["lines"]) == ("", "", LONDON["lines"])


def test_a_sender_has_no_country_to_choose_and_a_list_of_districts(alice: Person) -> None:
    page = alice.get(address(draft_of(alice, {}), "sender"))

    assert not page.all("button[value=change-country]")
    assert len(page.all("select#id_district option")) == 19


def test_documents_skip_customs(alice: Person) -> None:
    draft = draft_of(alice, documents_to_new_york(zone="UA"))

    saved = alice.client.post(
        address(draft, "contents"), {"contents": "documents", "weight_g": "40", "format": "", "zone": "UA"}
    )

    assert saved["Location"] == address(draft, "service")
    assert alice.client.get(address(draft, "customs")).status_code == 404


def test_a_wrong_weight_keeps_what_was_typed(alice: Person) -> None:
    draft = draft_of(alice)

    page = look_at(alice.client.post(address(draft, "contents"), {"contents": "goods", "weight_g": "half a kilo"}))

    page.check()
    assert page.one("#id_weight_g")["value"] == "half a kilo"
    assert page.one(".govuk-error-summary a[href='#id_weight_g']")
    assert again(alice, draft).weight_g == 400


def test_a_wrong_address_keeps_what_was_typed(alice: Person) -> None:
    draft = draft_of(alice)

    page = look_at(
        alice.client.post(address(draft, "recipient"), {**typed_party(LONDON), "postcode": "nowhere", "name": "Zoë"})
    )

    page.check()
    assert page.one("#id_name")["value"] == "Zoë"
    assert page.one("#id_postcode")["value"] == "nowhere"


def test_another_line_keeps_the_lines_typed_so_far(alice: Person) -> None:
    draft = draft_of(alice, goods_to_london(items=[]))

    page = look_at(
        alice.client.post(
            address(draft, "customs"),
            {**CUSTOMS, **typed_lines({**SHIRT, "description": "", "weight_g": "much"}), "action": "more"},
        )
    )

    page.check()
    assert page.one("#id_items-0-weight_g")["value"] == "much"
    assert page.one("#id_items-1-description")
    assert again(alice, draft).items == []


def test_a_removed_line_leaves_the_others(alice: Person) -> None:
    draft = draft_of(alice, goods_to_london(items=[]))
    book = {**SHIRT, "description": "Paper notebook"}

    page = look_at(
        alice.client.post(address(draft, "customs"), {**CUSTOMS, **typed_lines(SHIRT, book), "action": "remove 0"})
    )

    page.check()
    assert page.one("#id_items-0-description")["value"] == "Paper notebook"
    assert not page.all("#id_items-1-description")


@pytest.mark.parametrize(
    ("change", "anchor"),
    [
        ({"description": "gift"}, "id_items-0-description"),
        ({"description": "棉質襯衫"}, "id_items-0-description"),
        ({"hs_code": "12"}, "id_items-0-hs_code"),
        ({"value": "0"}, "id_items-0-value"),
        ({"quantity": "0"}, "id_items-0-quantity"),
    ],
)
def test_customs_rules_show_beside_their_field(alice: Person, change: dict[str, str], anchor: str) -> None:
    draft = draft_of(alice, goods_to_london(items=[]))

    page = look_at(alice.client.post(address(draft, "customs"), {**CUSTOMS, **typed_lines({**SHIRT, **change})}))

    page.check()
    assert page.all(f".govuk-error-summary a[href='#{anchor}']"), page.text


def test_contents_heavier_than_the_item_are_refused(alice: Person) -> None:
    draft = draft_of(alice, goods_to_london(items=[]))

    page = look_at(
        alice.client.post(address(draft, "customs"), {**CUSTOMS, **typed_lines({**SHIRT, "weight_g": "401"})})
    )

    page.check()
    assert "401" in page.one(".govuk-error-summary").get_text()


def test_other_needs_words(alice: Person) -> None:
    draft = draft_of(alice, goods_to_london(items=[]))

    page = look_at(alice.client.post(address(draft, "customs"), {**CUSTOMS, "category": "other", **typed_lines(SHIRT)}))

    assert page.one(".govuk-error-summary a[href='#id_category_words']")


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


def test_a_saved_contact_fills_the_form_and_nothing_else(alice: Person) -> None:
    from shipments import contacts

    with alice.scope():
        contacts.save_party(party=LONDON, can_send=False, now=timezone.now())
    draft = draft_of(alice, {"sender": SENDER})
    choice = alice.get(address(draft, "recipient")).one("#contact_0")["value"]

    page = look_at(alice.client.post(address(draft, "recipient"), {"contact": choice, "action": "use"}))

    page.check()
    assert page.one("#id_name")["value"] == LONDON["name"]
    assert again(alice, draft).recipient == {}


def test_a_strangers_contact_cannot_fill_the_form(alice: Person, charlie: Person) -> None:
    from addressbook.models import Contact
    from shipments import contacts

    with alice.scope():
        contacts.save_party(party=LONDON, can_send=False, now=timezone.now())
        hers = Contact.objects.get().pk
    draft = draft_of(charlie)

    refused = charlie.client.post(address(draft, "recipient"), {"contact": str(hers), "action": "use"})

    assert refused.status_code == 404


def test_the_recipient_is_saved_to_the_book_when_asked(alice: Person) -> None:
    from addressbook.models import Contact

    draft = draft_of(alice, {"sender": SENDER})

    alice.client.post(address(draft, "recipient"), {**typed_party(LONDON), "save_to_book": "on"})

    with alice.scope():
        assert Contact.objects.get().name == LONDON["name"]


def test_a_step_is_kept_where_the_book_refuses_the_contact(alice: Person, bob: Person) -> None:
    from addressbook import services as addressbook
    from addressbook.models import AddressBook, Contact

    with alice.scope():
        book = addressbook.default_book(now=timezone.now())
        addressbook.change_book(book=book, name=book.name, access=AddressBook.Access.RESTRICTED)
    draft = draft_of(alice, {"sender": SENDER})

    saved = bob.client.post(address(draft, "recipient"), {**typed_party(LONDON), "save_to_book": "on"})

    assert saved.status_code == 302
    assert again(alice, draft).recipient["name"] == LONDON["name"]
    with alice.scope():
        assert not Contact.objects.exists()


PAGES = ["shipment", "sender", "recipient", "contents", "customs", "service", "review", "delete"]


@pytest.mark.parametrize("key", PAGES)
def test_a_strangers_draft_is_not_found(alice: Person, charlie: Person, key: str) -> None:
    draft = draft_of(alice)

    assert charlie.client.get(address(draft, key)).status_code == 404
    assert charlie.client.post(address(draft, key)).status_code in {404, 405}
    assert again(alice, draft).updated_at == draft.updated_at


@pytest.mark.parametrize("key", ["shipment", "done", "cancel", "again"])
def test_a_strangers_item_is_not_found(alice: Person, charlie: Person, key: str) -> None:
    booked = booked_of(alice)

    assert charlie.client.get(address(booked, key)).status_code in {404, 405}
    assert charlie.client.post(address(booked, key)).status_code in {404, 405}
    assert again(alice, booked).status == Status.BOOKED


@pytest.mark.parametrize("key", ["sender", "review", "delete", "cancel"])
def test_a_viewer_may_not_change(alice: Person, viewer: Person, key: str) -> None:
    draft = draft_of(alice)

    assert viewer.client.get(address(draft, key)).status_code == 403
    assert viewer.client.post(address(draft, key)).status_code == 403


@pytest.mark.parametrize("key", PAGES)
def test_a_colleague_sees_every_page_and_a_get_changes_nothing(alice: Person, bob: Person, key: str) -> None:
    draft = draft_of(alice)

    bob.get(address(draft, key)).check()

    assert again(alice, draft).updated_at == draft.updated_at
    assert again(alice, draft).status == Status.DRAFT


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


def test_the_language_switch_takes_a_half_typed_party_along(alice: Person) -> None:
    draft = draft_of(alice, {"sender": SENDER})
    switch = alice.get(address(draft, "recipient")).one(".app-languages button[lang=zh-Hant]")
    assert switch["form"] == "step"

    typed = {"name": "Zoë", "line_1": "1 Half", "action": switch["value"]}
    with translation.override("zh-hant"):
        page = look_at(alice.client.post(str(switch["formaction"]), typed))

    page.check()
    assert page.one("html")["lang"] == "zh-Hant"
    assert page.one("#id_name")["value"] == "Zoë"
    assert page.one("#id_line_1")["value"] == "1 Half"
    assert not page.all(".govuk-error-summary")
    assert again(alice, draft).recipient == {}


def test_the_language_switch_takes_half_typed_customs_lines_along(alice: Person) -> None:
    draft = draft_of(alice, goods_to_london(items=[]))
    at = address(draft, "customs").replace("/en/", "/zh-hans/")
    typed = {**CUSTOMS, **typed_lines({**SHIRT, "weight_g": "much"}, {**SHIRT, "value": ""}), "action": "redraw"}

    with translation.override("zh-hans"):
        page = look_at(alice.client.post(at, typed))

    page.check()
    assert page.one("#id_items-0-weight_g")["value"] == "much"
    assert page.one("#id_items-1-description")["value"] == SHIRT["description"]
    assert again(alice, draft).items == []


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


def contacts_of(person: Person, *names: str, **fields: Any) -> None:
    from shipments import contacts

    with person.scope():
        for name in names:
            contacts.save_party(party={**LONDON, "name": name, **fields}, can_send=False, now=timezone.now())


def test_saved_addresses_are_searched_and_what_was_typed_stays(alice: Person) -> None:
    contacts_of(alice, "Ann Twin", company="North Ltd", city="Leeds")
    contacts_of(alice, "Ann Twin", company="South Ltd", city="Dover")
    draft = draft_of(alice, {"sender": SENDER})

    for button in ({"action": "find"}, {}):  # Enter in the field presses no button
        typed = {"book_search": "twin dover", "searched": "", "line_1": "Half", **button}
        page = look_at(alice.client.post(address(draft, "recipient"), typed))

        page.check()
        (label,) = page.all("label[for=contact_0]")
        assert "South Ltd" in label.get_text()
        assert "Dover" in label.get_text()
        assert not page.all("#contact_1")
        assert page.one("#id_line_1")["value"] == "Half"
    assert again(alice, draft).recipient == {}


def test_a_search_that_was_made_does_not_keep_the_step_from_being_saved(alice: Person) -> None:
    draft = draft_of(alice, {"sender": SENDER})

    saved = alice.client.post(
        address(draft, "recipient"), {**typed_party(LONDON), "book_search": "ann", "searched": "ann"}
    )

    assert saved.status_code == 302


def test_few_addresses_are_shown_at_a_time_and_those_used_last_first(alice: Person) -> None:
    contacts_of(alice, *(f"Person {number}" for number in range(23)))
    draft = draft_of(alice, {"sender": SENDER})

    page = alice.get(address(draft, "recipient"))
    found = look_at(alice.client.post(address(draft, "recipient"), {"book_search": "person", "action": "find"}))

    assert [len(shown.all("#saved [name=contact]")) for shown in (page, found)] == [5, 20]
    assert "Person 22" in page.one("label[for=contact_0]").get_text()
    assert "More addresses match" in found.one("#saved [role=status]").get_text()


def test_a_search_finds_no_strangers_address(alice: Person, charlie: Person) -> None:
    contacts_of(alice, "Ann Secret")
    draft = draft_of(charlie)

    page = look_at(charlie.client.post(address(draft, "recipient"), {"book_search": "secret", "action": "find"}))

    page.check()
    assert "No saved address matches." in page.text
    assert "Ann" not in page.one("main").get_text()


def test_the_review_warns_of_an_address_that_the_label_has_no_room_for(alice: Person) -> None:
    long = {**SENDER, "lines": ["Wide words in a line of forty letters ok"] * 4, "company": "Y" * 60, "name": "X" * 60}
    long |= {"local_name": "陳" * 40, "local_lines": ["很長的地址" * 12] * 4}
    with alice.scope():
        fine, cut = make_draft(goods_to_london()), make_draft(goods_to_london(sender=long))

    pages = {draft: alice.get(f"/en/shipments/{draft.pk}/review/").text for draft in (fine, cut)}

    assert "too long for the label" not in pages[fine]
    assert "The sender's address is too long for the label" in pages[cut]


# A pasted address ------------------------------------------------------------------


def paste(person: Person, draft: Shipment, key: str, text: str, typed: dict[str, str] | None = None) -> Any:
    sent = {"action": "paste", "pasted": text, "country": "HK", **(typed or {})}
    page = look_at(person.client.post(address(draft, key), sent))
    page.check(200)
    return page


def test_a_pasted_recipient_fills_in_the_step_and_saves_nothing(alice: Person) -> None:
    draft = draft_of(alice)
    before = again(alice, draft).recipient

    page = paste(
        alice, draft, "recipient", "Lena Hoffmann, Prenzlauer Allee 33, 10405 Berlin, Germany", {"name": "Lena"}
    )

    assert page.one("#id_name")["value"] == "Lena"
    assert "Lena Hoffmann" in page.one("#filled").get_text()
    assert page.one("#id_line_1")["value"] == "Prenzlauer Allee 33"
    assert (page.one("#id_city")["value"], page.one("#id_postcode")["value"]) == ("Berlin", "10405")
    assert page.one("#id_country option[selected]")["value"] == "DE"
    assert again(alice, draft).recipient == before


def test_a_pasted_sender_stands_in_hong_kong(alice: Person) -> None:
    draft = draft_of(alice)

    page = paste(alice, draft, "sender", "Amy Ho\n8 Nathan Road\nTsim Sha Tsui, Kowloon\nFax 2123 4567")
    abroad = paste(alice, draft, "sender", "Lena Hoffmann, Prenzlauer Allee 33, 10405 Berlin, Germany")

    assert page.one("#id_district option[selected]")["value"] == "Yau Tsim Mong"
    assert "+852 2123 4567" in page.one("#filled").get_text()  # this form has no field for it
    assert "another country than this form takes" in abroad.one("#filled").get_text()
    assert "Germany" in abroad.one("#filled").get_text()


def test_a_stranger_pastes_into_nobodys_draft(alice: Person, charlie: Person) -> None:
    refused = charlie.client.post(address(draft_of(alice), "sender"), {"action": "paste", "pasted": "Amy Ho"})

    assert refused.status_code == 404
