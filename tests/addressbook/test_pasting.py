"""A pasted address on the page of a new contact: filled in for correction, never saved, and what was typed stays."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from addressbook.models import AddressBook, Contact
from addressbook.paste import FIELDS, MOST_LETTERS, REASONS
from addressbook.pasting import NAMES
from security.models import AccessEntry
from tests.addressbook.test_views import alice_page, at
from tests.conftest import Person, look_at

TEXT = "Ms Lau\nFlat B, 15/F, Harbour Building\n122 Connaught Road Central\nSheung Wan\nTel 2541 7788\nring twice: yes"
PASTED = {"action": "paste", "pasted": TEXT, "country": "HK"}


def test_the_form_is_filled_in_and_nothing_is_saved(alice: Person) -> None:
    page = alice_page(alice, PASTED)

    assert page.one("#id_name")["value"] == "Ms Lau"
    assert [page.one(f"#id_line{number}")["value"] for number in (1, 2)] == [
        "Flat B, 15/F, Harbour Building",
        "122 Connaught Road Central",
    ]
    assert page.one("#id_city")["value"] == "Sheung Wan"
    assert page.one("#id_district option[selected]")["value"] == "Central and Western"
    assert page.one("#id_phone")["value"] == "+852 2541 7788"
    assert page.one("#id_pasted").get_text(strip=True).startswith("Ms Lau")
    assert "ring twice: yes" in page.one("#filled").get_text()
    with alice.scope():
        assert not Contact.objects.exists()
        assert not AddressBook.objects.exists()
        assert not AccessEntry.objects.filter(kind="contact").exists()


def test_what_is_filled_in_is_saved_by_the_forms_own_button(alice: Person) -> None:
    page = alice_page(alice, PASTED)
    sent = {field["name"]: field.get("value", "") for field in page.all("#contact-form input[name]")}
    district = page.one("#id_district option[selected]")["value"]

    response = alice.post(at("add-to-default"), {**sent, "country": "HK", "district": district, "can_receive": "on"})

    assert response.status_code == 302
    with alice.scope():
        kept = Contact.objects.get()
        assert (kept.name, kept.city, kept.district) == ("Ms Lau", "Sheung Wan", "Central and Western")


def test_what_was_typed_stays_and_what_the_text_has_is_shown(alice: Person) -> None:
    page = alice_page(alice, PASTED | {"name": "Vivian", "notes": "a friend", "can_send": "on"})

    assert page.one("#id_name")["value"] == "Vivian"
    assert page.one("#id_notes").get_text(strip=True) == "a friend"
    assert page.one("#id_can_send").has_attr("checked")
    assert "Ms Lau" in page.one("#filled").get_text()
    assert page.one("#id_city")["value"] == "Sheung Wan"


def test_the_country_of_the_text_stays_away_from_an_address_that_was_typed(alice: Person) -> None:
    abroad = {"pasted": "Hans Meier\nLindenstraße 3\n50674 Köln\nGermany"}

    free = alice_page(alice, PASTED | abroad)
    typed = alice_page(alice, PASTED | abroad | {"line1": "8 Nathan Road"})

    assert free.one("#id_country option[selected]")["value"] == "DE"
    assert free.one("#id_postcode")["value"] == "50674"
    assert typed.one("#id_country option[selected]")["value"] == "HK"
    assert typed.one("#id_line1")["value"] == "8 Nathan Road"
    assert not typed.one("#id_city").get("value")
    assert all(word in typed.one("#filled").get_text() for word in ("Germany", "Köln", "50674", "Lindenstraße 3"))


def test_what_is_not_sure_is_said_beside_its_field_and_gets_the_focus(alice: Person) -> None:
    page = alice_page(alice, PASTED | {"pasted": "Amy Ho\n12 Cumberland Road\nKowloon Tong"})

    field = page.one("#id_district")
    hint = page.one(f"#{field['aria-describedby'].split()[0]}")
    assert "We are not sure: The places that were named lie in more than one district." in hint.get_text()
    assert field.has_attr("autofocus")
    assert len(page.all("[autofocus]")) == 1
    assert [link["href"] for link in page.all("#filled a")] == ["#id_district"]


def test_without_a_doubt_the_summary_gets_the_focus(alice: Person) -> None:
    page = alice_page(alice, PASTED)

    assert page.one("[autofocus]")["id"] == "filled"
    assert page.one("#filled")["tabindex"] == "-1"


@pytest.mark.parametrize(
    ("text", "said"), [("", "Paste the text of an address first."), ("x" * (MOST_LETTERS + 1), "Paste at most 2000")]
)
def test_nothing_or_too_much_is_refused_and_what_was_typed_stays(alice: Person, text: str, said: str) -> None:
    page = alice_page(alice, PASTED | {"pasted": text, "name": "Vivian"})

    assert said in page.one("#id_pasted_error").get_text()
    assert page.one("#paste").has_attr("open")
    assert page.one("#id_name")["value"] == "Vivian"
    assert not page.all("#filled")


def test_a_text_without_an_address_fills_in_nothing_and_says_so(alice: Person) -> None:
    page = alice_page(alice, PASTED | {"pasted": "see you tomorrow"})

    assert "We filled in nothing." in page.one("#filled").get_text()
    assert "see you tomorrow" in page.one("#filled").get_text()


def test_the_disclosure_is_closed_at_first_and_not_there_for_a_contact_that_exists(
    get_page: Any, alice: Person, contact: Contact
) -> None:
    new = get_page(at("add-to-default"), by=alice)
    changed = alice.client.get(at("edit-contact", contact.pk))

    assert not new.one("#paste").has_attr("open")
    assert not look_at(changed).all("#paste")


def test_a_contact_that_exists_takes_no_pasted_text(alice: Person, contact: Contact) -> None:
    alice.post(at("edit-contact", contact.pk), PASTED)

    with alice.scope():
        assert Contact.objects.get().name == contact.name


def test_the_text_stays_when_the_country_changes_or_the_form_is_refused(alice: Person) -> None:
    for action in ({"action": "change-country"}, {"action": ""}):
        page = alice_page(alice, PASTED | action)
        assert page.one("#id_pasted").get_text(strip=True).startswith("Ms Lau")


def test_a_text_is_no_page_and_stands_in_no_log(alice: Person, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="addressbook"):
        alice_page(alice, PASTED | {"pasted": "<script>alert(1)</script>\n" + TEXT})

    assert "Lau" not in caplog.text


def test_every_reason_and_every_part_has_words_in_three_languages() -> None:
    for words in (*REASONS.values(), *NAMES.values()):
        spoken = set()
        for language in ("en", "zh-hant", "zh-hans"):
            with translation.override(language):
                spoken.add(str(words))
        assert len(spoken) > 1, words
    assert set(NAMES) == set(FIELDS)
