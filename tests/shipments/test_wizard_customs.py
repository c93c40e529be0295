"""Contents and customs in the wizard."""

from __future__ import annotations

import pytest
from django.utils import translation

from tests.conftest import Person, look_at
from tests.shipments.booking import (
    SHIRT,
    documents_to_new_york,
    goods_to_london,
    typed_lines,
)
from tests.shipments.wizarding import CUSTOMS, address, again, draft_of


def test_documents_skip_customs(alice: Person) -> None:
    draft = draft_of(alice, documents_to_new_york(zone="UA"))

    saved = alice.client.post(
        address(draft, "contents"), {"contents": "documents", "weight_g": "40", "format": "", "zone": "UA"}
    )

    assert saved["Location"] == address(draft, "service")
    assert alice.client.get(address(draft, "customs")).status_code == 404


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
