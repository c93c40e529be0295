"""Possible duplicates of a book: looked for, shown, said to be two, merged and parted again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from addressbook import access, services, tasks
from addressbook.details import ContactDetails
from addressbook.duplicates import looking, merging
from addressbook.duplicates.models import DuplicateLook, Merge, PossibleDuplicate
from addressbook.models import AddressBook, Contact
from security import scope
from security.models import AccessEntry
from security.warrants import Warrant
from tests.addressbook.conftest import NOON, MakeContact, hong_kong
from tests.conftest import Person

LATER = NOON + timedelta(hours=1)
Pair = tuple[Contact, Contact]


@pytest.fixture
def twins(make_contact: MakeContact) -> Pair:
    """Two entries of one person, the second typed later and used since."""
    one = make_contact(
        name="Chan Tai Man", email="tai.man@example.com", company="Sample Ltd", tags=["Family"], notes="Rings twice"
    )
    other = make_contact(
        now=LATER, name="CHAN Tai-man", email="TAI.MAN@example.com", phone="9123 4567", lines=["8 Nathan Rd."],
        tags=["family", "Shop"], notes="Third door", can_send=True,
    )  # fmt: skip
    make_contact(name="Wong Mei Ling", lines=["1 Queen's Road"], district="Southern")
    return one, other


@pytest.fixture
def look(alice: Person, book: AddressBook) -> Callable[[], list[PossibleDuplicate]]:
    def look() -> list[PossibleDuplicate]:
        with alice.scope():
            fresh = AddressBook.objects.get(pk=book.pk)
            looking.ask(fresh, now=timezone.now())
            looking.look(fresh, now=timezone.now())
            return list(PossibleDuplicate.objects.filter(book=book, dismissed_at=None))

    return look


def address(name: str, book: AddressBook, *ids: UUID) -> str:
    return reverse(f"addressbook:{name}", args=[book.pk, *ids])


def said(person: Person, contact_id: UUID) -> ContactDetails | None:
    with person.scope():
        kept = Contact.objects.get(pk=contact_id)
        return None if kept.deleted_at else ContactDetails.of(kept)


def seen_on(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def test_a_book_is_looked_through_and_shows_its_pairs(alice: Person, book: AddressBook, twins: Pair, look: Any) -> None:
    before = alice.client.get(address("duplicates", book)).content.decode()
    [pair] = look()

    page = alice.client.get(address("duplicates", book)).content.decode()

    assert "Look for duplicates" in before
    assert {pair.one_id, pair.other_id} == {contact.pk for contact in twins}
    assert "1 pair may be one contact." in page
    assert "Same e-mail address · Same address" in page
    assert "Wong Mei Ling" not in page
    with alice.scope():
        entry = AccessEntry.objects.filter(endpoint="addressbook:duplicates", kind="contact").latest("at")
    assert set(entry.ids) == {str(contact.pk) for contact in twins}


def test_the_page_says_how_far_it_is(alice: Person, book: AddressBook, look: Any, twins: Pair) -> None:
    alice.client.post(address("look", book))
    running = alice.client.get(address("duplicates", book)).content.decode()
    with alice.scope():
        assert not looking.ask(book, now=timezone.now())  # it runs already
        DuplicateLook.objects.update(asked_at=timezone.now() - looking.PATIENCE)
    killed = alice.client.get(address("duplicates", book)).content.decode()
    look()
    services_changed = alice.client.get(address("duplicates", book)).content.decode()
    with alice.scope():
        services.save_contact(book=book, details=hong_kong(name="New One"), now=timezone.now())

    assert "is being looked through" in running
    assert 'hx-trigger="load delay:2s"' in running
    assert "did not come to an end" in killed
    assert "Last looked through" in services_changed
    assert "has changed since" not in services_changed
    assert "has changed since" in alice.client.get(address("duplicates", book)).content.decode()


def test_the_task_looks_and_does_nothing_where_the_book_is_gone(alice: Person, book: AddressBook, twins: Pair) -> None:
    with alice.scope():
        looking.ask(book, now=NOON)
        tasks.look_for_duplicates.run(book_id=str(book.pk))
        assert looking.is_done(looking.last(book))
        assert PossibleDuplicate.objects.count() == 1
        tasks.look_for_duplicates.run(book_id=str(UUID(int=1)))


def test_contacts_that_stay_two_are_not_shown_again(alice: Person, book: AddressBook, twins: Pair, look: Any) -> None:
    [pair] = look()
    page = address("duplicates", book)
    for language, words in (("zh-hant", "兩個都保留"), ("zh-hans", "两个都保留"), ("en", "Keep both")):
        assert words in alice.client.get(page.replace("/en/", f"/{language}/")).content.decode()

    said = alice.client.post(address("dismiss", book, pair.pk), follow=True).content.decode()

    assert "Both contacts are kept." in said
    assert look() == []
    assert "No contacts look alike." in alice.client.get(address("duplicates", book)).content.decode()
    assert "Chan Tai Man" in alice.client.get(f"{address('duplicates', book)}?different").content.decode()
    alice.client.post(address("dismiss", book, pair.pk), {"different": "off"})
    assert "Chan Tai Man" in alice.client.get(address("duplicates", book)).content.decode()


def test_a_pair_goes_with_its_contacts_to_another_book(
    alice: Person, book: AddressBook, restricted: AddressBook, twins: Pair, look: Any
) -> None:
    assert len(look()) == 1
    with alice.scope(), scope.warrant(Warrant.SHARING):
        Contact.objects.filter(pk__in=[contact.pk for contact in twins]).update(book=restricted)
    with alice.scope():
        assert looking.look(AddressBook.objects.get(pk=restricted.pk), now=timezone.now()) == 1
        assert PossibleDuplicate.objects.get().book_id == restricted.pk
        looking.dismiss(PossibleDuplicate.objects.get(), now=timezone.now())
    with alice.scope(), scope.warrant(Warrant.SHARING):
        Contact.objects.filter(pk__in=[contact.pk for contact in twins]).update(book=book)

    assert look() == []  # they stay two in any book


def test_a_pair_whose_contact_was_deleted_is_gone(alice: Person, book: AddressBook, twins: Pair, look: Any) -> None:
    [pair] = look()
    with alice.scope():
        services.delete_contact(contact=Contact.objects.get(pk=twins[0].pk), now=LATER)

    assert "No contacts look alike." in alice.client.get(address("duplicates", book)).content.decode()
    gone = alice.client.get(address("compare", book, pair.pk), follow=True)
    assert "This pair was decided already." in gone.content.decode()


def test_two_that_were_ticked_are_compared_whatever_was_found(
    alice: Person, book: AddressBook, twins: Pair, make_contact: MakeContact
) -> None:
    other = make_contact(name="Somebody Else", lines=["1 Queen's Road"])
    ids = [str(contact.pk) for contact in (*twins, other)]

    three = alice.client.post(address("compare-selected", book), {"contact": ids}, follow=True)
    two = alice.client.post(address("compare-selected", book), {"contact": ids[1:]}, follow=True)
    again = alice.client.post(address("compare-selected", book), {"contact": ids[1:]})

    assert "Select exactly two contacts." in three.content.decode()
    assert {"CHAN Tai-man", "Somebody Else"} <= set(two.content.decode().replace("<", ">").split(">"))
    assert again["Location"] == two.redirect_chain[-1][0]


def test_a_contact_says_who_else_has_its_address(
    alice: Person, viewer: Person, book: AddressBook, twins: Pair, restricted: AddressBook, make_contact: MakeContact
) -> None:
    make_contact(name="Elsewhere", email="tai.man@example.com", into=restricted)

    page = alice.client.get(reverse("addressbook:contact", args=[twins[0].pk])).content.decode()
    seen = viewer.client.get(reverse("addressbook:contact", args=[twins[0].pk])).content.decode()

    assert "Also in this book with the same e-mail address" in page
    assert "CHAN Tai-man" in page
    assert "Compare and merge" in page
    assert "CHAN Tai-man" in seen
    assert "Compare and merge" not in seen
    assert "Elsewhere" not in page
    third = reverse("addressbook:contact", args=[make_contact(name="Wong").pk])
    assert "Also in this book" not in alice.client.get(third).content.decode()


def merge(person: Person, book: AddressBook, pair: PossibleDuplicate, **choices: str) -> Any:
    page = person.client.get(address("compare", book, pair.pk)).content.decode()
    return person.client.post(address("compare", book, pair.pk), {"seen": seen_on(page), **choices}, follow=True)


def test_merging_keeps_what_was_chosen_and_what_only_one_had(
    alice: Person, book: AddressBook, twins: Pair, look: Any
) -> None:
    [pair] = look()
    side = "one" if pair.one_id == twins[1].pk else "other"  # that of the second's address

    page = merge(alice, book, pair, address=side).content.decode()

    kept, taken_in = said(alice, twins[0].pk), said(alice, twins[1].pk)
    assert taken_in is None
    assert kept is not None
    assert (kept.name, kept.company, kept.phone) == ("Chan Tai Man", "Sample Ltd", "+852 9123 4567")
    assert kept.lines == ["8 Nathan Rd."]
    assert kept.tags == ["Family", "Shop"]
    assert kept.notes == "Rings twice\nThird door"
    assert (kept.can_send, kept.can_receive) == (True, True)
    assert "The two contacts have been merged." in page
    assert "Undo the merge" in page


def test_the_one_used_last_stays(alice: Person, book: AddressBook, twins: Pair, look: Any) -> None:
    with alice.scope():
        services.touch_used(contact_id=twins[1].pk, now=LATER)

    merge(alice, book, look()[0])

    assert said(alice, twins[0].pk) is None
    kept = said(alice, twins[1].pk)
    assert kept is not None
    assert (kept.name, kept.company) == ("CHAN Tai-man", "Sample Ltd")


def test_a_merge_undone_leaves_everything_as_it_was(alice: Person, book: AddressBook, twins: Pair, look: Any) -> None:
    before = [said(alice, contact.pk) for contact in twins]
    merge(alice, book, look()[0])
    with alice.scope():
        done = Merge.objects.get()

    page = alice.client.post(address("part", book, done.pk), follow=True).content.decode()

    assert [said(alice, contact.pk) for contact in twins] == before
    assert "They are two contacts again" in page
    assert alice.client.post(address("part", book, done.pk)).status_code == 404, "as one that was never made here"


def test_what_the_rules_would_not_take_today_comes_back_too(
    alice: Person, book: AddressBook, twins: Pair, look: Any
) -> None:
    merge(alice, book, look()[0])
    with alice.scope():
        done = Merge.objects.get()
        done.before = {**done.before, "district": "", "lines": []}
        done.save(update_fields=["sealed", "key_version"])

    alice.client.post(address("part", book, done.pk))

    after = said(alice, twins[0].pk)
    assert after is not None
    assert after.lines == []


def test_a_merged_contact_that_was_edited_since_keeps_the_edit(
    alice: Person, book: AddressBook, twins: Pair, look: Any
) -> None:
    merge(alice, book, look()[0])
    with alice.scope():
        kept = Contact.objects.get(pk=twins[0].pk)
        services.save_contact(book=book, details=hong_kong(name="Chan T M"), now=timezone.now(), contact=kept)
        done = Merge.objects.get()

    page = alice.client.post(address("part", book, done.pk), follow=True).content.decode()

    assert "was changed since" in page
    after = said(alice, twins[0].pk)
    assert after is not None
    assert (after.name, after.email) == ("Chan T M", "")
    assert said(alice, twins[1].pk) is not None


def test_merges_into_one_contact_are_undone_one_after_the_other(
    alice: Person, book: AddressBook, twins: Pair, look: Any, make_contact: MakeContact
) -> None:
    before = said(alice, twins[0].pk)
    merge(alice, book, look()[0])
    make_contact(now=LATER, name="Chan Tai Man", email="tai.man@example.com", tags=["Third"])
    merge(alice, book, look()[0])
    with alice.scope():
        later, earlier = Merge.objects.order_by("-merged_at")

    for done in (later, earlier):
        page = alice.client.post(address("part", book, done.pk), follow=True).content.decode()
        assert "as they were before" in page

    assert said(alice, twins[0].pk) == before


def test_a_merged_contact_that_moved_where_one_may_not_look_is_not_named(
    alice: Person, bob: Person, book: AddressBook, restricted: AddressBook, twins: Pair, look: Any
) -> None:
    merge(alice, book, look()[0])
    assert "It took in CHAN Tai-man." in bob.client.get(address("duplicates", book)).content.decode()
    with alice.scope():
        kept = Contact.objects.get(pk=twins[0].pk)
        services.save_contact(book=restricted, details=hong_kong(name="Top Secret"), now=LATER, contact=kept)

    page = bob.client.get(address("duplicates", book)).content.decode()

    assert "Top Secret" not in page
    assert "Merged lately" not in page


def test_a_second_press_of_the_button_is_told_so(alice: Person, book: AddressBook, twins: Pair, look: Any) -> None:
    [pair] = look()
    page = alice.client.get(address("compare", book, pair.pk)).content.decode()
    merge(alice, book, pair)

    again = alice.client.post(address("compare", book, pair.pk), {"seen": seen_on(page)}, follow=True)

    assert "This pair was decided already." in again.content.decode()
    assert said(alice, twins[0].pk) is not None


def test_one_brought_back_meanwhile_cannot_be_parted(
    alice: Person, book: AddressBook, twins: Pair, look: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge(alice, book, look()[0])
    with alice.scope():
        done = Merge.objects.get()
    get_contacts = access.get_contacts
    monkeypatch.setattr(
        access, "get_contacts", lambda *args, deleted: [] if deleted else get_contacts(*args, deleted=deleted)
    )

    page = alice.client.post(address("part", book, done.pk), follow=True).content.decode()

    assert "This cannot be undone any more." in page


def test_what_changed_meanwhile_is_not_merged(alice: Person, book: AddressBook, twins: Pair, look: Any) -> None:
    [pair] = look()
    seen = seen_on(alice.client.get(address("compare", book, pair.pk)).content.decode())
    with alice.scope():
        other = Contact.objects.get(pk=twins[1].pk)
        services.save_contact(book=book, details=hong_kong(name="Chan T M"), now=timezone.now(), contact=other)

    page = alice.client.post(address("compare", book, pair.pk), {"seen": seen}).content.decode()

    assert "has been changed meanwhile" in page
    assert "Chan T M" in page
    assert None not in [said(alice, contact.pk) for contact in twins]


def test_killed_in_the_middle_nothing_is_merged(
    alice: Person, book: AddressBook, twins: Pair, look: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [said(alice, contact.pk) for contact in twins]
    look()
    monkeypatch.setattr(services, "delete_contact", lambda **_anything: 1 / 0)

    with alice.scope():
        one, other = (Contact.objects.get(pk=contact.pk) for contact in twins)
    with pytest.raises(ZeroDivisionError), alice.scope():
        merging.merge(book=book, one=one, other=other, choices={}, now=timezone.now())

    assert [said(alice, contact.pk) for contact in twins] == before


def test_a_merge_goes_with_the_bin(alice: Person, book: AddressBook, twins: Pair, look: Any) -> None:
    merge(alice, book, look()[0])

    with alice.scope():
        services.purge_deleted(now=timezone.now() + services.UNDO_PERIOD + timedelta(days=1))
        assert not Merge.objects.exists()
    assert "Merged lately" not in alice.client.get(address("duplicates", book)).content.decode()


@pytest.mark.parametrize("name", ["duplicates", "look", "compare-selected", "compare", "dismiss", "part"])
def test_strangers_find_nothing_and_viewers_may_not(
    name: str, alice: Person, viewer: Person, charlie: Person, book: AddressBook, twins: Pair, look: Any
) -> None:
    merge(alice, book, look()[0])
    with alice.scope():
        pair, done = PossibleDuplicate.objects.get(), Merge.objects.get()
    ids = {"compare": [pair.pk], "dismiss": [pair.pk], "part": [done.pk]}.get(name, [])
    method = "get" if name in {"duplicates", "compare"} else "post"

    assert getattr(charlie.client, method)(address(name, book, *ids)).status_code == 404
    assert getattr(viewer.client, method)(address(name, book, *ids)).status_code == 403
    assert said(alice, twins[1].pk) is None  # still merged


@pytest.mark.parametrize("number", [1, 8])
def test_the_list_costs_the_same_queries_for_one_pair_and_for_many(
    number: int, alice: Person, book: AddressBook, make_contact: MakeContact, look: Any,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    for person in range(number):
        for _twice in range(2):
            make_contact(name=f"Person{person} Wong", email=f"p{person}@example.com")
    assert len(look()) == number
    alice.client.get(address("duplicates", book))

    with django_assert_num_queries(LIST_QUERIES):
        alice.client.get(address("duplicates", book))


LIST_QUERIES = 15


def test_whoever_comes_late_to_a_merge_is_told(
    alice: Person, book: AddressBook, twins: Pair, look: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one merges them between this one's first look and its lock."""
    [pair] = look()
    seen = seen_on(alice.client.get(address("compare", book, pair.pk)).text)
    fetch = access.get_contacts

    def late(place: AddressBook, ids: Any, *, deleted: bool) -> list[Contact]:
        Contact.objects.filter(pk=twins[1].pk).update(deleted_at=timezone.now())
        return fetch(place, ids, deleted=deleted)

    monkeypatch.setattr(access, "get_contacts", late)
    answer = alice.client.post(address("compare", book, pair.pk), {"seen": seen}, follow=True)

    assert answer.status_code == 200
    assert "This pair was decided already." in answer.text


def test_nothing_is_cut_where_two_do_not_fit_into_one(
    alice: Person, book: AddressBook, make_contact: MakeContact, look: Any
) -> None:
    more: dict[str, Any] = {"email": "tai.man@example.com"}
    one = make_contact(tags=[f"a{number}" for number in range(15)], notes="x" * 1500, **more)
    other = make_contact(tags=[f"b{number}" for number in range(15)], notes="y" * 1500, **more)
    [pair] = look()

    page = alice.client.get(address("compare", book, pair.pk)).text
    again = alice.client.post(address("compare", book, pair.pk), {"seen": seen_on(page)}).text

    for text in (page, again):
        assert "Together they have 30 tags, and a contact has at most 20." in text
        assert "Together their notes have 3001 characters" in text
    assert said(alice, one.pk)
    assert said(alice, other.pk)
