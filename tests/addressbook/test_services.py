from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from addressbook import access, selectors, services
from addressbook.details import InvalidContact
from addressbook.models import AddressBook, AddressBookUserPermission, Contact
from addressbook.selectors import Filters, Order
from security import sealing
from security.models import AccessEntry
from security.permissions import Permission
from security.refusals import Forbidden, NotFound
from security.walls import Wall
from tests.addressbook.conftest import NOON, MakeContact, hong_kong
from tests.conftest import Person


def test_private_values_never_stand_in_plain_in_the_database(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    kept = make_contact(email="tai.man@example.com", phone="9123 4567", notes="owes me tea", tags=["Family"])

    with alice.scope(), connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text, c.sealed FROM addressbook_contact c WHERE id = %s", [kept.pk])
        text, sealed = cursor.fetchone() or ("", b"")
        cursor.execute("SELECT sealed FROM addressbook_addressbook WHERE id = %s", [book.pk])
        name = (cursor.fetchone() or (b"",))[0]

    # The row has the sealed value in hexadecimal digits, among which four of a number turn up by chance.
    for secret in ("Chan", "Nathan", "tai.man", "9123 4567", "91234567", "tea", "Family", "Yau Tsim"):
        assert secret not in text
        assert secret.encode() not in bytes(sealed)
    assert b"contacts" not in bytes(name)


def test_a_contact_is_read_back_as_it_was_kept(alice: Person, contact: Contact) -> None:
    with alice.scope():
        found = access.get_contact(str(contact.pk), to=Permission.CONTACT_VIEW)

        assert (found.name, found.district, found.state) == ("Chan Tai Man", "Yau Tsim Mong", "Kowloon")
        assert (found.phone, found.tags, found.can_receive) == ("+852 9123 4567", ["Family"], True)


def test_an_invalid_contact_leaves_nothing_behind(alice: Person, book: AddressBook) -> None:
    with alice.scope():
        with pytest.raises(InvalidContact):
            services.save_contact(book=book, details=hong_kong(name="", phone="1"), now=NOON)

        assert not Contact.objects.exists()


def test_a_stranger_finds_nothing(charlie: Person, book: AddressBook, contact: Contact) -> None:
    with charlie.scope():
        for unknown in (contact.pk, str(contact.pk), "not-an-id", "", book.pk):
            with pytest.raises(NotFound):
                access.get_contact(unknown, to=Permission.CONTACT_VIEW)
        with pytest.raises(NotFound):
            access.get_book(book.pk, to=Permission.CONTACT_VIEW)
        assert not access.books_for(Permission.CONTACT_VIEW).exists()
        assert not selectors.find_by_email("tai.man@example.com").exists()


def test_a_stranger_cannot_plant_a_contact(charlie: Person, book: AddressBook) -> None:
    with charlie.scope(), connection.cursor() as cursor:
        services.save_contact(book=book, details=hong_kong(), now=NOON)
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def test_a_viewer_may_not_change(viewer: Person, contact: Contact) -> None:
    with viewer.scope():
        assert access.get_contact(contact.pk, to=Permission.CONTACT_VIEW)
        with pytest.raises(Forbidden):
            access.get_contact(contact.pk, to=Permission.CONTACT_CHANGE)


def test_a_restricted_book_opens_by_grant_only(alice: Person, bob: Person, restricted: AddressBook) -> None:
    with bob.scope():
        assert restricted not in access.books_for(Permission.CONTACT_VIEW)
        with pytest.raises(Forbidden):
            access.get_book(restricted.pk, to=Permission.CONTACT_VIEW)

    with alice.scope():
        services.share_book(book=restricted, email="BOB@example.com", level="view")

    with bob.scope():
        assert restricted in access.books_for(Permission.CONTACT_VIEW)
        assert access.get_book(restricted.pk, to=Permission.CONTACT_VIEW)
        for right in (Permission.CONTACT_CHANGE, Permission.BOOK_MANAGE):
            with pytest.raises(Forbidden):
                access.get_book(restricted.pk, to=right)


def test_a_greater_grant_holds_the_lesser(alice: Person, bob: Person, restricted: AddressBook) -> None:
    with alice.scope():
        services.share_book(book=restricted, email=bob.user.email, level="view")
        services.share_book(book=restricted, email=bob.user.email, level="manage")
        assert AddressBookUserPermission.objects.count() == 1

    with bob.scope():
        for right in (Permission.CONTACT_VIEW, Permission.CONTACT_CHANGE, Permission.BOOK_MANAGE):
            assert access.get_book(restricted.pk, to=right)
            assert restricted in access.books_for(right)

    with alice.scope():
        services.unshare_book(book=restricted, user_id=bob.user.pk)

    with bob.scope(), pytest.raises(Forbidden):
        access.get_book(restricted.pk, to=Permission.CONTACT_VIEW)


def test_a_grant_gives_no_right_that_the_role_lacks(alice: Person, viewer: Person, restricted: AddressBook) -> None:
    with alice.scope():
        services.share_book(book=restricted, email=viewer.user.email, level="manage")

    with viewer.scope():
        assert access.get_book(restricted.pk, to=Permission.CONTACT_VIEW)
        with pytest.raises(Forbidden):
            access.get_book(restricted.pk, to=Permission.CONTACT_CHANGE)


def test_a_book_is_shared_inside_the_account_only(alice: Person, charlie: Person, restricted: AddressBook) -> None:
    with alice.scope():
        for email in (charlie.user.email, "nobody@example.com"):
            with pytest.raises(services.UnknownMember):
                services.share_book(book=restricted, email=email, level="view")


def test_deleting_can_be_undone_until_it_is_purged(alice: Person, contact: Contact) -> None:
    with alice.scope():
        services.delete_contact(contact=contact, now=NOON)
        with pytest.raises(NotFound):
            access.get_contact(contact.pk, to=Permission.CONTACT_VIEW)

        services.restore_contact(contact=access.get_deleted_contact(contact.pk, to=Permission.CONTACT_CHANGE))
        assert access.get_contact(contact.pk, to=Permission.CONTACT_VIEW).name == "Chan Tai Man"

        services.delete_contact(contact=contact, now=NOON)
        assert services.purge_deleted(now=NOON + timedelta(days=29)) == 0
        assert services.purge_deleted(now=NOON + timedelta(days=31)) == 1
        assert not Contact.objects.exists()


def test_every_act_is_in_the_access_log(alice: Person, book: AddressBook, contact: Contact) -> None:
    with alice.scope():
        access.get_contact(contact.pk, to=Permission.CONTACT_VIEW)
        services.save_contact(book=book, details=hong_kong(name="Chan T M"), now=NOON, contact=contact)
        selectors.page_of(book)
        selectors.page_of(book, filters=Filters(query="chan"))
        services.delete_contact(contact=contact, now=NOON)
        services.restore_contact(contact=contact)

        entries = AccessEntry.objects.filter(kind="contact", ids=[str(contact.pk)], user_id=alice.user.pk)
        assert sorted(entries.values_list("action", flat=True)) == [
            "change",
            "create",
            "delete",
            "list",
            "read",
            "restore",
            "search",
        ]


def test_every_change_raises_the_version_of_the_book(alice: Person, book: AddressBook, contact: Contact) -> None:
    with alice.scope():
        before = AddressBook.objects.get(pk=book.pk).version
        services.delete_contact(contact=contact, now=NOON)

        assert AddressBook.objects.get(pk=book.pk).version == before + 1


def test_the_default_book_is_made_once_and_stays(alice: Person, book: AddressBook) -> None:
    with alice.scope():
        assert services.default_book(now=NOON).pk == book.pk
        with pytest.raises(services.DefaultBookStays):
            services.delete_book(book=book, now=NOON)


def test_deleting_a_book_takes_its_contacts(alice: Person, make_contact: MakeContact, restricted: AddressBook) -> None:
    make_contact(into=restricted)

    with alice.scope():
        services.delete_book(book=restricted, now=NOON)

        assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "query", ["chan", "ＣＨＡＮ man", "nathan", "tai.man@", "9123 4567", "+852 9123", "陳大", "fam", "cafe"]
)
def test_search_finds_by_any_part_in_any_width(
    alice: Person, book: AddressBook, make_contact: MakeContact, query: str
) -> None:
    wanted = make_contact(
        email="tai.man@example.com", phone="9123 4567", tags=["Family"], local_name="陳大文", company="Café Ltd"
    )
    make_contact(name="Wong", lines=["1 Queen's Road"], district="Southern")

    with alice.scope():
        page = selectors.page_of(book, filters=Filters(query=query))

    assert [found.pk for found in page.contacts] == [wanted.pk]


def test_exact_lookup_uses_the_keyed_index(alice: Person, contact: Contact) -> None:
    with alice.scope():
        assert selectors.find_by_email(" TAI.MAN@example.com ").get().pk == contact.pk
        assert selectors.find_by_phone("+852 91234567").get().pk == contact.pk
        assert not selectors.find_by_phone("nonsense").exists()


@pytest.mark.parametrize(("order", "uses"), [*((order, 0) for order in Order), (Order.USED, 2), (Order.USED, 4)])
def test_pages_go_on_and_back_without_gaps(
    alice: Person, book: AddressBook, make_contact: MakeContact, order: Order, uses: int
) -> None:
    made = [make_contact(name=f"Person {number:02}", now=NOON + timedelta(minutes=number // 2)) for number in range(7)]

    with alice.scope():
        services.touch_used(contact_id=made[0].pk, now=NOON + timedelta(days=1))
        for later in (1, 2, 3, 4)[:uses]:
            services.touch_used(contact_id=made[later].pk, now=NOON + timedelta(seconds=later // 2))
        whole = [found.pk for found in selectors.page_of(book, order=order, size=100).contacts]
        first = selectors.page_of(book, order=order, size=3)
        second = selectors.page_of(book, order=order, size=3, cursor=first.next)
        third = selectors.page_of(book, order=order, size=3, cursor=second.next)
        back = selectors.page_of(book, order=order, size=3, cursor=second.previous)

    pages = [first, second, third]
    assert [found.pk for page in pages for found in page.contacts] == whole
    assert [found.pk for found in back.contacts] == [found.pk for found in first.contacts]
    assert (first.previous, third.next, back.previous) == ("", "", "")
    assert "Person" not in first.next
    if order == Order.NAME:
        assert whole == [one.pk for one in made]
    if order == Order.USED:
        assert whole[0] == made[0].pk  # those that were used first, though others were added after that
        assert set(whole[: uses + 1]) == {one.pk for one in made[: uses + 1]}


def test_a_cursor_of_another_list_is_refused(alice: Person, book: AddressBook, make_contact: MakeContact) -> None:
    for number in range(3):
        make_contact(now=NOON + timedelta(minutes=number))

    with alice.scope():
        cursor = selectors.page_of(book, size=1).next
        found = selectors.page_of(book, filters=Filters(query="chan"), size=1).next
        other = services.create_book(name="Other", access=AddressBook.Access.EVERYONE, now=NOON)
        for wrong in ({"cursor": "junk"}, {"order": Order.NAME}, {"order": Order.USED}, {"book": other},
                      {"filters": Filters(country="GB")}, {"filters": Filters(query="chan")}, {"cursor": found},
                      {"cursor": found, "filters": Filters(query="lee")}):  # fmt: skip
            with pytest.raises(selectors.BadCursor):
                selectors.page_of(**{"book": book, "cursor": cursor, **wrong})  # type: ignore[arg-type]

        assert selectors.page_of(book, cursor=cursor, size=2).contacts
        assert selectors.page_of(book, cursor=found, filters=Filters(query="chan")).contacts


def test_tags_are_counted_and_filter(alice: Person, book: AddressBook, make_contact: MakeContact) -> None:
    family = make_contact(tags=["Family", "family", "Tea"])
    make_contact(tags=["Tea"])

    with alice.scope():
        assert selectors.overview(book).tags == [("Tea", 2), ("Family", 1)]
        assert [found.pk for found in selectors.page_of(book, filters=Filters(tag="FAMILY")).contacts] == [family.pk]


def test_a_page_costs_the_same_however_many_contacts(
    alice: Person, book: AddressBook, make_contact: MakeContact, django_assert_num_queries: object
) -> None:
    for number in range(8):
        make_contact(now=NOON + timedelta(minutes=number))

    with alice.scope():
        assert selectors.page_of(book, size=1).contacts[0].name  # the account's key is fetched once a scope
        for size in (1, 8):
            with django_assert_num_queries(2):  # type: ignore[operator]  # the page and its line in the access log
                assert len([found.name for found in selectors.page_of(book, size=size).contacts]) == size


def test_a_tag_is_not_kept_twice(alice: Person, book: AddressBook) -> None:
    with alice.scope():
        kept = services.save_contact(book=book, details=replace(hong_kong(), tags=["A", " a ", "", "B"]), now=NOON)

        assert kept.tags == ["A", "B"]


def test_without_the_permission_wall_the_others_hold(
    settings: Any, viewer: Person, charlie: Person, contact: Contact, restricted: AddressBook
) -> None:
    settings.SECURITY_WALLS_OFF = frozenset({Wall.PERMISSION.value})

    with viewer.scope():
        assert access.get_contact(contact.pk, to=Permission.CONTACT_CHANGE)
        assert restricted in access.books_for(Permission.BOOK_MANAGE)
    with charlie.scope():
        with pytest.raises(NotFound):
            access.get_contact(contact.pk, to=Permission.CONTACT_CHANGE)
        assert not access.books_for(Permission.CONTACT_VIEW).exists()


def test_a_damaged_contact_keeps_its_place_and_is_not_overwritten(
    alice: Person, book: AddressBook, contact: Contact, make_contact: MakeContact
) -> None:
    whole = make_contact(name="Wong")
    with alice.scope():
        Contact.objects.filter(pk=contact.pk).update(country="GB")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE addressbook_contact SET sealed = %s WHERE id = %s", [b"noise" * 9, contact.pk])

        listed = selectors.page_of(book, order=Order.NAME).contacts
        assert [one.is_unreadable for one in listed] == [True, False]
        assert [one.pk for one in selectors.page_of(book, filters=Filters(query="o")).contacts] == [whole.pk]
        damaged = access.get_contact(contact.pk, to=Permission.CONTACT_CHANGE)
        with pytest.raises(sealing.Unreadable):
            services.save_contact(book=book, details=hong_kong(), now=NOON, contact=damaged)
