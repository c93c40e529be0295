"""Booking and the address book: contacts used are noted, and a book that refuses costs no booking."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from addressbook import room
from addressbook import services as addressbook
from addressbook.models import AddressBook, Contact
from security import scope
from security.models import SecurityEvent
from security.warrants import Warrant
from shipments import contacts, item_numbers, selectors, services
from shipments.models import NumberRange, Shipment, Status
from shipments.parties import details
from tests.conftest import Person, make_person
from tests.pages import Page
from tests.shipments.booking import LONDON, NOW, SENDER, goods_to_london, make_draft, typed_party
from tests.shipments.test_shipment_api import GOODS, LIST, one, send
from tests.shipments.wizarding import address, again, draft_of


def make_contact(party: dict[str, object] = LONDON) -> Contact:
    book = addressbook.default_book(now=NOW)
    return addressbook.save_contact(book=book, details=details(party), now=NOW)


def step(shipment: Shipment, key: str) -> str:
    return f"/en/shipments/{shipment.pk}/{key}/"


@pytest.mark.django_db
def test_booking_notes_the_contact_that_filled_in_the_party(alice: Person) -> None:
    with alice.scope():
        contact = make_contact()
        draft = make_draft(goods_to_london())

    filled = Page(alice.client.post(step(draft, "recipient"), {"contact": contact.pk, "action": "use"}))
    hidden = str(filled.one("input[name=filled_from]")["value"])
    alice.client.post(step(draft, "recipient"), {**typed_party(LONDON), "filled_from": hidden})

    with alice.scope():
        contact.refresh_from_db()
        assert contact.used_at is None
        services.book_shipment(shipment_id=draft.pk, now=NOW + timedelta(hours=1))
        contact.refresh_from_db()
        assert contact.used_at == NOW + timedelta(hours=1)


@pytest.mark.django_db
def test_the_choice_begins_with_the_contacts_used_last(alice: Person) -> None:
    with alice.scope():
        names = ["used today", "used yesterday", "added", "added later"]
        made = {
            name: addressbook.save_contact(
                book=addressbook.default_book(now=NOW),
                details=details({**LONDON, "name": name}),
                now=NOW + timedelta(days=place),
            )
            for place, name in enumerate(names)
        }
        addressbook.touch_used(contact_id=made["used today"].pk, now=NOW + timedelta(hours=2))
        addressbook.touch_used(contact_id=made["used yesterday"].pk, now=NOW + timedelta(hours=1))

        assert [row.name for row in selectors.saved_contacts(senders=False).rows] == [
            "used today",
            "used yesterday",
            "added later",
            "added",
        ]
        found = selectors.saved_contacts(senders=False, query="london").rows
        assert [row.name for row in found] == ["used today", "used yesterday", "added later", "added"]
        draft = make_draft(goods_to_london())

    saved = Page(alice.client.get(step(draft, "recipient"))).one("#saved").get_text()
    by_use = f"/en/address-books/{made['added'].book_id}/?order=-used_at"
    listed = Page(alice.client.get(by_use)).one("#found").get_text()

    assert saved.count("Last used on") == 2
    assert (listed.count("Last used on"), listed.count("Not used yet")) == (2, 2)


@pytest.mark.django_db
def test_a_machine_that_names_a_contact_uses_it(alice: Person) -> None:
    with alice.scope():
        contact = make_contact()

    answer = send(alice, "post", LIST, {**GOODS, "recipient": {"contact": str(contact.pk)}})

    assert answer.status_code == 201
    with alice.scope():
        contact.refresh_from_db()
        assert contact.used_at is not None


@pytest.mark.django_db
def test_a_contact_one_may_not_see_is_not_touched(alice: Person, bob: Person, charlie: Person) -> None:
    with alice.scope():
        contact = make_contact()
        addressbook.change_book(book=contact.book, name="Board", access=AddressBook.Access.RESTRICTED)
    with charlie.scope():
        foreign = make_contact()

    with bob.scope():
        values = goods_to_london(sender_contact=str(contact.pk), recipient_contact=str(foreign.pk))
        services.book_shipment(shipment_id=make_draft(values).pk, now=NOW)

    for person, row in ((alice, contact), (charlie, foreign)):
        with person.scope():
            row.refresh_from_db()
            assert row.used_at is None


@pytest.mark.django_db
def test_an_older_use_and_a_change_of_the_contact_lose_no_newer_use(alice: Person) -> None:
    with alice.scope():
        contact = make_contact()
        read_before = Contact.objects.get(pk=contact.pk)
        addressbook.touch_used(contact_id=contact.pk, now=NOW + timedelta(days=2))

        addressbook.touch_used(contact_id=contact.pk, now=NOW + timedelta(days=1))
        addressbook.save_contact(
            book=contact.book, details=details({**LONDON, "name": "Ed"}), now=NOW, contact=read_before
        )

        contact.refresh_from_db()
        assert (contact.name, contact.used_at) == ("Ed", NOW + timedelta(days=2))


@pytest.mark.django_db(transaction=True)
def test_bookings_that_share_two_contacts_crosswise_never_lock_each_other_out() -> None:
    alice = make_person("alice")
    with alice.scope():
        first, second = str(make_contact(SENDER).pk), str(make_contact().pk)
        pairs = [(first, second), (second, first)] * 4
        drafts = [
            make_draft(goods_to_london(sender_contact=sender, recipient_contact=recipient)).pk
            for sender, recipient in pairs
        ]
    barrier = Barrier(len(drafts))

    def book(draft: object) -> str:
        try:
            barrier.wait(20)
            with alice.scope():
                return services.book_shipment(shipment_id=draft, now=timezone.now()).status  # type: ignore[arg-type]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(drafts)) as pool:
        statuses = list(pool.map(book, drafts))

    assert statuses == [Status.BOOKED] * len(drafts)
    with alice.scope():
        assert Contact.objects.exclude(used_at=None).count() == 2


@pytest.mark.django_db
def test_a_machine_keeps_its_booking_where_the_book_refuses_the_recipient(alice: Person, bob: Person) -> None:
    with alice.scope():
        book = addressbook.default_book(now=NOW)
        addressbook.change_book(book=book, name="Board", access=AddressBook.Access.RESTRICTED)

    answer = send(bob, "post", LIST, {**GOODS, "save_recipient": True})

    body = answer.json()
    assert answer.status_code == 201
    assert body["status"] == "booked"
    assert [warning["code"] for warning in body["warnings"]] == ["recipient_not_saved"]
    with alice.scope():
        assert Shipment.objects.get().pk
        assert not Contact.objects.exists()
        contacts.save_party(party=LONDON, can_send=False, now=NOW)


@pytest.mark.django_db
def test_a_booking_and_a_draft_are_kept_where_the_book_is_full(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = draft_of(alice, {"sender": SENDER})
    monkeypatch.setattr(room, "MOST", 0)

    answer = send(alice, "post", LIST, {**GOODS, "save_recipient": True}).json()
    typed = {**typed_party(LONDON), "save_to_book": "on"}
    page = alice.client.post(address(draft, "recipient"), typed, follow=True)

    assert answer["status"] == "booked"
    assert [warning["code"] for warning in answer["warnings"]] == ["recipient_not_saved"]
    assert "The address book is full. The address stands in this draft." in page.content.decode()
    assert again(alice, draft).recipient["name"] == LONDON["name"]
    with alice.scope():
        assert Shipment.objects.filter(status=Status.BOOKED).count() == 1
        assert not Contact.objects.exists()


# No number left --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_used_up_range_is_said_to_people_and_machines_and_raises_an_alarm(alice: Person) -> None:
    with scope.warrant(Warrant.REFERENCE):
        NumberRange.objects.filter(range_group="RA").delete()
    with alice.scope():
        draft = make_draft(goods_to_london(), now=timezone.now())
        postage = services._offer_for(draft, now=timezone.now()).postage_hkd

    page = Page(alice.client.post(step(draft, "review"), {"postage_hkd": str(postage)}))
    answer = send(alice, "post", one(draft.pk, "book"))

    assert "No item numbers are left for this service." in page.text
    assert answer.status_code == 503
    assert "No item numbers are left" in answer.json()["detail"]
    with alice.scope():
        assert Shipment.objects.get().status == Status.DRAFT


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
def test_the_alarm_outlives_the_refused_booking() -> None:
    alice = make_person("alice")
    kept = list(NumberRange.objects.filter(range_group="RA").values())
    with scope.warrant(Warrant.REFERENCE):
        NumberRange.objects.filter(range_group="RA").delete()
    try:
        with alice.scope():
            draft = make_draft(goods_to_london())
        with pytest.raises(item_numbers.RangeExhausted), alice.scope():
            services.book_shipment(shipment_id=draft.pk, now=NOW)
    finally:
        with scope.warrant(Warrant.REFERENCE):
            NumberRange.objects.bulk_create(NumberRange(**values) for values in kept)

    event = SecurityEvent.objects.using("security").get(kind="no_numbers")
    assert event.data["ids"] == ["RA"]
