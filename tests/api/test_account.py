"""The API about whoever calls it, and about who looked at what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import keys
from accounts.models import ApiKey
from accounts.roles import KEY_SCOPES, Role
from security import scope
from tests.api.calling import BOOKS, CONTACT, ROOT, call, is_problem, key_of
from tests.conftest import Person, make_person
from tests.tracking.journeys import operator

pytestmark = pytest.mark.django_db
ME, LOG = f"{ROOT}/me/", f"{ROOT}/access-log/"


def test_a_key_says_whose_it_is(alice: Person, bob: Person) -> None:
    body = call(key_of(bob, "contacts:read"), "get", ME).json()

    assert body == {
        "user": {"email": "bob@example.com", "name": "Bob"},
        "account": {"id": str(alice.account.pk), "name": "Alice Trading", "kind": "business"},
        "role": "clerk",
        "scopes": ["contacts:read"],
    }


def test_a_session_has_the_scopes_of_its_role(alice: Person, viewer: Person) -> None:
    owner, looks = (call(person.client, "get", ME).json() for person in (alice, viewer))

    assert (owner["role"], looks["role"]) == ("owner", "viewer")
    assert set(owner["scopes"]) == {name for name, rights in KEY_SCOPES.items() if rights}
    assert looks["scopes"] == ["contacts:read", "shipments:read"]


def test_a_key_lists_what_its_makers_role_backs(alice: Person, bob: Person, viewer: Person) -> None:
    clerks, viewers = (call(key_of(person), "get", ME).json()["scopes"] for person in (bob, viewer))

    assert clerks == ["contacts:read", "contacts:write", "shipments:read", "shipments:write"]
    assert viewers == ["contacts:read", "shipments:read"]
    assert call(key_of(viewer, "shipments:write"), "get", ME).json()["scopes"] == ["shipments:read"]


def test_an_operators_key_has_one_scope_and_nobody(alice: Person) -> None:
    body = call(operator(), "get", ME).json()

    assert body == {"user": {"email": None, "name": None}, "account": None, "role": None, "scopes": ["tracking:write"]}


def filled(person: Person) -> tuple[Client, str]:
    """Read and change a few things by a key; return it and the id of a contact."""
    shop = key_of(person)
    book = call(shop, "post", BOOKS, {"name": "Customers"}).json()["id"]
    contact = call(shop, "post", f"{BOOKS}{book}/contacts/", CONTACT).json()["id"]
    call(shop, "get", f"{ROOT}/contacts/{contact}/")
    return shop, contact


def test_the_log_says_who_did_what_from_where(alice: Person) -> None:
    shop, contact = filled(alice)

    answer = call(shop, "get", LOG)

    entry = answer.json()["results"][0]
    assert answer.status_code == 200
    assert (entry["action"], entry["kind"], entry["ids"]) == ("read", "contact", [contact])
    assert (entry["actor"]["kind"], entry["actor"]["name"], entry["address"]) == ("key", "Shop", "127.0.0.1")
    assert len(entry["request"]) == 32
    assert set(entry) == {"at", "actor", "action", "kind", "ids", "decision", "address", "request"}
    assert CONTACT["name"] not in answer.content.decode()


def test_of_two_keys_with_one_name_the_log_says_which_acted(alice: Person) -> None:
    shop, _contact = filled(alice)
    with scope.identity():
        other, _token = keys.create_api_key(account=alice.account, by=alice.user, name="Shop", scopes=["contacts:read"])
        first = ApiKey.objects.exclude(pk=other.pk).get()

    told = {entry["actor"]["name"] for entry in call(shop, "get", LOG).json()["results"]}

    assert told == {"Alice", f"Shop ({first.prefix}…)"}
    assert first.prefix != other.prefix


@pytest.mark.parametrize("name", ["Alice", "ALICE"])
def test_a_key_that_is_called_as_a_member_is_told_apart_from_them(alice: Person, name: str) -> None:
    shop, _contact = filled(alice)
    with scope.identity():
        ApiKey.objects.update(name=name)
        prefix = ApiKey.objects.get().prefix

    told = {entry["actor"]["name"] for entry in call(shop, "get", LOG).json()["results"]}

    assert told == {"Alice", f"{name} ({prefix}…)"}


def test_the_log_is_narrowed_and_paged(alice: Person) -> None:
    shop, _contact = filled(alice)

    made = call(shop, "get", f"{LOG}?action=create&page_size=1").json()
    older = call(shop, "get", made["next"]).json()
    back = call(shop, "get", older["previous"]).json()

    assert [entry["action"] for page in (made, older) for entry in page["results"]] == ["create", "create"]
    assert made["results"] != older["results"]
    assert back["results"] == made["results"]
    assert call(shop, "get", f"{LOG}?kind=shipment").json()["results"] == []


@pytest.mark.parametrize("query", ["cursor=x", "page_size=0", "page_size=101", "action=x", "kind=%00"])
def test_a_wrong_question_to_the_log_is_refused(alice: Person, query: str) -> None:
    answer = call(key_of(alice), "get", f"{LOG}?{query}")

    assert is_problem(answer, 400)
    assert answer.json()["errors"][0]["pointer"] == f"/{query.partition('=')[0]}"


def test_a_cursor_of_another_list_is_none(alice: Person) -> None:
    shop, _contact = filled(alice)
    for _time in range(2):
        call(shop, "post", f"{ROOT}/shipments/", {"draft": True})
    foreign = call(shop, "get", f"{ROOT}/shipments/?page_size=1").json()["next"].partition("cursor=")[2]

    assert is_problem(call(shop, "get", f"{LOG}?cursor={foreign}"), 400)
    assert is_problem(call(shop, "get", f"{ROOT}/shipments/?cursor=x"), 400)


def test_the_log_of_another_account_is_not_seen(alice: Person, charlie: Person) -> None:
    _shop, contact = filled(alice)

    answer = call(key_of(charlie), "get", f"{LOG}?page_size=100")

    assert contact not in answer.content.decode()
    assert alice.user.name not in answer.content.decode()


@pytest.mark.parametrize("role", [Role.CLERK, Role.VIEWER])
def test_the_log_needs_the_right_and_the_scope(alice: Person, role: Role) -> None:
    colleague = make_person("cora", account=alice.account, role=role)

    assert is_problem(call(colleague.client, "get", LOG), 403)
    assert is_problem(call(key_of(colleague, "log:read"), "get", LOG), 403)
    assert is_problem(call(key_of(alice, "contacts:read", "shipments:write"), "get", LOG), 403)
    assert call(key_of(alice, "log:read"), "get", LOG).status_code == 200


def test_a_longer_page_of_the_log_asks_no_more_questions(alice: Person) -> None:
    shop, _contact = filled(alice)

    def queries(size: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert call(shop, "get", f"{LOG}?page_size={size}").status_code == 200
        return len(asked)

    queries(1)
    assert queries(1) == queries(100)


def test_a_key_outlived_by_its_owner_is_none(alice: Person) -> None:
    with scope.identity():
        _key, token = keys.create_api_key(account=alice.account, by=alice.user, name="Shop", scopes=["contacts:read"])
        alice.user.memberships.all().delete()
    answer: Any = call(Client(headers={"authorization": f"Bearer {token}"}), "get", ME)

    assert is_problem(answer, 401)
