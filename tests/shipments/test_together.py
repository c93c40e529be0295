"""Shipping to many: whom a selection gives, what all items have in common, what it costs, the drafts, and undo."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.roles import Role
from addressbook import services as books
from addressbook.details import ContactDetails
from addressbook.models import AddressBook, Contact
from security.models import AccessEntry
from security.sealing import SealedModel
from shipments.models import Batch, BatchState, Shipment
from tests.conftest import Person, make_person
from tests.shipments.booking import LONDON, NEW_YORK, SENDER, SHA_TIN, SHIRT, make_booked, typed_lines, typed_party

pytestmark = pytest.mark.django_db
NOW = timezone.now()
R = TypeVar("R", bound=SealedModel)
DOCUMENTS = {"contents": "documents", "weight_g": 20}


def contact_of(book: AddressBook, party: dict[str, Any], **changes: Any) -> Contact:
    return books.save_contact(book=book, details=ContactDetails(**{**party, **changes}), now=NOW)


@pytest.fixture
def book(alice: Person) -> AddressBook:
    with alice.scope():
        return books.default_book(now=NOW)


@pytest.fixture
def people(alice: Person, book: AddressBook) -> list[Contact]:
    """Two abroad and one in Hong Kong."""
    with alice.scope():
        return [contact_of(book, party) for party in (LONDON, NEW_YORK, SHA_TIN)]


def ship_to(person: Person, book: AddressBook, contacts: list[Contact], **more: Any) -> Any:
    sent = {"which": "ticked", "contact": [str(contact.pk) for contact in contacts], **more}
    return person.client.post(reverse("shipments:ship-to", args=[book.pk]), sent)


def the_batch(person: Person) -> Batch:
    with person.scope():
        return opened(Batch.objects.latest("created_at"))


def opened(row: R) -> R:
    """Return a row that can be read outside of its scope."""
    assert not row.is_unreadable
    return row


def at(batch: Batch, name: str = "batch", *more: str) -> str:
    return reverse(f"shipments:{name}", args=[batch.pk, *more])


def post(person: Person, batch: Batch, page: str, /, *more: str, **data: Any) -> Any:
    return person.client.post(at(batch, page, *more), data)


def filled(person: Person, book: AddressBook, contacts: list[Contact], **changes: Any) -> Batch:
    """Put a batch together as far as its review: documents of 20 g from Alice's office."""
    ship_to(person, book, contacts)
    batch = the_batch(person)
    post(person, batch, "batch-recipients", recipient=[str(one.pk) for one in contacts])
    post(person, batch, "batch-step", "sender", **typed_party(SENDER))
    post(person, batch, "batch-step", "contents", **{**DOCUMENTS, **changes})
    return batch


def drafts_of(person: Person) -> list[Shipment]:
    with person.scope():
        return [opened(one) for one in Shipment.objects.drafts().order_by("-created_at")]


# Who ------------------------------------------------------------------------------------------------------------


def test_a_selection_leads_by_the_wizards_steps_to_a_draft_for_each(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    begun = ship_to(alice, book, people)
    batch = the_batch(alice)
    assert begun.url == at(batch, "batch-recipients")
    page = alice.client.get(begun.url).text
    assert all(one.name in page for one in people)
    own = {f"reference_{people[0].pk}": "A-1"}
    on = post(alice, batch, "batch-recipients", recipient=[str(one.pk) for one in people], **own)
    assert on.url == at(batch, "batch-step", "sender")
    on = post(alice, batch, "batch-step", "sender", **typed_party(SENDER))
    assert on.url == at(batch, "batch-step", "contents")
    on = post(alice, batch, "batch-step", "contents", **DOCUMENTS, reference="ALL")
    assert on.url == at(batch, "batch-service")
    page = alice.client.get(on.url).text
    assert "The cheapest for each recipient" in page
    assert "Service within Hong Kong" in page
    on = post(alice, batch, "batch-service", service="ARM", service_local="LRM")
    assert on.url == at(batch)
    review = alice.client.get(on.url).text
    assert "Make 3 drafts" in review
    assert not drafts_of(alice)

    done = alice.client.post(at(batch, "batch-make"), follow=True).text

    assert "3 drafts have been made." in done
    drafts = drafts_of(alice)
    assert [(d.recipient["name"], d.service, d.reference) for d in drafts] == [
        (people[0].name, "ARM", "A-1"), (people[1].name, "ARM", "ALL"), (people[2].name, "LRM", "ALL"),
    ]  # fmt: skip
    assert {d.sender["name"] for d in drafts} == {SENDER["name"]}
    assert [d.recipient_contact for d in drafts] == [str(one.pk) for one in people]
    made = the_batch(alice)
    assert (made.state, made.rows, made.chosen, made.pattern) == (BatchState.MADE, 3, [], {})


def test_made_twice_they_are_made_once(alice: Person, book: AddressBook, people: list[Contact]) -> None:
    batch = filled(alice, book, people)

    for _click in range(2):
        assert post(alice, batch, "batch-make").url == at(batch)

    assert len(drafts_of(alice)) == 3


def test_the_same_selection_goes_on_with_what_was_begun(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    first, second = ship_to(alice, book, people), ship_to(alice, book, people)
    other = ship_to(alice, book, people[:2])

    assert first.url == second.url != other.url


def test_who_cannot_get_it_is_said_with_a_way_to_mend_it_and_gets_no_draft(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    with alice.scope():
        sends = contact_of(book, {**SHA_TIN, "name": "Only Sends"}, can_send=True, can_receive=False)
        bad = contact_of(book, {**LONDON, "name": "No Postcode"})
        bad.postcode = ""
        bad.save()
    batch = filled(alice, book, [*people, sends, bad])

    review = alice.client.get(at(batch)).text
    post(alice, batch, "batch-make")

    assert "Make 3 drafts" in review
    assert "2 recipients get no draft" in review
    assert "This contact is not marked as a recipient." in review
    for one in (sends, bad):
        way = f"{reverse('addressbook:edit-contact', args=[one.pk])}?next={at(batch)}"
        assert way in review
    assert f'name="next" value="{at(batch)}"' in alice.client.get(way).text
    assert {d.recipient["name"] for d in drafts_of(alice)} == {one.name for one in people}


def test_who_is_left_out_gets_none_and_at_least_one_stays(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    batch = filled(alice, book, people)

    none = post(alice, batch, "batch-recipients")
    assert none.status_code == 200
    assert "Tick at least one recipient." in none.text
    post(alice, batch, "batch-recipients", recipient=str(people[2].pk))
    post(alice, batch, "batch-make")

    assert [d.recipient["name"] for d in drafts_of(alice)] == [people[2].name]


def test_more_than_there_is_room_for_is_refused_as_a_whole(
    alice: Person, book: AddressBook, people: list[Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shipments.together.services.MOST", 2)

    ticked, everybody = ship_to(alice, book, people), ship_to(alice, book, [], which="all")

    for answer in (ticked, everybody):
        assert answer.url == reverse("addressbook:contacts", args=[book.pk])
    assert "at most 2 recipients" in alice.client.get(answer.url).text
    with alice.scope():
        assert not Batch.objects.exists()


def test_all_that_a_list_is_narrowed_to_can_be_shipped_to(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    ship_to(alice, book, [], which="all", country="GB")

    assert the_batch(alice).chosen == [str(people[0].pk)]


def test_nobody_is_nobody(alice: Person, book: AddressBook) -> None:
    answer = ship_to(alice, book, [])

    assert "Select at least one contact." in alice.client.get(answer.url).text


# The items ------------------------------------------------------------------------------------------------------


def test_goods_are_declared_where_they_leave_hong_kong_and_local_ones_are_not(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    batch = filled(alice, book, people, contents="goods", weight_g=400)
    lacking = alice.client.get(at(batch)).text
    assert at(batch, "batch-step", "customs") in lacking
    assert "Before drafts can be made" in lacking
    assert "Make 1 draft" in lacking  # the one in Hong Kong; beside the others stands why not
    assert lacking.count("<strong>Choose the category of the contents.</strong>") == 2
    declared = {"category": "gift", "non_delivery": "return", **typed_lines(SHIRT)}

    on = post(alice, batch, "batch-step", "customs", **declared)
    post(alice, batch, "batch-make")

    assert on.url == at(batch, "batch-service")
    assert {d.destination: len(d.items) for d in drafts_of(alice)} == {"GB": 1, "HK": 0}  # none go to the US now


def test_what_stays_in_hong_kong_is_asked_no_declaration(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    batch = filled(alice, book, people[2:], contents="goods", weight_g=400)

    assert alice.client.get(at(batch, "batch-step", "customs")).status_code == 404
    assert "Make 1 draft" in alice.client.get(at(batch)).text


def test_an_earlier_item_lends_what_it_says(alice: Person, book: AddressBook, people: list[Contact]) -> None:
    with alice.scope():
        earlier = opened(make_booked(now=NOW))
    ship_to(alice, book, people[:1])
    batch = the_batch(alice)
    assert f'value="{earlier.pk}"' in alice.client.get(at(batch, "batch-recipients")).text

    post(alice, batch, "batch-recipients", recipient=str(people[0].pk), shipment=str(earlier.pk))
    post(alice, batch, "batch-make")

    (draft,) = drafts_of(alice)
    assert (draft.contents, draft.weight_g, draft.service) == ("goods", 400, "ARM")
    assert draft.items == earlier.items
    assert draft.sender["name"] == SENDER["name"]


def test_a_foreign_item_lends_nothing(alice: Person, charlie: Person, book: AddressBook, people: list[Contact]) -> None:
    with charlie.scope():
        foreign = make_booked(now=NOW)
    batch = filled(alice, book, people[:1])

    answer = post(alice, batch, "batch-recipients", recipient=str(people[0].pk), shipment=str(foreign.pk))

    assert answer.status_code == 404
    assert the_batch(alice).pattern["contents"] == "documents"


def test_the_sum_is_that_of_the_drafts_each_priced_by_its_destination(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    from shipments.pricing import offers_for, today

    batch = filled(alice, book, people)
    review = alice.client.get(at(batch)).text
    post(alice, batch, "batch-make")
    with alice.scope():
        prices = [offers_for(d, on=today()).results[0].postage_hkd for d in drafts_of(alice)]

    assert f"3 drafts, HK${sum(prices, Decimal(0))} in all" in review
    assert f"about HK${sum(prices, Decimal(0))}" in alice.client.get(at(batch)).text


# Undo -----------------------------------------------------------------------------------------------------------


def test_the_drafts_are_deleted_together_and_what_was_booked_stays(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    from shipments import services

    batch = filled(alice, book, people)
    post(alice, batch, "batch-make")
    with alice.scope():
        booked = services.book_shipment(shipment_id=drafts_of(alice)[0].pk, now=NOW)
    assert "Delete 2 drafts?" in alice.client.get(at(batch, "batch-delete")).text
    assert len(drafts_of(alice)) == 2

    done = alice.client.post(at(batch, "batch-delete"), follow=True)

    assert "2 drafts have been deleted." in done.text
    with alice.scope():
        assert [one.pk for one in Shipment.objects.all()] == [booked.pk]
    page = alice.client.get(at(batch)).text
    assert "1 booked item" in page
    assert "Shipped together: 1 item" in page
    assert "Delete" not in page


def test_a_change_of_language_keeps_what_was_said(alice: Person, book: AddressBook, people: list[Contact]) -> None:
    batch = filled(alice, book, people)
    said = {"recipient": str(people[0].pk), f"reference_{people[0].pk}": "A-7", "action": "redraw"}
    with translation.override("zh-hant"):
        page = post(alice, batch, "batch-recipients", **said).text
        service = post(alice, batch, "batch-service", service="ARM", action="redraw").text

    assert 'value="A-7"' in page
    assert page.count("checked") == 1
    assert "checked" in service.split('value="ARM"')[1].split(">")[0]
    assert the_batch(alice).references == {}


def test_given_up_nothing_is_left_of_it(alice: Person, book: AddressBook, people: list[Contact]) -> None:
    batch = filled(alice, book, people)

    done = alice.client.post(at(batch, "batch-delete"), follow=True)

    assert "It is given up." in done.text
    assert alice.client.get(at(batch)).status_code == 404


# Who may --------------------------------------------------------------------------------------------------------


def test_foreign_contacts_among_ones_own_make_nothing(
    alice: Person, charlie: Person, book: AddressBook, people: list[Contact]
) -> None:
    with charlie.scope():
        theirs = contact_of(books.default_book(now=NOW), LONDON)

    answers = [ship_to(alice, book, [people[0], theirs]), ship_to(charlie, book, people)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert alice.client.post(reverse("shipments:ship-to", args=[book.pk]),
                             {"which": "ticked", "contact": str(uuid4())}).status_code == 404  # fmt: skip
    with alice.scope():
        assert not Batch.objects.exists()


def test_a_stranger_finds_no_batch(alice: Person, charlie: Person, book: AddressBook, people: list[Contact]) -> None:
    batch = filled(alice, book, people)

    for name in ("batch", "batch-recipients", "batch-service", "batch-delete"):
        assert charlie.client.get(at(batch, name)).status_code == 404
    for name in ("batch-make", "batch-delete", "batch-recipients"):
        assert post(charlie, batch, name).status_code == 404
    assert not drafts_of(alice)
    assert the_batch(alice).is_open


def test_a_contact_of_a_book_that_one_may_not_open_is_not_shown_nor_sent_to(
    alice: Person, bob: Person, book: AddressBook, people: list[Contact]
) -> None:
    batch = filled(alice, book, people[:2])
    with alice.scope():
        books.change_book(book=AddressBook.objects.get(pk=book.pk), name="Ours", access="restricted")

    refused = ship_to(bob, book, people[:1])
    page = bob.client.get(at(batch)).text
    post(bob, batch, "batch-make")

    assert refused.status_code == 403
    assert "2 contacts that were chosen are not here" in page
    assert people[0].name not in page
    assert not drafts_of(alice)


def test_a_viewer_is_offered_nothing_and_refused(alice: Person, book: AddressBook, people: list[Contact]) -> None:
    vera = make_person("vera", account=alice.account, role=Role.VIEWER)
    batch = filled(alice, book, people)

    assert "Ship to these" in alice.client.get(reverse("addressbook:contacts", args=[book.pk])).text
    assert "Ship to these" not in vera.client.get(reverse("addressbook:contacts", args=[book.pk])).text
    assert ship_to(vera, book, people).status_code == 403
    assert vera.client.get(at(batch)).status_code == 403
    assert post(vera, batch, "batch-make").status_code == 403


def test_who_may_only_see_a_book_may_ship_to_who_is_in_it(
    alice: Person, bob: Person, book: AddressBook, people: list[Contact]
) -> None:
    with alice.scope():
        closed = books.change_book(book=AddressBook.objects.get(pk=book.pk), name="Ours", access="restricted")
        books.share_book(book=closed, email=bob.user.email, level="view")

    page = bob.client.get(reverse("addressbook:contacts", args=[book.pk])).text

    assert "Ship to these" in page
    assert "Delete the contacts" not in page
    assert ship_to(bob, book, people).status_code == 302


def test_the_access_log_has_who_was_looked_at_and_what_was_made(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    batch = filled(alice, book, people)
    alice.client.get(at(batch))
    post(alice, batch, "batch-make")

    ids = {str(one.pk) for one in people}
    with alice.scope():
        entries = list(AccessEntry.objects.filter(account_id=alice.account.pk).order_by("at"))
        drafts = {str(one.pk) for one in Shipment.objects.all()}
    noted = {(one.action, one.kind, one.endpoint) for one in entries if set(one.ids) == ids}
    assert {("read", "contact", "shipments:ship-to"), ("list", "contact", "shipments:batch"),
            ("read", "contact", "shipments:batch-make")} <= noted  # fmt: skip
    assert any(one.action == "create" and one.kind == "shipment" and set(one.ids) == drafts for one in entries)


def test_as_many_statements_for_many_as_for_few(alice: Person, book: AddressBook, people: list[Contact]) -> None:
    from tests.site.test_query_counts import counted

    with alice.scope():
        more = [contact_of(book, LONDON if place % 2 else NEW_YORK, name=f"P {place}") for place in range(12)]
    few, many = filled(alice, book, people), filled(alice, book, [*people, *more])

    for name in ("batch-recipients", "batch-service", "batch"):
        alice.client.get(at(few, name))
        counts = [counted(lambda: alice.client.get(at(one, name))) for one in (few, many)]  # noqa: B023
        assert counts[0] == counts[1], (name, counts)
    made = [counted(lambda: post(alice, one, "batch-make")) for one in (few, many)]  # noqa: B023
    assert made[0] == made[1]
    shown = [counted(lambda: alice.client.get(at(one))) for one in (few, many)]  # noqa: B023
    assert shown[0] == shown[1]
