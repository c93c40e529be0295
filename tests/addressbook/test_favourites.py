"""Stars on contacts: each member has their own, those contacts come first in booking, and nobody else sees it."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from addressbook import favourites, selectors, services
from addressbook.duplicates import merging
from addressbook.models import AddressBook, Contact, Favourite
from addressbook.selectors import Filters
from ecship import frontend
from security import scope
from shipments import selectors as shipments
from tests.addressbook.conftest import NOON, MakeContact, hong_kong
from tests.api.calling import ROOT, call, is_problem, key_of
from tests.conftest import Person, look_at, make_person
from tests.shipments.booking import make_draft

pytestmark = pytest.mark.django_db


def star(person: Person, contact: Contact, how: str = "on") -> Any:
    return person.client.post(reverse("addressbook:favourite", args=[contact.pk]), {"star": how})


def starred(person: Person) -> set[str]:
    with person.scope():
        ids = favourites.ids()
        return {one.name for one in Contact.objects.filter(pk__in=ids)}


def test_a_star_is_ones_own_and_is_put_on_and_taken_off_on_the_page(
    alice: Person, viewer: Person, book: AddressBook, contact: Contact
) -> None:
    at = reverse("addressbook:contact", args=[contact.pk])

    for _twice in range(2):
        assert star(viewer, contact)["Location"] == at
    hers, others = (look_at(person.client.get(at)) for person in (viewer, alice))

    hers.check(200)
    assert "One of your favourites." in hers.text
    assert "Add to your favourites" in others.text
    assert (starred(viewer), starred(alice)) == ({contact.name}, set())
    with alice.scope():
        assert Favourite.objects.count() == 1
    star(viewer, contact, "off")
    star(viewer, contact, "off")
    assert starred(viewer) == set()


def test_strangers_and_those_without_the_book_have_no_star_there(
    alice: Person, bob: Person, charlie: Person, restricted: AddressBook
) -> None:
    with alice.scope():
        contact = services.save_contact(book=restricted, details=hong_kong(name="Director"), now=NOON)

    for how in ("on", "off"):
        assert star(charlie, contact, how).status_code == 404
        assert star(bob, contact, how).status_code == 403
    assert bob.client.get(reverse("addressbook:favourite", args=[contact.pk])).status_code == 405
    assert is_problem(call(key_of(charlie), "post", f"{ROOT}/contacts/{contact.pk}/favourite/"), 404)
    with alice.scope():
        assert not Favourite.objects.exists()


def test_the_site_itself_has_no_favourites(alice: Person, contact: Contact) -> None:
    with alice.scope():
        favourites.star(contact=contact, now=NOON)
    with scope.account(account_id=alice.account.pk, actor="system:test"):
        assert favourites.ids() == set()


def test_a_list_shows_and_narrows_to_ones_own_stars(
    alice: Person, bob: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    made = [make_contact(name=f"Person {number}", now=NOON + timedelta(minutes=number)) for number in range(5)]
    for number in (1, 3):
        star(alice, made[number])
    star(bob, made[2])

    with alice.scope():
        for order in selectors.Order:
            first = selectors.page_of(book, filters=Filters(favourites=True), order=order, size=1)
            second = selectors.page_of(book, filters=Filters(favourites=True), order=order, size=1, cursor=first.next)
            found = [one.name for one in (*first.contacts, *second.contacts)]
            assert sorted(found) == ["Person 1", "Person 3"]
            assert second.next == ""
        words = selectors.page_of(book, filters=Filters(query="person 3", favourites=True)).contacts
        assert [one.name for one in words] == ["Person 3"]
        assert len(selectors.ids_of(book, Filters(favourites=True), most=9)) == 2
    listed = look_at(alice.client.get(reverse("addressbook:contacts", args=[book.pk])))
    narrowed = look_at(alice.client.post(reverse("addressbook:search", args=[book.pk]), {"favourites": "on"}))

    assert listed.one("#found").get_text().count("★") == 2
    assert len(narrowed.all("#contacts a")) == 2
    assert narrowed.one("[name=favourites][type=checkbox]").has_attr("checked")


@pytest.mark.parametrize("order", selectors.Order)
def test_a_page_goes_on_where_it_was_though_its_first_one_lost_its_star(
    alice: Person, book: AddressBook, make_contact: MakeContact, order: str
) -> None:
    made = [make_contact(name=f"Person {number}", now=NOON + timedelta(minutes=number)) for number in range(6)]
    for one in made:
        star(alice, one)
    here = {"favourites": "on", "order": order}
    with alice.scope():
        narrowed = Filters(favourites=True)
        first = selectors.page_of(book, filters=narrowed, order=order, size=2)
        cursor, words = first.next, Filters(query="person", favourites=True)
        sought = selectors.page_of(book, filters=words, order=order, size=2).next
        _one, _two, third, *rest = selectors.page_of(book, filters=narrowed, order=order).contacts
        names = [one.name for one in rest]
    for one in (third, first.contacts[0]):
        star(alice, one, "off")

    page = look_at(alice.client.post(reverse("addressbook:search", args=[book.pk]), here | {"cursor": cursor}))
    at = f"{ROOT}/address-books/{book.pk}/contacts/?favourite=true&ordering={order}&cursor={cursor}"
    listed = call(key_of(alice), "get", at)

    page.check(200)
    assert [one["name"] for one in listed.json()["results"]] == names
    with alice.scope():
        assert selectors.page_of(book, filters=words, order=order, cursor=sought).contacts == rest


def test_a_star_in_a_list_leads_back_to_it_or_draws_its_row_anew(
    alice: Person, viewer: Person, book: AddressBook, contact: Contact
) -> None:
    listing = reverse("addressbook:contacts", args=[book.pk])
    for person in (alice, viewer):
        page = look_at(person.client.get(f"{listing}?order=-used_at"))
        page.check(200)
        button = page.one("#contacts button[name=star]")
        assert (button["form"], button["value"]) == (page.one("form#stars")["id"], "on")

        back = person.client.post(
            str(button["formaction"]), {"star": "on"}, headers={"Referer": f"http://testserver{listing}"}
        )
        row = person.client.post(
            str(button["hx-post"]), {"star": "off", "order": "-used_at"}, headers={"HX-Request": "true"}
        ).content.decode()

        assert back["Location"] == listing
        assert ("☆" in row, "Not used yet" in row, "<html" in row) == (True, True, False)
        assert starred(person) == set()


def test_a_star_stands_after_the_whole_name_and_is_large_enough_for_a_finger(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    make_contact(name="Tan Wei Ling", local_name="陈伟玲")

    row = look_at(alice.client.get(reverse("addressbook:contacts", args=[book.pk]))).one("#contacts .app-rows__row")
    said = " ".join(row.get_text().split())
    size = re.search(r"\.app-rows__star\{([^}]*)\}", (frontend.BUILD / "app.css").read_text())

    assert said.startswith("Tan Wei Ling 陈伟玲 ☆")
    assert row.select_one("button.app-rows__star[name=star]")
    assert size
    assert min(int(px) for px in re.findall(r"min-(?:width|height):(\d+)px", size[1])) >= 24  # WCAG 2.2, 2.5.8


def test_favourites_come_first_in_booking_and_those_used_last_after_them(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    names = [f"Person {number}" for number in range(8)]
    made = [make_contact(name=name, now=NOON + timedelta(minutes=place)) for place, name in enumerate(names)]
    with alice.scope():
        Contact.objects.filter(pk=made[0].pk).update(used_at=NOON)
        Contact.objects.filter(pk=made[1].pk).update(used_at=NOON + timedelta(days=1))
        for number in (0, 4):
            favourites.star(contact=made[number], now=NOON)

        likely = [one.name for one in shipments.saved_contacts(senders=False).rows]
        found = [one.name for one in shipments.saved_contacts(senders=False, query="person").rows]
        draft = make_draft({"recipient": {}})
    page = look_at(alice.client.get(reverse("shipments:step", args=[draft.pk, "recipient"]))).one("#saved").get_text()

    assert likely == ["Person 0", "Person 4", "Person 1", "Person 7", "Person 6", "Person 5", "Person 3"]
    assert found == [*likely, "Person 2"]
    assert page.count("★") == 2


def test_a_star_costs_no_query_a_row(alice: Person, book: AddressBook, make_contact: MakeContact) -> None:
    at, asked = reverse("addressbook:contacts", args=[book.pk]), []
    for number in (1, 8):
        for _each in range(number):
            star(alice, make_contact())
        alice.client.get(at)  # the book is laid out
        with CaptureQueriesContext(connection) as queries:
            alice.client.get(at)
        asked.append(len(queries))

    assert asked[0] == asked[1]


def test_a_member_has_so_many_stars_and_no_more(
    alice: Person, book: AddressBook, make_contact: MakeContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(favourites, "MOST", 1)
    first, second = make_contact(), make_contact()
    star(alice, first)

    said = alice.client.post(reverse("addressbook:favourite", args=[second.pk]), {"star": "on"}, follow=True)

    listing = reverse("addressbook:contacts", args=[book.pk])
    script = {"HX-Request": "true", "Referer": f"http://testserver{listing}"}
    refused = alice.client.post(reverse("addressbook:favourite", args=[second.pk]), {"star": "on"}, headers=script)

    assert "Take a star off another one." in said.content.decode()
    assert (refused.status_code, refused.headers.get("HX-Redirect"), refused.content) == (200, listing, b"")
    assert "Take a star off another one." in alice.client.get(listing).content.decode()
    assert is_problem(call(alice.client, "post", f"{ROOT}/contacts/{second.pk}/favourite/"), 409)
    star(alice, first)
    with alice.scope():
        assert favourites.ids() == {first.pk}


def test_the_contact_that_takes_in_another_one_has_its_stars(
    alice: Person, bob: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    kept, gone = make_contact(name="Kept"), make_contact(name="Gone", now=NOON + timedelta(days=1))
    for person in (alice, bob):
        star(person, gone)
    star(alice, kept)

    with alice.scope():
        merging.merge(book=book, one=kept, other=gone, choices={"name": "one"}, now=NOON + timedelta(days=2))

    assert "Kept" in starred(alice) & starred(bob)


def test_a_merge_undone_takes_back_the_stars_that_it_passed_on_and_no_others(
    alice: Person, bob: Person, viewer: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    kept, gone = make_contact(name="Kept"), make_contact(name="Gone", now=NOON + timedelta(days=1))
    for person in (alice, bob, viewer):
        star(person, gone)
    star(alice, kept)
    with alice.scope():
        done = merging.merge(book=book, one=kept, other=gone, choices={"name": "one"}, now=NOON + timedelta(days=2))
    for how in ("off", "on"):
        star(viewer, kept, how)

    alice.client.post(reverse("addressbook:part", args=[book.pk, done.pk]))

    assert (starred(alice), starred(bob), starred(viewer)) == ({"Kept", "Gone"}, {"Gone"}, {"Kept", "Gone"})


def test_a_program_stars_for_whoever_made_its_key(
    alice: Person, bob: Person, book: AddressBook, contact: Contact
) -> None:
    key, at = key_of(alice), f"{ROOT}/contacts/{contact.pk}/favourite/"

    made = call(key, "post", at)
    single = call(key, "get", f"{ROOT}/contacts/{contact.pk}/").json()
    listed = call(key, "get", f"{ROOT}/address-books/{book.pk}/contacts/?favourite=true").json()["results"]
    others = call(key_of(bob), "get", f"{ROOT}/address-books/{book.pk}/contacts/?favourite=true").json()["results"]
    changed = call(key, "patch", f"{ROOT}/contacts/{contact.pk}/", {"company": "Acme"}).json()

    assert (made.status_code, made.json()["is_favourite"]) == (200, True)
    assert single["is_favourite"] is changed["is_favourite"] is True
    assert [one["id"] for one in listed] == [str(contact.pk)]
    assert others == []
    assert call(key, "delete", at).status_code == 204
    assert call(key, "get", f"{ROOT}/contacts/{contact.pk}/").json()["is_favourite"] is False
    assert is_problem(call(key, "post", f"{ROOT}/contacts/{uuid4()}/favourite/"), 404)


# Deleted for good at the same moment -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_whoever_is_overtaken_is_told_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contact is gone for good before the request that stars it is committed."""
    alice, real = make_person("alice"), favourites.star
    with alice.scope():
        book = services.default_book(now=NOON)
        one, other = (services.save_contact(book=book, details=hong_kong(name=name), now=NOON) for name in ("A", "B"))

    def delete(contact: Contact) -> None:
        with alice.scope():
            Contact.objects.filter(pk=contact.pk).delete()
        connections.close_all()

    def overtaken(*, contact: Contact, now: datetime) -> None:
        real(contact=contact, now=now)
        quicker = threading.Thread(target=delete, args=[contact])
        quicker.start()
        quicker.join()

    monkeypatch.setattr(favourites, "star", overtaken)
    page = star(alice, one)
    answer = call(key_of(alice), "post", f"{ROOT}/contacts/{other.pk}/favourite/")

    assert (page.status_code, "Somebody was quicker" in page.content.decode()) == (409, True)
    assert is_problem(answer, 409)
    with alice.scope():
        assert not Favourite.objects.exists()
