from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
from django.db import connection

from accounts.roles import Role
from addressbook import districts, services
from addressbook.models import AddressBook, Contact
from addressbook.serializers import ContactSerializer, contact_as_json
from tests.addressbook.conftest import NOON, MakeContact, hong_kong
from tests.api.calling import key_of
from tests.conftest import Person, make_person

BOOKS = "/api/v1/address-books/"
NEW = {"name": "Ann Lee", "country": "gb", "lines": ["10 High Street"], "city": "London", "postcode": "SW1A 1AA"}


def call(person: Person, method: str, address: str, data: Any = None, **headers: str) -> Any:
    send = getattr(person.client, method)
    return (
        send(address, data, content_type="application/json", headers=headers)
        if data is not None
        else send(address, headers=headers)
    )


def contacts_of(book: object) -> str:
    return f"{BOOKS}{book}/contacts/"


def contact_at(contact: object) -> str:
    return f"/api/v1/contacts/{contact}/"


def test_a_contact_is_added_read_changed_and_deleted(alice: Person, book: AddressBook) -> None:
    made = call(alice, "post", contacts_of(book.pk), NEW | {"tags": ["Tea"], "can_send": True})
    assert made.status_code == 201
    sent = made.json()
    assert (sent["country"], sent["can_receive"], sent["can_send"], sent["tags"]) == ("GB", True, True, ["Tea"])
    assert sent["address_book"] == str(book.pk)

    changed = call(alice, "patch", contact_at(sent["id"]), {"company": "Acme"}, **{"If-Match": made["ETag"]})
    assert changed.status_code == 200
    assert (changed.json()["company"], changed.json()["name"]) == ("Acme", "Ann Lee")

    stale = call(alice, "patch", contact_at(sent["id"]), {"company": "Other"}, **{"If-Match": made["ETag"]})
    assert stale.status_code == 412
    assert call(alice, "get", contact_at(sent["id"])).json()["company"] == "Acme"

    assert call(alice, "delete", contact_at(sent["id"]), **{"If-Match": changed["ETag"]}).status_code == 204
    assert call(alice, "get", contact_at(sent["id"])).status_code == 404


def test_a_district_of_hong_kong_is_one_of_the_eighteen(alice: Person, book: AddressBook, contact: Contact) -> None:
    new = {"name": "Ann", "country": "HK", "lines": ["8 Nathan Road"]}

    for unknown in ("Narnia", "Mong Kok"):
        answer = call(alice, "post", contacts_of(book.pk), new | {"district": unknown})
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["pointer"], error["code"]) == (400, "/district", "invalid")
        assert all(district.name in error["detail"] for district in districts.DISTRICTS)
    made = call(alice, "post", contacts_of(book.pk), new | {"district": "沙田"})
    assert (made.status_code, made.json()["district"], made.json()["state"]) == (201, "Sha Tin", "New Territories")
    # One that came by an import stays until somebody corrects it.
    with alice.scope():
        kept = services.save_contact(book=book, details=hong_kong(district="Narnia"), now=NOON, contact=contact)
    tag = call(alice, "get", contact_at(kept.pk))["ETag"]
    changed = call(alice, "patch", contact_at(kept.pk), {"notes": "x"}, **{"If-Match": tag})
    assert changed.status_code == 200
    moved = call(
        alice,
        "patch",
        contact_at(kept.pk),
        {"country": "CN", "state": "Guangdong Sheng", "city": "Shenzhen", "postcode": "518000"},
        **{"If-Match": changed["ETag"]},
    )
    assert (moved.status_code, moved.json()["district"]) == (200, "Narnia")
    back = call(alice, "patch", contact_at(kept.pk), {"country": "HK"}, **{"If-Match": moved["ETag"]})
    assert (back.status_code, back.json()["errors"][0]["pointer"]) == (400, "/district")


def test_the_fields_of_a_contact_are_those_of_the_contract(alice: Person, contact: Contact) -> None:
    body = call(alice, "get", contact_at(contact.pk)).json()

    names = (
        "id address_book name company email phone fax lines district city state postcode country local_name local_lines"
    )
    names += " can_send can_receive tags notes created_at updated_at used_at is_favourite warnings"
    assert list(body) == names.split()


@pytest.mark.parametrize("unknown", [None, uuid4(), "not-an-id", "0"])
def test_a_stranger_gets_one_404_for_every_method(
    charlie: Person, book: AddressBook, contact: Contact, unknown: object
) -> None:
    book_id, contact_id = (book.pk, contact.pk) if unknown is None else (unknown, unknown)
    answers = [
        call(charlie, "get", f"{BOOKS}{book_id}/"),
        call(charlie, "patch", f"{BOOKS}{book_id}/", {"name": "Mine"}),
        call(charlie, "delete", f"{BOOKS}{book_id}/"),
        call(charlie, "get", contacts_of(book_id)),
        call(charlie, "post", contacts_of(book_id), NEW),
        call(charlie, "post", f"{contacts_of(book_id)}search/", {"q": "chan"}),
        call(charlie, "get", contact_at(contact_id)),
        call(charlie, "patch", contact_at(contact_id), {"name": "Mine"}),
        call(charlie, "delete", contact_at(contact_id)),
    ]

    for answer in answers:
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert {key: value for key, value in answer.json().items() if key != "instance"} == {
            "type": "about:blank",
            "title": "Not found",
            "status": 404,
        }


def test_a_viewer_gets_403_for_changes(viewer: Person, book: AddressBook, contact: Contact) -> None:
    assert call(viewer, "get", contact_at(contact.pk)).status_code == 200
    for method, address, data in (
        ("post", contacts_of(book.pk), NEW),
        ("patch", contact_at(contact.pk), {"name": "x"}),
        ("delete", contact_at(contact.pk), None),
        ("post", BOOKS, {"name": "x"}),
        ("patch", f"{BOOKS}{book.pk}/", {"name": "x"}),
    ):
        assert call(viewer, method, address, data).status_code == 403


def test_nobody_gets_401(client: Any, db: None) -> None:
    assert client.get(BOOKS).status_code == 401


def test_books_say_what_the_caller_may_do(
    alice: Person, bob: Person, book: AddressBook, restricted: AddressBook
) -> None:
    owners = call(alice, "get", BOOKS).json()["results"]
    clerks = call(bob, "get", BOOKS).json()["results"]

    assert [item["name"] for item in owners] == ["My contacts", "Directors"]
    assert "book.manage" in owners[0]["permissions"]
    assert [item["permissions"] for item in clerks] == [["contact.view", "contact.change"]]


@pytest.mark.parametrize("scopes", [["contacts:read"], ["contacts:read", "contacts:export"], ["contacts:write"]])
def test_a_key_sees_the_restricted_books_that_its_maker_sees_by_role(
    alice: Person, bob: Person, restricted: AddressBook, make_contact: MakeContact, scopes: list[str]
) -> None:
    contact = make_contact(into=restricted)
    owners, clerks = key_of(alice, *scopes), key_of(bob, *scopes)

    shown = {book["name"]: book["permissions"] for book in owners.get(BOOKS).json()["results"]}

    assert "Directors" in shown
    assert ("contact.change" in shown["Directors"]) == ("contacts:write" in scopes)
    assert owners.get(contact_at(contact.pk)).status_code == 200
    assert owners.get(f"{BOOKS}{restricted.pk}/").json()["permissions"] == shown["Directors"]
    assert "Directors" not in {book["name"] for book in clerks.get(BOOKS).json()["results"]}
    assert clerks.get(contact_at(contact.pk)).status_code == 403


def test_a_key_that_reads_books_changes_none(alice: Person, restricted: AddressBook) -> None:
    reads = key_of(alice, "contacts:read")

    assert reads.post(contacts_of(restricted.pk), NEW, content_type="application/json").status_code == 403
    assert reads.get(f"{BOOKS}{restricted.pk}/shares/").status_code == 403


@pytest.mark.parametrize(
    ("level", "rights"),
    [
        ("view", ["contact.view"]),
        ("change", ["contact.view", "contact.change"]),
        ("manage", ["contact.view", "contact.change", "book.manage"]),
    ],
)
def test_a_granted_book_says_the_same_alone_and_in_the_list(
    alice: Person, bob: Person, restricted: AddressBook, level: str, rights: list[str]
) -> None:
    call(alice, "post", f"{BOOKS}{restricted.pk}/shares/", {"email": bob.user.email, "permission": level})

    alone = call(bob, "get", f"{BOOKS}{restricted.pk}/").json()
    listed = {book["id"]: book for book in call(bob, "get", BOOKS).json()["results"]}[str(restricted.pk)]

    assert alone["permissions"] == listed["permissions"] == rights


def test_books_are_added_changed_and_deleted(alice: Person, book: AddressBook) -> None:
    made = call(alice, "post", BOOKS, {"name": "Suppliers"})
    address = f"{BOOKS}{made.json()['id']}/"

    assert made.status_code == 201
    assert call(alice, "patch", address, {"name": "Vendors"}).json()["name"] == "Vendors"
    assert call(alice, "delete", address, **{"If-Match": made["ETag"]}).status_code == 412
    assert call(alice, "delete", address).status_code == 204
    assert call(alice, "delete", f"{BOOKS}{book.pk}/").status_code == 409
    assert call(alice, "post", BOOKS, {"name": "\u200b"}).status_code == 400


def test_lists_have_pages_filters_and_opaque_cursors(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    for number in range(3):
        make_contact(name=f"Person {number}")

    first = call(alice, "get", f"{contacts_of(book.pk)}?ordering=name&page_size=2").json()
    second = call(alice, "get", first["next"]).json()

    assert [item["name"] for item in first["results"]] == ["Person 0", "Person 1"]
    assert [item["name"] for item in second["results"]] == ["Person 2"]
    assert (first["previous"], second["next"]) == (None, None)
    assert call(alice, "get", f"{contacts_of(book.pk)}?country=GB").json()["results"] == []
    assert len(call(alice, "get", f"{contacts_of(book.pk)}?country=hk").json()["results"]) == 3
    for query in ("cursor=junk", "page_size=0", "page_size=101", "ordering=junk"):
        assert call(alice, "get", f"{contacts_of(book.pk)}?{query}").status_code == 400


def test_search_is_a_post(alice: Person, book: AddressBook, contact: Contact) -> None:
    address = f"{contacts_of(book.pk)}search/"

    assert [item["id"] for item in call(alice, "post", address, {"q": "nathan"}).json()["results"]] == [str(contact.pk)]
    assert call(alice, "post", address, {"q": "nobody"}).json()["results"] == []
    assert call(alice, "get", address).status_code in {403, 405}


def test_lists_and_searches_are_narrowed_to_a_tag_and_a_country(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    make_contact(name="Tagged Here", tags=["Tea"])
    make_contact(name="Plain Here")
    call(alice, "post", contacts_of(book.pk), NEW | {"tags": ["Tea"]})
    search = f"{contacts_of(book.pk)}search/"

    def names(answer: Any) -> set[str]:
        return {item["name"] for item in answer.json()["results"]}

    for narrowed, expected in (
        ({"tag": "tea"}, {"Tagged Here", "Ann Lee"}),
        ({"country": "gb"}, {"Ann Lee"}),
        ({"tag": "tea", "country": "HK"}, {"Tagged Here"}),
    ):
        assert names(call(alice, "get", f"{contacts_of(book.pk)}?{urlencode(narrowed)}")) == expected
        assert names(call(alice, "post", search, narrowed)) == expected
        assert names(call(alice, "post", search, {**narrowed, "q": "here"})) == expected - {"Ann Lee"}
    for refused in ("tag=tea", "country=GB"):  # what is looked for stands in the body
        assert call(alice, "post", f"{search}?{refused}", {"q": "here"}).status_code == 400
    assert call(alice, "get", f"{contacts_of(book.pk)}?country=ZZ").status_code == 400


def test_books_have_pages_in_the_order_of_their_names(alice: Person, book: AddressBook) -> None:
    for name in ("Cafe", "attic", "Ébène", "Bank"):
        call(alice, "post", BOOKS, {"name": name})

    whole = call(alice, "get", BOOKS).json()
    first = call(alice, "get", f"{BOOKS}?page_size=2").json()
    second = call(alice, "get", first["next"]).json()
    third = call(alice, "get", second["next"]).json()

    assert [item["name"] for item in whole["results"]] == ["My contacts", "attic", "Bank", "Cafe", "Ébène"]
    assert [*first["results"], *second["results"], *third["results"]] == whole["results"]
    assert (whole["next"], first["previous"], third["next"]) == (None, None, None)
    assert call(alice, "get", second["previous"]).json()["results"] == first["results"]
    for query in ("cursor=junk", "page_size=0", "page_size=101", "page_size=x", "order=name"):
        assert call(alice, "get", f"{BOOKS}?{query}").status_code == 400, query


def test_shares_have_pages_in_the_order_of_the_addresses(alice: Person, bob: Person, restricted: AddressBook) -> None:
    for name in ("zoe", "ann", "kim"):
        make_person(name, account=alice.account, role=Role.CLERK)
        body = {"email": f"{name}@example.com", "permission": "view"}
        assert call(alice, "post", f"{BOOKS}{restricted.pk}/shares/", body).status_code == 201

    first = call(alice, "get", f"{BOOKS}{restricted.pk}/shares/?page_size=2").json()
    second = call(alice, "get", first["next"]).json()

    assert [share["email"].partition("@")[0] for share in first["results"]] == ["ann", "kim"]
    assert [share["email"].partition("@")[0] for share in second["results"]] == ["zoe"]
    assert call(alice, "get", f"{BOOKS}{book_with(alice)}/shares/?cursor={cursor_of(first)}").status_code == 400


def book_with(person: Person) -> str:
    made = call(person, "post", BOOKS, {"name": "Other"}).json()
    return str(made["id"])


def cursor_of(page: Any) -> str:
    query = urlsplit(str(page["next"])).query
    return parse_qs(query)["cursor"][0]


def test_a_share_of_an_open_book_says_that_it_has_no_effect(alice: Person, bob: Person, book: AddressBook) -> None:
    address = f"{BOOKS}{book.pk}/shares/"

    made = call(alice, "post", address, {"email": bob.user.email, "permission": "view"}).json()
    call(alice, "patch", f"{BOOKS}{book.pk}/", {"access": "restricted"})
    later = call(alice, "get", address).json()["results"]

    assert made["in_effect"] is False
    assert [share["in_effect"] for share in later] == [True]


def test_what_was_made_says_where_it_stands(alice: Person, bob: Person, restricted: AddressBook) -> None:
    shares = f"{BOOKS}{restricted.pk}/shares/"
    made = [
        call(alice, "post", BOOKS, {"name": "Suppliers"}),
        call(alice, "post", contacts_of(restricted.pk), NEW),
        call(alice, "post", shares, {"email": bob.user.email, "permission": "view"}),
    ]

    places = [f"{BOOKS}{{}}/", "/api/v1/contacts/{}/", "/api/v1/shares/{}/"]
    assert [answer["Location"] for answer in made] == [
        place.format(answer.json()["id"]) for place, answer in zip(places, made, strict=True)
    ]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"postcode": "1"}, "/postcode"),
        ({"email": "x"}, "/email"),
        ({"lines": "10 High Street"}, "/lines"),
        ({"lines": ["a"] * 5}, "/lines"),
        ({"name": "陳"}, "/name"),
        ({"name": {"a": 1}}, "/name"),
        ({"country": "ZZ"}, "/country"),
        ({"country": None}, "/country"),
        ({"name": "\x00"}, "/name"),
        ({"tags": ["x" * 41]}, "/tags/0"),
        ({"state": "England"}, "/state"),
        ({"notes": "bell\x07"}, "/notes"),
        ({"country": "HK", "postcode": "999077", "district": "Sha Tin"}, "/postcode"),
    ],
)
def test_errors_point_at_the_field(alice: Person, book: AddressBook, change: dict[str, Any], pointer: str) -> None:
    answer = call(alice, "post", contacts_of(book.pk), NEW | change)

    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_a_body_that_is_no_object_is_refused(alice: Person, book: AddressBook, contact: Contact, body: Any) -> None:
    import json

    for method, address in (
        ("post", contacts_of(book.pk)),
        ("post", f"{contacts_of(book.pk)}search/"),
        ("patch", contact_at(contact.pk)),
        ("post", BOOKS),
    ):
        send = getattr(alice.client, method)
        assert send(address, json.dumps(body), content_type="application/json").status_code == 400


def test_ids_and_accounts_in_a_body_are_ignored(
    alice: Person, charlie: Person, book: AddressBook, contact: Contact
) -> None:
    assert charlie.account is not None
    planted = {"id": str(uuid4()), "address_book": str(uuid4()), "name": "Same"}

    answer = call(alice, "patch", contact_at(contact.pk), planted).json()
    refused = call(alice, "patch", contact_at(contact.pk), {"account_id": str(charlie.account.pk)})

    assert [error["pointer"] for error in refused.json()["errors"]] == ["/account_id"]

    assert (answer["id"], answer["address_book"], answer["name"]) == (str(contact.pk), str(book.pk), "Same")
    with alice.scope():
        assert Contact.objects.get().account_id == book.account_id


def test_a_damaged_contact_is_told_and_left_alone(alice: Person, contact: Contact) -> None:
    with alice.scope(), connection.cursor() as cursor:
        cursor.execute("UPDATE addressbook_contact SET sealed = %s WHERE id = %s", [b"noise" * 9, contact.pk])

    assert call(alice, "get", contact_at(contact.pk)).json()["warnings"]
    assert call(alice, "patch", contact_at(contact.pk), {"name": "x"}).status_code == 409
    assert alice.client.get(f"/en/contacts/{contact.pk}/edit/").status_code == 302
    assert b"cannot be read" in alice.client.get(f"/en/contacts/{contact.pk}/").content


def test_a_restricted_book_is_shared_and_taken_back(
    alice: Person, bob: Person, charlie: Person, restricted: AddressBook
) -> None:
    address = f"{BOOKS}{restricted.pk}/shares/"

    made = call(alice, "post", address, {"email": bob.user.email, "permission": "change"})
    share = f"/api/v1/shares/{made.json()['id']}/"

    assert made.status_code == 201
    assert call(alice, "get", address).json()["results"] == [made.json()]
    assert made.json()["permission"] == "change"
    assert call(bob, "post", contacts_of(restricted.pk), NEW).status_code == 201
    assert call(bob, "get", address).status_code == 403
    assert call(bob, "delete", share).status_code == 403
    for method, place, data in (("get", address, None), ("post", address, {"email": "x", "permission": "view"})):
        assert call(charlie, method, place, data).status_code == 404
    assert call(charlie, "delete", share).status_code == 404
    assert call(alice, "post", address, {"email": charlie.user.email, "permission": "view"}).status_code == 400
    assert call(alice, "delete", share).status_code == 204
    assert call(bob, "get", f"{BOOKS}{restricted.pk}/").status_code == 403
    assert call(alice, "delete", share).status_code == 404


def test_the_quick_shape_of_a_contact_is_the_serializers(alice: Person, contact: Contact) -> None:
    with alice.scope():
        described = ContactSerializer(contact).data
        quick = contact_as_json(contact)

    assert list(quick) == list(described)
    moments = {"created_at", "updated_at", "used_at"}
    assert {name: str(value) for name, value in quick.items() if name not in moments} == {
        name: str(value) for name, value in described.items() if name not in moments
    }
