"""Tags of single objects: reading what one has already, and changing only what one has read."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from addressbook import services as addressbook
from addressbook.models import AddressBook, Contact
from shipments import services
from tests.api.calling import BOOKS, CONTACT, ROOT, SHIPMENTS, call, is_problem, key_of
from tests.conftest import Person, make_person
from tests.shipments.booking import make_booked

KINDS = ["book", "contact", "shipment"]


@pytest.fixture
def shop(alice: Person) -> Client:
    return key_of(alice)


def made(shop: Client, kind: str) -> tuple[str, str]:
    """Make one object and return its address and its tag."""
    book = call(shop, "post", BOOKS, {"name": "Customers"})
    if kind == "book":
        return f"{BOOKS}{book.json()['id']}/", book["ETag"]
    if kind == "contact":
        contact = call(shop, "post", f"{BOOKS}{book.json()['id']}/contacts/", CONTACT)
        return f"{ROOT}/contacts/{contact.json()['id']}/", contact["ETag"]
    draft = call(shop, "post", SHIPMENTS, {"draft": True})
    return draft["Location"], draft["ETag"]


CHANGES: dict[str, dict[str, Any]] = {
    "book": {"name": "Vendors"},
    "contact": {"company": "Acme"},
    "shipment": {"notes": "Fragile"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_what_one_has_is_not_sent_again(shop: Client, kind: str) -> None:
    address, tag = made(shop, kind)

    same = call(shop, "get", address, If_None_Match=tag)
    among_others = call(shop, "get", address, If_None_Match=f'"x", W/{tag}')
    call(shop, "patch", address, CHANGES[kind])
    changed = call(shop, "get", address, If_None_Match=tag)

    assert tag.startswith('"')
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    assert among_others.status_code == 304
    assert changed.status_code == 200
    assert changed["ETag"] != tag


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["patch", "delete"])
def test_what_has_changed_since_is_not_changed_or_deleted(shop: Client, kind: str, method: str) -> None:
    address, tag = made(shop, kind)
    newer = call(shop, "patch", address, CHANGES[kind])["ETag"]
    body = CHANGES[kind] if method == "patch" else None

    for stale in (tag, f"W/{newer}", '"x"', "x", f"{tag}, {tag}"):
        assert is_problem(call(shop, method, address, body, If_Match=stale), 412), stale
    done = call(shop, method, address, body, If_Match=f'"x", {newer}')

    assert done.status_code == (200 if method == "patch" else 204)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_any_state_will_do_for_a_star_or_without_a_tag(shop: Client, kind: str) -> None:
    address, _tag = made(shop, kind)

    assert call(shop, "patch", address, CHANGES[kind], If_Match="*").status_code == 200
    assert call(shop, "patch", address, CHANGES[kind]).status_code == 200
    assert is_problem(call(shop, "patch", f"{address[:-2]}0/", {}, If_Match="*"), 404) or address[-2] == "0"


@pytest.mark.django_db
def test_a_share_is_deleted_as_it_was_read(alice: Person, bob: Person, shop: Client) -> None:
    book = call(shop, "post", BOOKS, {"name": "Directors", "access": "restricted"}).json()["id"]
    share = call(shop, "post", f"{BOOKS}{book}/shares/", {"email": bob.user.email, "permission": "view"})
    address = f"{ROOT}/shares/{share.json()['id']}/"

    assert is_problem(call(shop, "delete", address, If_Match='"x"'), 412)
    assert call(shop, "delete", address, If_Match=share["ETag"]).status_code == 204


@pytest.mark.django_db
def test_a_tag_knows_language_and_use(alice: Person, shop: Client) -> None:
    address, _tag = made(shop, "contact")
    call(shop, "patch", address, {"company": "Shop 😀"})
    english, chinese = (call(shop, "get", address, Accept_Language=language) for language in ("en", "zh-Hant"))
    with alice.scope():
        addressbook.touch_used(contact_id=Contact.objects.get().pk, now=timezone.now())
    used = call(shop, "get", address)

    assert english.json()["warnings"] != chinese.json()["warnings"]
    assert english["ETag"] != chinese["ETag"]
    assert used["ETag"] != english["ETag"]
    # Used or read in another language, it is the same state: a change of it is not refused.
    assert call(shop, "patch", address, {"company": "Acme"}, If_Match=chinese["ETag"]).status_code == 200


@pytest.mark.django_db
def test_a_tag_never_shows_a_stranger_what_there_is(alice: Person, charlie: Person, shop: Client) -> None:
    stranger = key_of(charlie)
    for kind in KINDS:
        address, tag = made(shop, kind)
        for headers in ({"If_None_Match": tag}, {"If_None_Match": "*"}):
            assert is_problem(call(stranger, "get", address, **headers), 404)
        assert is_problem(call(stranger, "patch", address, CHANGES[kind], If_Match='"x"'), 404)


@pytest.mark.django_db
def test_removing_personal_data_makes_another_tag(alice: Person, shop: Client) -> None:
    with alice.scope():
        shipment = make_booked()
        services.cancel_shipment(shipment_id=shipment.pk, now=shipment.updated_at)
        address = f"{SHIPMENTS}{shipment.pk}/"
        before = call(shop, "get", address)["ETag"]
        assert services.clear_personal_data(now=timezone.now()) == 1

    assert call(shop, "get", address)["ETag"] != before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_of_many_changes_of_one_state_one_wins(kind: str) -> None:
    shop = key_of(make_person("alice"))
    address, tag = made(shop, kind)
    field = next(iter(CHANGES[kind]))
    barrier, statuses = threading.Barrier(6), []

    def change(number: int) -> None:
        barrier.wait(10)
        statuses.append(call(shop, "patch", address, {field: f"Number {number}"}, If_Match=tag).status_code)
        connections.close_all()

    threads = [threading.Thread(target=change, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(statuses) == [200, 412, 412, 412, 412, 412]


@pytest.mark.django_db
def test_a_new_contact_changes_the_state_of_its_book(alice: Person, shop: Client) -> None:
    address, tag = made(shop, "book")
    call(shop, "post", f"{address}contacts/", CONTACT)

    assert is_problem(call(shop, "delete", address, If_Match=tag), 412)
    with alice.scope():
        assert AddressBook.objects.exists()
