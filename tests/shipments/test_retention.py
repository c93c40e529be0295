"""What is not kept: old personal data, and contacts whose deletion is past undoing; account by account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from celery import Task
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connections, transaction
from django.utils import timezone

from addressbook import services as addressbook
from addressbook.details import ContactDetails
from addressbook.models import Contact
from labels.model import Layout, Output
from labels.services import PersonalDataRemoved, render_label
from security.models import AccessEntry
from shipments import retention, services, tasks
from shipments.models import Shipment, Status
from tests.conftest import Person, make_person
from tests.shipments.booking import LONDON, NOW, make_booked, make_draft

OLD = timedelta(days=184)
across = pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
DETAILS = ContactDetails(
    name="Edith Example", phone="+85291234567", lines=["1 Sample Road"], district="Sha Tin", city="Fo Tan", country="HK"
)


def make_delivered(*, now: datetime = NOW) -> Shipment:
    shipment = make_booked(now=now)
    return services.advance(shipment_id=shipment.pk, status=Status.DELIVERED, now=now)


def make_deleted_contact(*, now: datetime) -> Contact:
    contact = addressbook.save_contact(book=addressbook.default_book(now=now), details=DETAILS, now=now)
    addressbook.delete_contact(contact=contact, now=now)
    return contact


# One account -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_personal_data_go_after_their_days_and_the_item_stays(alice: Person) -> None:
    with alice.scope():
        before = make_delivered()

        assert services.clear_personal_data(now=NOW + timedelta(days=183)) == 0
        assert services.clear_personal_data(now=NOW + OLD, dry_run=True) == 1
        assert Shipment.objects.get(pk=before.pk).recipient["name"] == LONDON["name"]
        assert services.clear_personal_data(now=NOW + OLD) == 1
        assert services.clear_personal_data(now=NOW + OLD) == 0

        after = Shipment.objects.get(pk=before.pk)
        assert {name: getattr(after, name) for name in Shipment.sealed_names()} == {
            name: getattr(Shipment(), name) for name in Shipment.sealed_names()
        }
        assert after.sealed != before.sealed
        for kept in ("item_number", "status", "service", "destination", "weight_g", "postage_hkd", "booked_at"):
            assert getattr(after, kept) == getattr(before, kept)
        assert after.updated_at == before.updated_at
        assert AccessEntry.objects.filter(kind="personal_data", ids=[str(before.pk)]).count() == 1


@pytest.mark.django_db
def test_a_later_event_starts_the_days_anew(alice: Person) -> None:
    with alice.scope():
        shipment = make_booked()
        services.advance(shipment_id=shipment.pk, status=Status.IN_TRANSIT, now=NOW + timedelta(days=100))

        assert services.clear_personal_data(now=NOW + OLD) == 0
        assert services.clear_personal_data(now=NOW + timedelta(days=284)) == 1


@pytest.mark.django_db
def test_drafts_and_booked_items_keep_theirs(alice: Person) -> None:
    with alice.scope():
        make_draft()
        make_booked()

        assert services.clear_personal_data(now=NOW + timedelta(days=1000)) == 0


@pytest.mark.django_db
def test_what_cannot_be_opened_is_removed_all_the_same(alice: Person) -> None:
    with alice.scope():
        shipment = make_delivered()
        Shipment.objects.filter(pk=shipment.pk).update(sealed=b"x" * 40)

        assert services.clear_personal_data(now=NOW + OLD) == 1
        assert not Shipment.objects.get(pk=shipment.pk).is_unreadable


@pytest.mark.django_db
def test_page_label_and_machine_say_that_the_data_were_removed(alice: Person) -> None:
    with alice.scope():
        shipment = make_delivered()
        services.clear_personal_data(now=NOW + OLD)
        cleared = Shipment.objects.get(pk=shipment.pk)

        with pytest.raises(PersonalDataRemoved):
            render_label(shipment=cleared, layout=Layout.NATIVE, output=Output.PDF)

    page = alice.get(f"/en/shipments/{shipment.pk}/")
    page.check(200)
    assert "The personal data of this shipment were removed" in page.text
    assert "Ship again" not in page.text
    assert not page.all("a[href*=label]")
    moved = alice.client.get(f"/en/shipments/{shipment.pk}/label/", follow=True)
    assert "Its personal data were removed" in moved.content.decode()
    told = alice.client.get(f"/api/v1/shipments/{shipment.pk}/").json()
    assert told["personal_data_removed_at"]
    assert told["sender"] == told["recipient"] == {}
    refused = alice.client.get(f"/api/v1/shipments/{shipment.pk}/label/")
    assert refused.status_code == 409
    assert "personal data were removed" in refused.json()["detail"]


# All accounts ----------------------------------------------------------------------------------------


def furnish(person: Person, *, at: datetime) -> dict[str, UUID]:
    with person.scope():
        delivered = make_delivered(now=at)
        return {"delivered": delivered.pk, "contact": make_deleted_contact(now=at).pk}


def state(person: Person, made: dict[str, UUID]) -> tuple[bool, bool]:
    """Return whether the shipment still has its data, and whether the deleted contact is still there."""
    with person.scope():
        shipment = Shipment.objects.get(pk=made["delivered"])
        return bool(shipment.recipient), Contact.objects.filter(pk=made["contact"]).exists()


@across
def test_the_command_does_what_is_due_everywhere_and_a_dry_run_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    alice, charlie = make_person("alice"), make_person("charlie")
    long_ago, now = timezone.now() - OLD, timezone.now()
    made = {alice.user.pk: furnish(alice, at=long_ago), charlie.user.pk: furnish(charlie, at=now)}

    call_command("expire", "--dry-run")
    assert state(alice, made[alice.user.pk]) == (True, True)
    call_command("expire")

    assert state(alice, made[alice.user.pk]) == (False, False)
    assert state(charlie, made[charlie.user.pk]) == (True, True)
    told = capsys.readouterr().out
    assert told.count(f"{alice.account.pk}: 0 drafts, 0 labels, 1 shipments' personal data, 1 contacts") == 2
    assert str(charlie.account.pk) not in told


@across
def test_one_accounts_trouble_is_not_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [make_person("alice"), make_person("charlie")]
    made = [furnish(person, at=timezone.now() - OLD) for person in people]
    troubled = min(person.account.pk for person in people)
    clear = services.clear_personal_data

    def fail_in_one(**options: Any) -> int:
        from security import scope

        if scope.current().account == troubled:
            raise RuntimeError("Edith Example")
        return clear(**options)

    monkeypatch.setattr(services, "clear_personal_data", fail_in_one)

    with pytest.raises(CommandError, match="1 of 2 accounts failed"):
        call_command("expire")

    left = {person.account.pk: state(person, one) for person, one in zip(people, made, strict=True)}
    assert left.pop(troubled) == (True, True)
    assert list(left.values()) == [(False, False)]


@across
def test_a_batch_is_kept_when_the_next_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    alice = make_person("alice")
    with alice.scope():
        for _ in range(3):
            make_delivered(now=timezone.now() - OLD)
    monkeypatch.setattr(services, "CLEARED_AT_ONCE", 2)
    clear, calls = services.clear_personal_data, []

    def fail_second(**options: Any) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError
        return clear(**options)

    monkeypatch.setattr(services, "clear_personal_data", fail_second)

    with pytest.raises(RuntimeError):
        retention.expire_account(account_id=alice.account.pk, now=timezone.now())

    with alice.scope():
        assert Shipment.objects.filter(cleared_at=None).count() == 1
    monkeypatch.undo()
    assert retention.expire_account(account_id=alice.account.pk, now=timezone.now()).cleared == 1


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Tasks that were sent, to be run one by one as a worker does: with the scope of their message."""
    messages: list[Callable[[], None]] = []

    def keep(task: Any, args: Any, kwargs: Any, headers: dict[str, str]) -> None:
        messages.append(lambda: task.apply(args, kwargs, headers=headers).get())

    monkeypatch.setattr(Task, "apply_async", keep)
    return messages


@across
def test_the_scheduled_task_gives_each_account_one_of_its_own(
    sent: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [make_person("alice"), make_person("charlie")]
    made = [furnish(person, at=timezone.now() - OLD) for person in people]
    monkeypatch.setattr(services, "CLEARED_AT_ONCE", 1)

    tasks.expire.apply().get()
    assert len(sent) == 2
    assert [state(*one) for one in zip(people, made, strict=True)] == [(True, True)] * 2
    sent[0]()
    assert sorted(state(*one) for one in zip(people, made, strict=True)) == [(False, False), (True, True)]
    while sent:  # a full batch asks for another look
        sent.pop(0)()

    assert [state(*one) for one in zip(people, made, strict=True)] == [(False, False)] * 2


@across
def test_the_security_role_sees_of_contacts_only_ids_and_when_deleted() -> None:
    alice = make_person("alice")
    with alice.scope():
        make_deleted_contact(now=NOW)
        addressbook.save_contact(book=addressbook.default_book(now=NOW), details=DETAILS, now=NOW)

    with connections["security"].cursor() as cursor:
        cursor.execute("SELECT account_id, deleted_at FROM addressbook_contact ORDER BY deleted_at")
        assert cursor.fetchall() == [(alice.account.pk, NOW), (alice.account.pk, None)]
        for column in ("sealed", "country", "email_index", "book_id"):
            with pytest.raises(ProgrammingError), transaction.atomic(using="security"):
                cursor.execute(f"SELECT {column} FROM addressbook_contact")
