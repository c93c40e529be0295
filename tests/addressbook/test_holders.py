"""Which accounts hold somebody who asks: found in every account by its own key, and nothing said but ids and counts."""

from __future__ import annotations

import io
import sys
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from addressbook import holders, services
from addressbook.models import Contact
from security import keys, scope
from security.models import AccessEntry, SecurityEvent
from tests.addressbook.conftest import NOON, hong_kong
from tests.conftest import Person, make_person

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
EMAIL, PHONE = "Edith@Example.com", "9123 4567"


def add(person: Person, **changes: str) -> Contact:
    with person.scope():
        book = services.default_book(now=NOON)
        return services.save_contact(book=book, details=hong_kong(**changes), now=NOON)


def entries(person: Person) -> list[tuple[str, list[str], list[str]]]:
    with person.scope():
        found = AccessEntry.objects.filter(actor=holders.ACTOR)
        return list(found.values_list("action", "ids", "fields"))


def find(text: str, monkeypatch: pytest.MonkeyPatch, *, ticket: str = "T-1") -> tuple[str, str]:
    said, beside = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{text}\n"))
    call_command("find_person", ticket=ticket, stdout=said, stderr=beside)
    return said.getvalue(), beside.getvalue()


@pytest.mark.parametrize("text", ["edith@example.com ", "+852 9123 4567", "91234567"])
def test_every_account_that_holds_somebody_is_found_and_told(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, charlie, other = make_person("alice"), make_person("charlie"), make_person("dora")
    kept = add(alice, email=EMAIL, phone=PHONE)
    binned = add(charlie, email=EMAIL.lower(), phone="+852 9123 4567")
    with charlie.scope():
        services.delete_contact(contact=binned, now=NOON)
    add(other, email="edit@example.com", phone="9123 4568")

    said, _beside = find(text, monkeypatch)

    assert sorted(said.splitlines()[:-1]) == sorted(
        [f"{alice.account.pk}: 1 contacts, 0 in the bin", f"{charlie.account.pk}: 1 contacts, 1 in the bin"]
    )
    assert said.splitlines()[-1] == "2 of 3 accounts."
    assert entries(alice) == [("search", [str(kept.pk)], [])]  # they see it; nothing was given out
    assert entries(charlie) == [("search", [str(binned.pk)], [])]
    assert entries(other) == []


def test_what_is_kept_of_the_search_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    alice = make_person("alice")
    add(alice, email=EMAIL)

    said, beside = find(EMAIL, monkeypatch)

    event = SecurityEvent.objects.using("security").get(kind="staff.find_person")
    assert event.data == {"ticket": "T-1", "asked": 1, "accounts": [str(alice.account.pk)]}
    assert "edith" not in f"{said}{beside}{event.data}".lower()


@pytest.mark.parametrize(
    ("text", "ticket", "message"),
    [
        ("", "T-1", "neither an e-mail address nor a telephone number"),
        ("Edith", "T-1", "neither an e-mail address nor a telephone number"),
        ("@", "T-1", "neither an e-mail address nor a telephone number"),
        (EMAIL, " ", "Give the ticket's number"),
        (EMAIL, EMAIL, "without the person's address"),
    ],
)
def test_what_cannot_be_asked_is_said(text: str, ticket: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match=message):
        find(text, monkeypatch, ticket=ticket)

    assert not SecurityEvent.objects.using("security").filter(kind="staff.find_person").exists()


def test_an_account_whose_keys_are_gone_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    alice, charlie = make_person("alice"), make_person("charlie")
    for person in (alice, charlie):
        add(person, email=EMAIL)
    with alice.scope():
        keys.destroy(account_id=alice.account.pk)

    assert f"{charlie.account.pk}: 1 contacts" in find(EMAIL, monkeypatch)[0]


def test_what_was_found_before_it_was_ended_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [make_person("alice"), make_person("charlie")]
    for person in people:
        add(person, email=EMAIL)
    ask_here = holders._ask_here

    def ended_at_the_second(wanted: holders.Wanted, account_id: UUID) -> holders.Holder | None:
        if scope.current().account == max(person.account.pk for person in people):
            raise KeyboardInterrupt
        return ask_here(wanted, account_id)

    monkeypatch.setattr(holders, "_ask_here", ended_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        find(EMAIL, monkeypatch)

    [event] = SecurityEvent.objects.using("security").filter(kind="staff.find_person")
    assert event.data["accounts"] == [str(min(person.account.pk for person in people))]
    assert event.data["asked"] == 1
