"""Sender and recipient in the wizard: typed, chosen from a book, pasted, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from addressbook import services as books
from addressbook.details import ContactDetails
from security.models import AccessEntry
from shipments.models import Shipment, Status
from tests.conftest import Person, look_at
from tests.shipments.booking import (
    LONDON,
    SENDER,
    SHIRT,
    goods_to_london,
    make_booked,
    typed_lines,
    typed_party,
)
from tests.shipments.wizarding import CUSTOMS, address, again, booked_of, draft_of, start


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
