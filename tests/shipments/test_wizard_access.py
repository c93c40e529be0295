"""Who sees a draft and an item of the wizard's pages: strangers none, colleagues all, viewers without acting."""

from __future__ import annotations

import pytest

from shipments.models import Status
from tests.conftest import Person
from tests.shipments.wizarding import PAGES, address, again, booked_of, draft_of


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
