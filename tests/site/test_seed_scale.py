"""`seed_scale`: rows that its command copied in are like any others, and every wall stands as before."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client

from accounts import keys
from accounts.models import Account, Member, User
from accounts.roles import KEY_SCOPES
from addressbook import selectors
from addressbook.details import ContactDetails, InvalidContact, checked
from ecship.scale import people, rows, spread
from security import scope
from security.keys import make
from shipments import item_numbers
from shipments.models import NumberRange, Shipment, Status
from tests.conftest import PASSWORD, make_person

pytestmark = pytest.mark.django_db(transaction=True)


def seed(**options: Any) -> str:
    said = StringIO()
    asked = {"accounts": 4, "contacts": 6, "shipments": 3, "until": datetime(2026, 6, 30, tzinfo=UTC).date()}
    call_command("seed_scale", **(asked | {"processes": 1} | options), stdout=said, stderr=StringIO())
    return said.getvalue()


def owner(number: int) -> User:
    with scope.identity():
        return User.objects.get(email=rows.owner_email(number, seed=1))


def inside(number: int) -> AbstractContextManager[scope.Scope]:
    user = owner(number)
    assert user.active_account_id is not None
    return scope.account(account_id=user.active_account_id, user_id=user.pk)


def key_of(number: int) -> str:
    user = owner(number)
    with scope.identity():
        account = Account.objects.get(members__user=user)
        return keys.create_api_key(account=account, by=user, name="Test", scopes=sorted(KEY_SCOPES))[1]


def api(token: str, path: str) -> Any:
    return Client(headers={"Authorization": f"Bearer {token}"}).get(f"/api/v1{path}")


def walls() -> list[tuple[Any, ...]]:
    """Everything about our tables that a wall consists of, as the catalogue has it."""
    statements = (
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relkind = 'r' ORDER BY 1",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
        "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
        "SELECT tablename, policyname, roles::text, qual, with_check FROM pg_policies ORDER BY 1, 2",
    )
    found: list[tuple[Any, ...]] = []
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            found += cursor.fetchall()
    return found


def test_its_owner_reads_a_seeded_book_and_a_stranger_does_not() -> None:
    seed()
    mine, others = key_of(1), key_of(2)

    book = api(mine, "/address-books/").json()["results"][0]
    contacts = api(mine, f"/address-books/{book['id']}/contacts/?page_size=100").json()["results"]

    assert len(contacts) == book["contact_count"] > 0
    assert all(contact["name"] and not contact["warnings"] for contact in contacts)
    assert api(mine, f"/contacts/{contacts[0]['id']}/").json()["name"] == contacts[0]["name"]
    assert api(others, f"/contacts/{contacts[0]['id']}/").status_code == 404
    assert api(others, f"/address-books/{book['id']}/contacts/").status_code == 404


def test_a_seeded_row_is_noise_under_another_accounts_key() -> None:
    seed()
    with inside(1):
        row = Shipment.objects.order_by("pk")[0]
        assert row.recipient["name"]

    with inside(2):
        stolen = Shipment(pk=row.pk, account_id=row.account_id, sealed=row.sealed, key_version=row.key_version)

        assert stolen.is_unreadable


def test_contacts_are_found_by_their_keyed_indexes() -> None:
    seed(contacts=20)

    with inside(1):
        book = selectors.books_with_counts()[0]
        whole = selectors.page_of(book, size=100).contacts
        reached = [contact for contact in whole if contact.email and contact.phone]
        assert reached
        for contact in reached:
            assert contact in selectors.find_by_email(contact.email)
            assert contact in selectors.find_by_phone(contact.phone, country=contact.country)


def test_shipments_open_on_their_pages_and_their_numbers_are_never_given_out_again() -> None:
    seed()
    client = Client()
    with scope.identity():
        client.force_login(owner(1), backend="accounts.backends.EmailBackend")

    with inside(1):
        booked = Shipment.objects.exclude(status=Status.DRAFT).order_by("pk")[0]

    assert str(booked) in client.get(f"/en/shipments/{booked.pk}/").content.decode()
    assert NumberRange.objects.get(range_group="RA").next_serial > int(str(booked)[2:10])


def test_every_wall_stands_as_before() -> None:
    before = walls()

    seed()

    assert walls() == before


def test_a_failure_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    before, compose = walls(), item_numbers.compose
    monkeypatch.setattr(item_numbers, "compose", lambda indicator, serial: compose(indicator, 10_000_000))

    with pytest.raises(Exception, match="shipment_item_number_once"):
        seed()

    assert walls() == before
    with scope.identity():
        assert not User.objects.exists()


def test_the_same_seed_gives_the_same_people_by_one_process_or_two() -> None:
    def everything() -> list[Any]:
        found: list[Any] = []
        for number in range(1, 5):
            with inside(number):
                book = selectors.books_with_counts()[0]
                page = selectors.page_of(book, size=100).contacts
                found += [(contact.pk, contact.private, contact.created_at) for contact in page]
        return found

    seed()
    first = everything()
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE accounts_user, accounts_account, shipments_shipment, tracking_event CASCADE")
        cursor.execute("TRUNCATE security_accountkey")
    seed(processes=2)

    assert everything() == first


def test_seeding_again_changes_nothing() -> None:
    seed()

    assert "already" in seed()
    with pytest.raises(CommandError, match="choose another"):
        seed(accounts=5)
    with scope.identity():
        assert Member.objects.count() == 4


def test_a_password_file_lets_everybody_sign_in(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")

    seed(password_file=file)

    assert owner(3).check_password(PASSWORD)


def test_without_one_nobody_can() -> None:
    seed()

    assert not owner(3).has_usable_password()


def test_a_production_site_is_refused(settings: Any) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="production"):
        seed()


def test_a_site_with_real_people_is_refused() -> None:
    person = make_person("erin")
    with scope.identity():
        User.objects.filter(pk=person.user.pk).update(email="erin@post.hk")

    with pytest.raises(CommandError, match="real e-mail"):
        seed()


def test_a_database_of_another_key_is_refused(settings: Any) -> None:
    settings.ECSHIP_CONTEXT_KEY = "b3RoZXItY29udGV4dC1rZXktb2YtMzItYnl0ZXMtLS0="

    with pytest.raises(CommandError, match="ECSHIP_CONTEXT_KEY"):
        seed()


def test_a_scope_for_sealing_reaches_no_row() -> None:
    person = make_person("fay")
    _wrapped, key = make(person.account.pk)

    with scope.sealing(account_id=person.account.pk, data_key=key), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM addressbook_addressbook")
        assert cursor.fetchone() == (0,)
        with pytest.raises(Exception, match="scope"):
            Shipment.objects.count()


# What is made up ----------------------------------------------------------------


def test_made_up_contacts_are_as_the_address_book_would_have_cleaned_them() -> None:
    chance = Random(5)

    for _ in range(500):
        fields = people.contact(chance)
        try:
            assert checked(ContactDetails(**fields)) == ContactDetails(**fields)
        except InvalidContact as error:
            pytest.fail(f"{error}: {fields}")


def test_shares_add_up_and_a_few_books_are_large() -> None:
    shares = spread.shares(accounts=70_000, contacts=30, shipments=2, seed=1)

    sizes = [share.contacts for share in shares]
    assert sum(sizes) == 70_000 * 30
    assert sum(share.shipments for share in shares) == 70_000 * 2
    assert [size for size in sizes if size >= 5_000] == [50_000, *[10_000] * 10]
    assert sorted(sizes)[35_000] < 30
    assert shares[-1].first_shipment + shares[-1].shipments == 70_000 * 2


def test_a_small_site_has_small_books() -> None:
    assert max(share.contacts for share in spread.shares(accounts=5, contacts=4, shipments=0, seed=1)) <= 20


def test_books_can_be_as_large_as_each_other() -> None:
    shares = spread.shares(accounts=7, contacts=9, shipments=0, seed=1, even=True)

    assert [share.contacts for share in shares] == [9] * 7
