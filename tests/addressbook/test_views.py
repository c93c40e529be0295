from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from addressbook import selectors, services
from addressbook.models import AddressBook, Contact
from security.models import AccessEntry
from tests.addressbook.conftest import NOON, MakeContact
from tests.conftest import Person
from tests.pages import Page

TYPED = {
    "name": "Wong Mei",
    "country": "HK",
    "line1": "12 Tea Lane",
    "district": "Sha Tin",
    "phone": "2123 4567",
    "tags": "Tea, Friends",
    "can_receive": "on",
    "notes": "rings twice",
}
GetPage = Callable[..., Any]


def at(name: str, *ids: object) -> str:
    return reverse(f"addressbook:{name}", args=list(ids))


def pages_of(book: object, contact: object) -> list[str]:
    return [
        at("contacts", book),
        at("add-contact", book),
        at("book-settings", book),
        at("delete-book", book),
        at("contact", contact),
        at("edit-contact", contact),
        at("delete-contact", contact),
    ]


def actions_on(book: object, contact: object) -> list[str]:
    return [
        at("search", book),
        at("add-contact", book),
        at("book-settings", book),
        at("share", book),
        at("unshare", book, uuid4()),
        at("delete-book", book),
        at("edit-contact", contact),
        at("delete-contact", contact),
        at("restore-contact", contact),
    ]


def test_every_page_keeps_what_pages_owe(
    get_page: GetPage, alice: Person, book: AddressBook, contact: Contact, restricted: AddressBook
) -> None:
    everywhere = [at("books"), at("add-book"), at("add-to-default"), at("book-settings", restricted.pk)]
    for address in [*everywhere, *pages_of(book.pk, contact.pk)]:
        get_page(address, by=alice)


def test_a_colleague_may_do_the_daily_work(get_page: GetPage, bob: Person, book: AddressBook, contact: Contact) -> None:
    assert "Chan Tai Man" in get_page(at("contacts", book.pk), by=bob).text
    assert "8 Nathan Road" in get_page(at("contact", contact.pk), by=bob).text


@pytest.mark.parametrize("is_real", [True, False])
def test_a_stranger_gets_404_for_what_exists_and_what_does_not(
    charlie: Person, book: AddressBook, contact: Contact, is_real: bool
) -> None:
    ids = (book.pk, contact.pk) if is_real else (uuid4(), uuid4())

    assert {charlie.client.get(address).status_code for address in pages_of(*ids)} == {404}
    assert {charlie.client.post(address, TYPED).status_code for address in actions_on(*ids)} == {404}


def test_a_stranger_changes_nothing(alice: Person, charlie: Person, book: AddressBook, contact: Contact) -> None:
    for address in actions_on(book.pk, contact.pk):
        charlie.client.post(address, TYPED | {"email": "x@example.com", "level": "view", "access": "everyone"})

    with alice.scope():
        kept = Contact.objects.get()
        assert (kept.name, kept.deleted_at) == ("Chan Tai Man", None)
        assert AddressBook.objects.get().version == 2


def test_a_viewer_gets_403_for_changes(viewer: Person, book: AddressBook, contact: Contact) -> None:
    assert viewer.client.get(at("contacts", book.pk)).status_code == 200
    for address in [*actions_on(book.pk, contact.pk)[1:], at("add-book"), at("add-to-default"), at("address-fields")]:
        assert viewer.client.post(address, TYPED).status_code == 403


def test_signed_out_leads_to_sign_in(client: Any, db: None) -> None:
    assert client.get(at("books")).status_code == 302


def test_the_first_contact_makes_the_default_book(alice: Person) -> None:
    response = alice.post(at("add-to-default"), TYPED)

    with alice.scope():
        kept = Contact.objects.get()
        assert response.url == at("contact", kept.pk)  # type: ignore[attr-defined]
        assert kept.book.is_default
        assert (kept.name, kept.tags, kept.phone) == ("Wong Mei", ["Tea", "Friends"], "+852 2123 4567")
        assert kept.notes == "rings twice"


def test_looking_changes_nothing(alice: Person, book: AddressBook, contact: Contact) -> None:
    for address in [at("books"), at("add-to-default"), *pages_of(book.pk, contact.pk)]:
        alice.client.get(address)

    with alice.scope():
        assert AddressBook.objects.get().version == 2
        assert not AccessEntry.objects.exclude(action__in=["list", "read", "create"]).exists()


def test_bad_input_keeps_what_was_typed(get_page: GetPage, alice: Person) -> None:
    page = alice_page(alice, TYPED | {"line1": "", "phone": "12"})

    assert page.one("#id_name")["value"] == "Wong Mei"
    assert page.one("#id_phone")["value"] == "12"
    assert page.one("#id_notes").get_text(strip=True) == "rings twice"
    assert page.one("#id_district option[selected]")["value"] == "Sha Tin"
    errors = [link["href"] for link in page.all(".govuk-error-summary a")]
    assert errors == ["#id_line1", "#id_phone"]


def alice_page(alice: Person, data: dict[str, str]) -> Any:
    from tests.conftest import look_at

    page = look_at(alice.post(at("add-to-default"), data))
    page.check(200)
    return page


def test_changing_the_country_changes_the_fields_without_script(alice: Person) -> None:
    page = alice_page(alice, TYPED | {"country": "GB", "action": "change-country"})

    assert not page.all(".govuk-error-summary")
    assert page.one("#id_name")["value"] == "Wong Mei"
    assert page.one("#id_line1")["value"] == "12 Tea Lane"
    assert page.one("#id_postcode")
    assert page.one("#id_district")["type"] == "hidden"
    assert page.one("#id_district")["value"] == "Sha Tin"
    with alice.scope():
        assert not Contact.objects.exists()


def test_enter_saves_rather_than_changes_the_country(get_page: GetPage, alice: Person) -> None:
    first = get_page(at("add-to-default"), by=alice).all("main form button[type=submit]")[0]

    assert first.get("name") is None


def test_the_live_fragment_is_the_address_part(alice: Person) -> None:
    response = alice.post(at("address-fields"), TYPED | {"country": "US"})

    assert b"id_state" in response.content
    assert b"<html" not in response.content


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/en/shipments/together/", "/en/shipments/together/"), ("https://evil.example/", ""), ("//evil.example/", ""),
        ("\\\\evil.example", ""), ("javascript:alert(1)", ""),
    ],
)  # fmt: skip
def test_who_came_from_a_page_of_ours_to_correct_a_contact_returns_there(
    alice: Person, contact: Contact, asked: str, leads_to: str
) -> None:
    address = f"/en/contacts/{contact.pk}/edit/"
    page = alice.client.get(address, {"next": asked}).text
    typed = {"name": "Chan Tai Man", "line1": "8 Nathan Road", "district": "Yau Tsim Mong", "country": "HK"}

    answer = alice.client.post(address, {**typed, "next": asked})

    assert (f'name="next" value="{asked}"' in page) == bool(leads_to)
    assert "evil" not in page
    assert answer["Location"] == (leads_to or f"/en/contacts/{contact.pk}/")


def test_a_contact_is_changed(alice: Person, contact: Contact) -> None:
    abroad = {"country": "GB", "city": "Leeds", "postcode": "ls1 1aa", "phone": "+852 2123 4567"}

    response = alice.post(at("edit-contact", contact.pk), TYPED | abroad)

    assert response.status_code == 302
    with alice.scope():
        kept = Contact.objects.get()
        assert (kept.name, kept.postcode, kept.district) == ("Wong Mei", "LS1 1AA", "")


def test_deleting_offers_an_undo(get_page: GetPage, alice: Person, book: AddressBook, contact: Contact) -> None:
    response = alice.post(at("delete-contact", contact.pk))
    page = get_page(response.url, by=alice)  # type: ignore[attr-defined]
    action = page.one("form[action*=restore]")["action"]
    assert "Chan" not in page.text
    assert alice.client.get(at("contact", contact.pk)).status_code == 404

    alice.post(str(action))

    assert "Chan Tai Man" in get_page(at("contacts", book.pk), by=alice).text


def test_search_goes_by_post_and_pages_keep_it(
    get_page: GetPage, alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    from tests.conftest import look_at

    for number in range(26):
        make_contact(name=f"Chan {number}")
    make_contact(name="Wong")

    page = look_at(alice.post(at("search", book.pk), {"q": "chan"}))
    page.check()
    following = page.one("button[name=cursor]")["value"]
    last = look_at(alice.post(at("search", book.pk), {"q": "chan", "order": "-created_at", "cursor": following}))

    assert len(page.all("#contacts .app-rows__row")) == 25
    assert len(last.all("#contacts .app-rows__row")) == 1
    assert "Wong" not in page.text
    assert alice.client.get(at("search", book.pk)).status_code == 302


def test_a_tag_button_filters(alice: Person, book: AddressBook, contact: Contact, make_contact: MakeContact) -> None:
    make_contact(name="Wong")

    text = alice.post(at("search", book.pk), {"tag": "Family"}).content.decode()

    assert "Chan Tai Man" in text
    assert "Wong" not in text


def test_books_are_added_renamed_shared_and_deleted(alice: Person, bob: Person, book: AddressBook) -> None:
    address = alice.post(at("add-book"), {"name": "Directors", "access": "restricted"}).url  # type: ignore[attr-defined]
    with alice.scope():
        made = AddressBook.objects.get(is_default=False)
        assert (address, made.name) == (at("contacts", made.pk), "Directors")
    assert bob.client.get(address).status_code == 403

    assert alice.post(at("share", made.pk), {"email": "zoe@example.com", "level": "view"}).status_code == 200
    alice.post(at("share", made.pk), {"email": bob.user.email, "level": "view"})
    assert bob.client.get(address).status_code == 200
    assert bob.post(at("add-contact", made.pk), TYPED).status_code == 403

    alice.post(at("unshare", made.pk, bob.user.pk))
    assert bob.client.get(address).status_code == 403

    alice.post(at("book-settings", made.pk), {"name": "Board", "access": "everyone"})
    assert "Board" in bob.client.get(address).content.decode()
    assert bob.post(at("book-settings", made.pk), {"name": "Mine", "access": "everyone"}).status_code == 403

    alice.post(at("delete-book", made.pk))
    assert alice.client.get(address).status_code == 404
    alice.post(at("delete-book", book.pk))
    assert alice.client.get(at("contacts", book.pk)).status_code == 200


def test_a_book_needs_a_name(alice: Person) -> None:
    response = alice.post(at("add-book"), {"name": " ", "access": "restricted"})

    assert response.status_code == 200
    assert b"Enter a name" in response.content


def test_markup_in_a_name_is_text(get_page: GetPage, alice: Person, make_contact: MakeContact) -> None:
    kept = make_contact(name="<script>alert(1)</script>")

    assert "<script>alert(1)</script>" in get_page(at("contact", kept.pk), by=alice).text


def test_a_restricted_book_is_not_listed(get_page: GetPage, bob: Person, restricted: AddressBook) -> None:
    text = get_page(at("books"), by=bob).text

    assert "Directors" not in text
    assert "My contacts" in text


def test_a_junk_cursor_shows_the_first_page(alice: Person, book: AddressBook, contact: Contact) -> None:
    for query in ("?cursor=junk", "?order=junk", "?deleted=junk", f"?deleted={uuid4()}"):
        assert "Chan Tai Man" in alice.client.get(at("contacts", book.pk) + query).content.decode()


def test_the_page_of_a_book_costs_the_same_however_many_contacts(
    alice: Person, book: AddressBook, make_contact: MakeContact, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_contact()
    alice.client.get(at("contacts", book.pk))
    with CaptureQueriesContext(connection) as one:
        alice.client.get(at("contacts", book.pk))
    expected = len(one)
    for _ in range(9):
        make_contact()
    alice.client.get(at("contacts", book.pk))  # the tags are counted once for each version of a book

    with django_assert_num_queries(expected):
        alice.client.get(at("contacts", book.pk))


def test_the_services_moment_is_passed_in(alice: Person, contact: Contact) -> None:
    with alice.scope():
        services.touch_used(contact_id=contact.pk, now=NOON)

        assert Contact.objects.get().used_at == NOON


def test_the_name_of_a_deleted_contact_is_not_read_unrecorded(
    alice: Person, make_contact: MakeContact, get_page: Callable[..., Any]
) -> None:
    with alice.scope():
        contact = make_contact()
        services.delete_contact(contact=contact, now=NOON)
        book = contact.book_id

    get_page(at("contacts", book) + f"?deleted={contact.pk}", by=alice).check()

    with alice.scope():
        assert AccessEntry.objects.filter(action="read", kind="contact", ids=[str(contact.pk)]).exists()


def test_a_book_is_narrowed_by_use_and_country(alice: Person, book: AddressBook, make_contact: MakeContact) -> None:
    make_contact(name="Sends", can_send=True, can_receive=False)
    make_contact(name="Receives", can_send=False)
    make_contact(name="Abroad", country="GB", city="London", postcode="SW1A 1AA", district="")
    address = f"/en/address-books/{book.pk}/search/"

    def names(**asked: str) -> list[str]:
        text = alice.client.post(address, asked).text
        return [name for name in ("Sends", "Receives", "Abroad") if f">{name}<" in text]

    assert names(use="sender") == ["Sends"]
    assert names(use="recipient") == ["Receives", "Abroad"]
    assert names(country="GB") == ["Abroad"]
    assert names(country="HK", use="recipient", order="name") == ["Receives"]
    assert names(q="nobody") == []
    page = alice.client.get(f"/en/address-books/{book.pk}/").text
    assert '<option value="GB">United Kingdom</option>' in page
    assert 'value="JP"' not in page, "only where the book has contacts"
    assert "Choose one from the list." in alice.client.post(address, {"country": "JP"}).text


def test_the_pages_of_a_narrowed_list_stay_narrow(alice: Person, book: AddressBook, make_contact: MakeContact) -> None:
    for number in range(27):
        make_contact(name=f"Person {number:02}", can_send=number > 0)
    address = f"/en/address-books/{book.pk}/search/"
    asked = {"use": "sender", "country": "HK", "order": "name"}

    first = alice.client.post(address, asked)
    [following] = Page(first).all("button[name=cursor]")
    again = alice.client.post(address, {**asked, "cursor": following["value"]})

    assert [number for number in range(27) if f">Person {number:02}<" in again.text] == [26]
    assert 'name="use" value="sender"' in first.text
    assert 'name="country" value="HK"' in first.text


# Fax ----------------------------------------------------------------


def test_fax_is_asked_for_only_where_the_account_wants_it(alice: Person, book: AddressBook) -> None:
    off = alice.get(at("add-contact", book.pk))
    alice.client.post(reverse("accounts:settings"), {"name": "Alice Trading", "fax_enabled": "on"})
    on = alice.get(at("add-contact", book.pk))
    alice.client.post(at("add-contact", book.pk), {**TYPED, "fax": "2123 4568"})
    alice.client.post(reverse("accounts:settings"), {"name": "Alice Trading"})
    off_again = alice.get(at("add-contact", book.pk))

    assert not off.all("[name=fax]")
    assert on.one("[name=fax]")
    assert not off_again.all("[name=fax]")
    with alice.scope():
        with_fax = Contact.objects.get()
        assert with_fax.fax == "+852 2123 4568"
    # What is there is shown where it is off, and can be taken out.
    assert "+852 2123 4568" in alice.get(at("contact", with_fax.pk)).text
    assert alice.get(at("edit-contact", with_fax.pk)).one("[name=fax]")["value"] == "+852 2123 4568"
    alice.client.post(at("edit-contact", with_fax.pk), {**TYPED, "fax": ""})
    assert not alice.get(at("edit-contact", with_fax.pk)).all("[name=fax]")


def test_the_api_keeps_a_fax_number_where_pages_do_not_ask_for_one(alice: Person, book: AddressBook) -> None:
    body = {"name": "Ann", "country": "HK", "lines": ["1 Road"], "district": "Sha Tin", "fax": "+852 2123 4568"}

    made = alice.client.post(f"/api/v1/address-books/{book.pk}/contacts/", body, content_type="application/json")

    assert made.json()["fax"] == "+852 2123 4568"


def test_a_contact_goes_by_the_person_in_either_script(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    for name in ("陳大文", "李小明"):
        make_contact(name="", company="Sample Ltd", local_name=name, district="Sha Tin")

    page = alice.client.get(f"/zh-hant/address-books/{book.pk}/?order=name").text

    assert "選取 李小明" in page or "李小明</span>" in page
    assert page.index("李小明</a>") < page.index("陳大文</a>")  # by strokes: seven, eleven
    assert page.count("Sample Ltd") == 2
    assert "沙田區" in page


@pytest.mark.parametrize(
    ("words", "found"),
    [("沙田", True), ("新界", True), ("sha tin", True), ("Chan, Tai Man", True), ("o'brien", True), ("obrien", True),
     ("觀塘", False)],
)  # fmt: skip
def test_a_search_finds_districts_in_either_script_and_names_however_they_are_typed(
    words: str, found: bool, alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    make_contact(name="Chan Tai Man", company="O’Brien", district="Sha Tin")

    with alice.scope():
        page = selectors.page_of(AddressBook.objects.get(pk=book.pk), filters=selectors.Filters(query=words))

    assert bool(page.contacts) == found


def test_only_the_tags_used_most_have_a_button(alice: Person, book: AddressBook, make_contact: MakeContact) -> None:
    for number in range(3):
        make_contact(tags=[f"t{number}-{one}" for one in range(20)])

    page = alice.client.get(reverse("addressbook:contacts", args=[book.pk])).text

    assert page.count('name="tag" value="t') == 30
    assert page.count('<option value="t') == 30
