"""Whoever asks for what their role does not allow stands in the account's own access log, and gets nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.keys import create_api_key
from accounts.roles import Role
from addressbook import services as books
from security import exposure, scope, trail
from security.models import AccessEntry, Decision
from security.permissions import Permission
from tests.conftest import Person, make_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vera(alice: Person) -> Person:
    """Looks, and changes nothing."""
    return make_person("vera", account=alice.account, role=Role.VIEWER)


def refused(person: Person) -> list[tuple[str, str, str, list[str], str]]:
    with person.scope():
        found = AccessEntry.objects.filter(account_id=person.account.pk, decision=Decision.REFUSED).order_by("at")
        return [(one.actor, one.action, one.kind, one.ids, one.wall) for one in found]


def test_a_page_that_the_role_does_not_open(alice: Person, vera: Person) -> None:
    contact = uuid4()

    assert vera.client.get(f"/en/contacts/{contact}/delete/").status_code in {403, 404}
    assert vera.client.get("/en/account/invite/").status_code == 403

    whose = f"user:{vera.user.pk}"
    assert (whose, "change", "member", [], "permission") in refused(alice)
    assert {one[0] for one in refused(alice)} == {whose}


def test_a_program_beyond_its_scopes(alice: Person) -> None:
    with scope.identity():
        key, token = create_api_key(account=alice.account, by=alice.user, name="Reader", scopes=["contacts:read"])
    client, contact = Client(headers={"Authorization": f"Bearer {token}"}), uuid4()

    assert client.delete(f"/api/v1/contacts/{contact}/").status_code == 403

    assert refused(alice) == [(f"key:{key.pk}", "change", "contact", [str(contact)], "permission")]


def test_a_book_that_is_not_for_everybody(alice: Person, bob: Person) -> None:
    with alice.scope():
        book = books.create_book(name="Closed", access="restricted", now=timezone.now())

    status = bob.client.get(f"/en/address-books/{book.pk}/settings/").status_code

    assert status in {403, 404}
    assert len(refused(alice)) == (status == 403)


def test_the_page_says_that_it_was_refused_and_leads_nowhere(alice: Person, vera: Person) -> None:
    vera.client.get("/en/account/invite/")

    (row,) = [one for one in alice.get("/en/account/access-log/").all("tbody tr") if "Refused" in one.text]

    assert "Vera" in row.text
    assert "members" in row.text
    assert not row.select("a")
    told = alice.client.get("/api/v1/access-log/").json()["results"]
    assert [one["decision"] for one in told if one["kind"] == "member"] == ["refused"]


def test_a_stranger_is_in_nobodys_log(alice: Person, charlie: Person) -> None:
    """What is not theirs does not exist for them: neither the other account learns of it, nor is it their own act."""
    with alice.scope():
        book = books.default_book(now=timezone.now())

    assert charlie.client.get(f"/en/address-books/{book.pk}/").status_code == 404

    assert refused(alice) == []
    assert refused(charlie) == []


@pytest.mark.parametrize("permission", list(Permission))
def test_every_right_names_a_kind_that_the_log_has_words_for(alice: Person, permission: Permission) -> None:
    from accounts import selectors

    with alice.scope():
        trail.refused(permission)

    kinds = {kind for _actor, _action, kind, _ids, _wall in refused(alice)}
    assert kinds <= set(selectors.KINDS)
    assert bool(kinds) is (permission.value.partition(".")[0] not in {"log", "tracking", "staff"})


def test_what_was_refused_was_not_given_out(alice: Person) -> None:
    now = timezone.now()
    asked: dict[str, Any] = {"since": now, "until": now.replace(year=now.year + 1), "actors": ("user:x",)}

    condition, _values = exposure.Question(**asked).condition()

    assert "decision = 'allowed'" in condition


def test_nobody_and_the_site_itself_are_refused_nothing(alice: Person) -> None:
    trail.refused(Permission.CONTACT_VIEW)
    with scope.account(account_id=alice.account.pk, actor="system:tracking"):
        trail.refused(Permission.CONTACT_VIEW)

    assert refused(alice) == []
