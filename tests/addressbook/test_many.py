"""Many contacts at once: tagged, moved, copied, deleted and back again; the bin."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.roles import Role
from addressbook import many, selectors, services
from addressbook.models import AddressBook, Contact
from security.models import AccessEntry
from tests.addressbook.conftest import NOON, MakeContact
from tests.conftest import Person, make_person

pytestmark = pytest.mark.django_db(transaction=True)
ACTS = ["delete-selected", "tag-selected", "move-selected", "copy-selected", "undo-selected", "restore-selected"]


@pytest.fixture
def three(make_contact: MakeContact) -> list[Contact]:
    return [make_contact(name=f"P{number}", now=NOON + timedelta(minutes=number)) for number in range(3)]


@pytest.fixture
def other(alice: Person) -> AddressBook:
    with alice.scope():
        return services.create_book(name="Other", now=NOON)


def act(person: Person, name: str, book: AddressBook, contacts: list[Contact], **data: Any) -> Any:
    sent = {"contact": [str(contact.pk) for contact in contacts], **data}
    return person.client.post(reverse(f"addressbook:{name}", args=[book.pk]), sent)


def names(person: Person, book: AddressBook) -> list[str]:
    with person.scope():
        kept = Contact.objects.filter(book=book, deleted_at=None)
        return sorted(contact.name for contact in kept)


def undo(person: Person, book: AddressBook, response: Any, **data: str) -> Any:
    key = re.search(r'name="key" value="(\w+)"', response.text)
    assert key is not None
    return person.client.post(reverse("addressbook:undo-selected", args=[book.pk]), {"key": key[1], **data})


def test_deleted_together_they_come_back_together_once(alice: Person, book: AddressBook, three: list[Contact]) -> None:
    done = act(alice, "delete-selected", book, three[:2])

    assert "2 contacts have been deleted." in done.text
    assert names(alice, book) == ["P2"]
    assert undo(alice, book, done).status_code == 302
    assert names(alice, book) == ["P0", "P1", "P2"]
    act(alice, "delete-selected", book, three[:2])
    again = alice.client.get(undo(alice, book, done).url)
    assert "This cannot be undone any more." in again.text
    assert names(alice, book) == ["P2"]


def test_a_tag_is_put_on_and_off_and_undone_where_it_was_changed(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    had, plain = make_contact(name="Had", tags=["Tea"]), make_contact(name="Plain")

    def tags() -> dict[str, list[str]]:
        with alice.scope():
            return {contact.name: contact.tags for contact in Contact.objects.all()}

    done = act(alice, "tag-selected", book, [had, plain], word=" tea ", tagging="on")
    assert "1 contact has been tagged." in done.text
    assert tags() == {"Had": ["Tea"], "Plain": ["tea"]}
    undo(alice, book, done, word="tea")
    assert tags() == {"Had": ["Tea"], "Plain": []}
    taken = act(alice, "tag-selected", book, [had, plain], word="TEA", tagging="off")
    assert "taken off 1 contact" in taken.text
    assert tags() == {"Had": [], "Plain": []}
    undo(alice, book, taken, word="TEA")
    assert tags() == {"Had": ["TEA"], "Plain": []}


@pytest.mark.parametrize(
    ("word", "said"), [("", "Enter a tag."), ("a,b", "no comma"), ("x" * 41, "at most 40 characters")]
)
def test_a_tag_that_is_none_changes_nothing(
    alice: Person, book: AddressBook, three: list[Contact], word: str, said: str
) -> None:
    response = act(alice, "tag-selected", book, three, word=word, tagging="on")

    assert said in alice.client.get(response.url).text


def test_moved_they_are_in_the_other_book_and_undone_back(
    alice: Person, book: AddressBook, other: AddressBook, three: list[Contact]
) -> None:
    done = act(alice, "move-selected", book, three[1:], to=other.pk)
    assert "2 contacts have been moved." in done.text
    assert (names(alice, book), names(alice, other)) == (["P0"], ["P1", "P2"])
    undo(alice, book, done)
    assert (names(alice, book), names(alice, other)) == (["P0", "P1", "P2"], [])


def test_copies_are_contacts_of_their_own(
    alice: Person, book: AddressBook, other: AddressBook, make_contact: MakeContact
) -> None:
    contact = make_contact(name="Once", email="once@example.com", tags=["a"], notes="n")
    done = act(alice, "copy-selected", book, [contact], to=other.pk)
    assert "1 contact has been copied." in done.text
    with alice.scope():
        copied = Contact.objects.get(book=other)
        assert copied.private == {**Contact.objects.get(pk=contact.pk).private}
        assert copied.pk != contact.pk
        assert list(selectors.find_by_email("once@example.com").order_by("created_at")) == [contact, copied]
    undo(alice, book, done)
    assert (names(alice, book), names(alice, other)) == (["Once"], [])


def test_all_that_match_are_meant_on_other_pages_too(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    for number in range(30):
        make_contact(name=f"Wong {number}", can_send=number < 28)
    make_contact(name="Chan")

    done = act(alice, "delete-selected", book, [], which="all", q="wong", use="sender", country="HK")

    assert "28 contacts have been deleted." in done.text
    assert names(alice, book) == ["Chan", "Wong 28", "Wong 29"]


def test_nothing_selected_is_said(alice: Person, book: AddressBook, three: list[Contact]) -> None:
    for name in ("delete-selected", "tag-selected"):
        response = act(alice, name, book, [], word="x")
        assert "Select at least one contact." in alice.client.get(response.url).text


def test_the_bin_lists_and_gives_back(alice: Person, book: AddressBook, three: list[Contact]) -> None:
    act(alice, "delete-selected", book, three)
    page = alice.client.get(reverse("addressbook:bin", args=[book.pk])).text
    assert all(contact.name in page for contact in three)
    assert "for 30 days" in page
    response = act(alice, "restore-selected", book, three[:2])
    assert "2 contacts are back." in alice.client.get(response.url).text
    assert names(alice, book) == ["P0", "P1"]
    assert "The bin is empty." not in alice.client.get(reverse("addressbook:bin", args=[book.pk])).text


@pytest.mark.parametrize("name", ACTS)
def test_roles_and_strangers(
    name: str, alice: Person, charlie: Person, book: AddressBook, other: AddressBook, three: list[Contact]
) -> None:
    viewer = make_person("vera", account=alice.account, role=Role.VIEWER)
    data = {"to": other.pk, "word": "x", "tagging": "on", "key": "0" * 32}

    assert act(viewer, name, book, three, **data).status_code == 403
    assert act(charlie, name, book, three, **data).status_code == 404
    with charlie.scope():
        own = services.default_book(now=NOON)
    act(charlie, name, own, three, **{**data, "to": own.pk})
    assert names(alice, book) == ["P0", "P1", "P2"]
    assert names(charlie, own) == []


def test_what_one_did_another_does_not_undo(
    alice: Person, bob: Person, book: AddressBook, three: list[Contact]
) -> None:
    done = act(alice, "delete-selected", book, three)

    undo(bob, book, done)

    assert names(alice, book) == []


def test_a_restricted_book_takes_and_gives_only_with_the_right_to_change(
    alice: Person, book: AddressBook, restricted: AddressBook, three: list[Contact]
) -> None:
    clerk = make_person("cleo", account=alice.account, role=Role.CLERK)
    with alice.scope():
        services.share_book(book=restricted, email="cleo@example.com", level="view")

    assert act(clerk, "move-selected", book, three, to=restricted.pk).status_code == 403
    with alice.scope():
        services.share_book(book=restricted, email="cleo@example.com", level="change")
    assert act(clerk, "move-selected", book, three, to=restricted.pk).status_code == 200
    assert names(alice, restricted) == ["P0", "P1", "P2"]


def test_every_contact_concerned_is_in_the_access_log(
    alice: Person, book: AddressBook, other: AddressBook, three: list[Contact]
) -> None:
    act(alice, "copy-selected", book, three, to=other.pk)
    act(alice, "delete-selected", book, three)

    with alice.scope():
        noted = {(entry.action, entry.row_count) for entry in AccessEntry.objects.filter(kind="contact")}
    assert {("read", 3), ("create", 3), ("delete", 3)} <= noted


def test_no_more_than_so_many_at_once(
    alice: Person, book: AddressBook, three: list[Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "MOST", 2)

    assert "2 contacts have been deleted." in act(alice, "delete-selected", book, [], which="all").text
