"""Many contacts at once: tagged, moved, copied, deleted and back again; the bin."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from addressbook import many, selectors, services
from addressbook.models import AddressBook, Contact
from security.models import AccessEntry
from tests.addressbook.conftest import NOON, MakeContact, hong_kong
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
    undo(alice, book, done, word="forged, and ignored")
    assert tags() == {"Had": ["Tea"], "Plain": []}
    taken = act(alice, "tag-selected", book, [had, plain], word="TEA", tagging="off")
    assert "taken off 1 contact" in taken.text
    assert tags() == {"Had": [], "Plain": []}
    undo(alice, book, taken)
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
        services.share_book(book=restricted, email="cleo@example.com", level="manage")
    assert act(clerk, "move-selected", book, three, to=restricted.pk).status_code == 403  # they would leave everyone's
    assert act(clerk, "copy-selected", book, three, to=restricted.pk).status_code == 200
    assert names(alice, book) == names(alice, restricted) == ["P0", "P1", "P2"]


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


def test_what_changed_since_stays_as_it_is_and_the_page_says_how_many(
    alice: Person, book: AddressBook, other: AddressBook, three: list[Contact]
) -> None:
    moved = act(alice, "move-selected", book, three[:2], to=other.pk)
    with alice.scope():
        edited = Contact.objects.get(pk=three[0].pk)
        services.save_contact(book=other, details=hong_kong(name="Edited"), now=timezone.now(), contact=edited)
    copied = act(alice, "copy-selected", book, three[2:], to=other.pk)
    with alice.scope():
        copy = Contact.objects.exclude(pk__in=[one.pk for one in three]).get(book=other)
        services.save_contact(book=other, details=hong_kong(name="Edited copy"), now=timezone.now(), contact=copy)

    back = alice.client.get(undo(alice, book, moved).url).text
    still = alice.client.get(undo(alice, book, copied).url).text

    assert (names(alice, book), names(alice, other)) == (["P1", "P2"], ["Edited", "Edited copy"])
    assert "1 contact is as it was before." in back
    assert "1 contact was changed or deleted since, and stays as it is." in back
    assert "as it was before" not in still
    assert "1 contact was changed or deleted since, and stays as it is." in still


def test_contacts_that_are_full_of_tags_are_left_out_and_named(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    full = [make_contact(name=f"Full {number}", tags=[f"t{one}" for one in range(20)]) for number in range(7)]
    plain = make_contact(name="Plain", tags=["Own"])

    done = act(alice, "tag-selected", book, [*full, plain], word="more", tagging="on")

    assert "1 contact has been tagged." in done.text
    assert "7 contacts were left out: they have 20 tags already" in done.text
    assert done.text.count("<li>Full ") == 5
    assert "and 2 more" in done.text
    undo(alice, book, done)
    with alice.scope():
        assert Contact.objects.get(pk=plain.pk).tags == ["Own"]
        assert len(Contact.objects.get(pk=full[0].pk).tags) == 20


def test_a_tag_that_does_not_go_back_on_is_left_off(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    contact = make_contact(tags=[f"t{number}" for number in range(20)])
    taken = act(alice, "tag-selected", book, [contact], word="t0", tagging="off")
    act(alice, "tag-selected", book, [contact], word="other", tagging="on")

    answer = undo(alice, book, taken)

    assert "stays as it is" in alice.client.get(answer.url).text
    with alice.scope():
        assert Contact.objects.get(pk=contact.pk).tags == [*(f"t{number}" for number in range(1, 20)), "other"]


def test_an_undo_that_fails_is_not_used_up(
    alice: Person, book: AddressBook, restricted: AddressBook, three: list[Contact]
) -> None:
    clerk = make_person("cleo", account=alice.account, role=Role.CLERK)
    with alice.scope():
        services.share_book(book=restricted, email="cleo@example.com", level="manage")
    make = act(clerk, "copy-selected", book, three, to=restricted.pk)
    with alice.scope():
        services.share_book(book=restricted, email="cleo@example.com", level="view")
    refused = undo(clerk, book, make)
    with alice.scope():
        services.share_book(book=restricted, email="cleo@example.com", level="change")

    done = undo(clerk, book, make)

    assert (refused.status_code, done.status_code) == (403, 302)
    assert names(alice, restricted) == []


def test_who_moved_may_take_it_back_with_the_right_to_change(
    alice: Person, book: AddressBook, restricted: AddressBook, make_contact: MakeContact
) -> None:
    clerk = make_person("cleo", account=alice.account, role=Role.CLERK)
    contact = make_contact(into=restricted)
    with alice.scope():
        services.share_book(book=restricted, email="cleo@example.com", level="manage")
    moved = act(clerk, "move-selected", restricted, [contact], to=book.pk)
    with alice.scope():
        services.share_book(book=restricted, email="cleo@example.com", level="change")

    undo(clerk, restricted, moved)

    assert (names(alice, book), names(alice, restricted)) == ([], ["Chan Tai Man"])


def test_a_tag_is_not_kept_in_the_clear(alice: Person, book: AddressBook, three: list[Contact]) -> None:
    done = act(alice, "tag-selected", book, three, word="Palliative", tagging="on")
    key = re.search(r'name="key" value="(\w+)"', done.text)
    assert key is not None

    assert "alliative" not in str(cache.get(f"addressbook.undo.{key[1]}"))


def test_all_of_the_bin_comes_back_at_once(alice: Person, book: AddressBook, three: list[Contact]) -> None:
    act(alice, "delete-selected", book, three)

    answer = act(alice, "restore-selected", book, [], which="all")

    assert "3 contacts are back." in alice.client.get(answer.url).text
    assert names(alice, book) == ["P0", "P1", "P2"]
