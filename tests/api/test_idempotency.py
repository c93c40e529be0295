"""A POST that is sent again: done once, answered alike; with real commits, because the claim is one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from addressbook.models import Contact
from security import idempotency, live, scope
from security.models import AccessEntry, IdempotentRequest, SecurityEvent
from shipments import services
from shipments.models import Shipment
from tests.api.calling import BOOKS, CONTACT, SHIPMENTS, call, is_problem, key_of
from tests.conftest import Person, make_person
from tests.shipments.booking import LONDON, SENDER
from tests.shipments.test_booking_concurrency import in_threads

pytestmark = pytest.mark.django_db(transaction=True)

ITEM = {"description": "Cotton shirt", "quantity": 2, "weight_kg": "0.300", "value": "160.00"}
GOODS = {
    "sender": SENDER, "recipient": LONDON, "contents": "goods", "weight_kg": "0.400", "format": "packet",
    "category": "gift", "items": [ITEM], "service": "ARM",
}  # fmt: skip


@pytest.fixture
def owner(transactional_db: None) -> Person:
    return make_person("alice")


@pytest.fixture
def shop(owner: Person) -> Client:
    return key_of(owner)


def post(client: Client, body: Any = GOODS, key: str = "order-1", address: str = SHIPMENTS) -> Any:
    return call(client, "post", address, body, Idempotency_Key=key)


def shipments(person: Person) -> int:
    with person.scope():
        return Shipment.objects.count()


def rows(person: Person) -> list[IdempotentRequest]:
    with person.scope():
        return list(IdempotentRequest.objects.all())


def test_the_same_request_again_is_answered_byte_for_byte(owner: Person, shop: Client) -> None:
    first, second = post(shop), post(shop)

    assert first.status_code == second.status_code == 201, first.content
    assert first.content == second.content
    assert {name: first[name] for name in ("ETag", "Location", "Content-Type")} == {
        name: second[name] for name in ("ETag", "Location", "Content-Type")
    }
    assert (second.headers["Idempotency-Replayed"], "Idempotency-Replayed" in first.headers) == ("true", False)
    assert shipments(owner) == 1


def test_without_a_key_or_with_another_it_is_done_again(owner: Person, shop: Client) -> None:
    post(shop)
    post(shop, key="order-2")
    call(shop, "post", SHIPMENTS, GOODS)

    assert shipments(owner) == 3


def test_another_body_or_address_under_the_same_key_is_refused(owner: Person, shop: Client) -> None:
    made = post(shop)

    assert is_problem(post(shop, {**GOODS, "reference": "x"}), 422)
    assert is_problem(post(shop, {}, address=f"{SHIPMENTS}{made.json()['id']}/cancel/"), 422)
    assert shipments(owner) == 1


def test_sixteen_at_once_make_one_shipment(owner: Person, shop: Client) -> None:
    answers: list[Any] = in_threads(16, lambda: post(shop))

    done = [answer for answer in answers if answer.status_code == 201]
    assert len(answers) == 16
    assert {answer.status_code for answer in answers} <= {201, 409}, {answer.status_code for answer in answers}
    assert done
    assert len({answer.content for answer in done}) == 1
    assert all(answer.headers["Retry-After"] == "1" for answer in answers if answer.status_code == 409)
    assert shipments(owner) == 1
    assert post(shop).content == done[0].content


def end_leases(person: Person) -> None:
    with person.scope():
        IdempotentRequest.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def begun(shop: Client) -> None:
    """Leave a claim behind, as a process does that is killed before it answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(idempotency, "keep", lambda *_: False)
        patch.setattr(idempotency, "release", lambda *_: None)
        assert post(shop).status_code == 409


def test_a_claim_left_by_a_crash_holds_until_its_lease_ends(owner: Person, shop: Client) -> None:
    begun(shop)

    waiting = post(shop)
    end_leases(owner)
    again = post(shop)

    assert is_problem(waiting, 409)
    assert again.status_code == 201
    assert shipments(owner) == 1


def test_a_process_that_outlives_its_lease_cannot_finish(
    owner: Person, shop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = services.book_shipment

    def slow(**values: Any) -> Shipment:
        """While it books, the lease ends, and somebody else asks again and is served."""
        monkeypatch.setattr(services, "book_shipment", book)
        in_threads(1, lambda: end_leases(owner))
        in_threads(1, lambda: answers.append(post(shop)))
        return book(**values)

    answers: list[Any] = []
    monkeypatch.setattr(services, "book_shipment", slow)
    answers.append(post(shop))

    assert [answer.status_code for answer in answers] == [201, 409]
    assert shipments(owner) == 1


def test_a_refusal_is_not_kept(owner: Person, shop: Client) -> None:
    refused = post(shop, {**GOODS, "weight_kg": "0"})
    mended = post(shop)

    assert is_problem(refused, 400)
    assert mended.status_code == 201
    assert len(rows(owner)) == 1


def test_a_failure_gives_the_key_back(owner: Person, shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**values: Any) -> None:
        raise RuntimeError

    shop.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(services, "book_shipment", fail)
        assert post(shop).status_code == 500

    assert post(shop).status_code == 201
    assert shipments(owner) == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "é"])
def test_a_key_that_is_none_is_refused(owner: Person, shop: Client, key: str) -> None:
    assert is_problem(post(shop, key=key), 400)
    assert shipments(owner) == 0


def test_a_key_is_one_in_its_account_whoever_sends_it(owner: Person, shop: Client) -> None:
    stranger = make_person("charlie")
    colleague = make_person("mona", account=owner.account, role=Role.MANAGER)
    senders = [shop, key_of(owner), key_of(colleague), owner.client]  # a new key, another's key, a browser

    answers = [post(client) for client in senders]
    elsewhere = post(key_of(stranger))

    assert {answer.content for answer in answers} == {answers[0].content}
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true", "true", "true"]
    assert is_problem(post(key_of(colleague), {**GOODS, "reference": "x"}), 422)
    assert elsewhere.json()["item_number"] != answers[0].json()["item_number"]
    assert (shipments(owner), shipments(stranger)) == (1, 1)


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
def test_a_replay_passes_the_doors_of_a_get(owner: Person, shop: Client) -> None:
    """Bob adds a contact to a book that is shared with him; then the share is taken away."""
    bob = make_person("bob", account=owner.account, role=Role.CLERK)
    his = key_of(bob)
    book = call(shop, "post", BOOKS, {"name": "Board", "access": "restricted"}).json()["id"]
    shares = f"{BOOKS}{book}/shares/"
    share = call(shop, "post", shares, {"email": bob.user.email, "permission": "change"}).json()["id"]
    made = post(his, CONTACT, address=f"{BOOKS}{book}/contacts/")
    contact = f"/api/v1/contacts/{made.json()['id']}/"

    before = post(his, CONTACT, address=f"{BOOKS}{book}/contacts/")
    call(shop, "delete", f"/api/v1/shares/{share}/", If_Match="*")
    direct, after = call(his, "get", contact), post(his, CONTACT, address=f"{BOOKS}{book}/contacts/")
    hers = post(shop, CONTACT, address=f"{BOOKS}{book}/contacts/")
    call(shop, "delete", contact, If_Match="*")
    gone = [call(shop, "get", contact), post(shop, CONTACT, address=f"{BOOKS}{book}/contacts/")]

    assert (made.status_code, before.content) == (201, made.content)
    assert is_problem(direct, 403)
    assert is_problem(after, 403)
    assert hers.content == made.content
    assert all(is_problem(answer, 404) for answer in gone)
    assert b"Ann Lee" not in after.content + gone[1].content
    events = list(SecurityEvent.objects.using("security").filter(kind="refused").values_list("data", flat=True))
    assert {event["answer"] for event in events} == {403, 404}


@pytest.mark.parametrize("made", ["book", "share", "shipment"])
def test_a_replay_of_what_is_gone_is_not_found(owner: Person, shop: Client, made: str) -> None:
    bob = make_person("bob", account=owner.account, role=Role.CLERK)
    book = call(shop, "post", BOOKS, {"name": "Board", "access": "restricted"}).json()["id"]
    address, body, root = {
        "book": (BOOKS, {"name": "Second"}, BOOKS),
        "share": (f"{BOOKS}{book}/shares/", {"email": bob.user.email, "permission": "view"}, "/api/v1/shares/"),
        "shipment": (SHIPMENTS, {"draft": True}, SHIPMENTS),
    }[made]
    first, second = post(shop, body, address=address), post(shop, body, address=address)

    deleted = call(shop, "delete", f"{root}{first.json()['id']}/", If_Match="*")

    assert (first.status_code, second.content) == (201, first.content)
    assert deleted.status_code == 204
    assert is_problem(post(shop, body, address=address), 404)


def test_a_search_is_not_kept_and_runs_again(owner: Person) -> None:
    """Bob searched a shared book with a key; without the share the same request finds nothing any more."""
    shop, bob = key_of(owner), make_person("bob", account=owner.account, role=Role.CLERK)
    his = key_of(bob)
    book = call(shop, "post", BOOKS, {"name": "Board", "access": "restricted"}).json()["id"]
    call(shop, "post", f"{BOOKS}{book}/contacts/", CONTACT)
    share = call(shop, "post", f"{BOOKS}{book}/shares/", {"email": bob.user.email, "permission": "view"}).json()["id"]
    search = f"{BOOKS}{book}/contacts/search/"

    first, again = post(his, {"q": "ann"}, address=search), post(his, {"q": "lee"}, address=search)
    call(shop, "delete", f"/api/v1/shares/{share}/", If_Match="*")
    after = post(his, {"q": "ann"}, address=search)

    assert (len(first.json()["results"]), len(again.json()["results"])) == (1, 1)
    assert is_problem(after, 403)
    assert post(shop, {"q": "x"}, address=f"{SHIPMENTS}search/").status_code == 200
    assert rows(owner) == []


def test_a_replay_asks_live_state_and_rights_first(owner: Person) -> None:
    clerk = make_person("bob", account=owner.account, role=Role.CLERK)
    shop = key_of(clerk)
    assert post(shop).status_code == 201
    with scope.identity():
        clerk.user.memberships.update(role=Role.VIEWER)

    assert is_problem(post(shop), 403)
    live.suspend(clerk.user.pk)
    suspended = post(shop)
    assert is_problem(suspended, 403)
    assert suspended.json()["type"] == "urn:ecship:problem:suspended"


def test_a_replay_is_in_the_access_log(owner: Person, shop: Client) -> None:
    with owner.scope():
        book = call(shop, "post", BOOKS, {"name": "Customers"}).json()["id"]
    address = f"{BOOKS}{book}/contacts/"
    made = post(shop, CONTACT, address=address).json()["id"]
    with owner.scope():
        before = AccessEntry.objects.filter(kind="contact", action="read").count()

    post(shop, CONTACT, address=address)

    with owner.scope():
        entries = AccessEntry.objects.filter(kind="contact", action="read").order_by("-at")
        assert entries.count() == before + 1
        assert entries[0].ids == [made]


def test_what_is_kept_is_sealed_and_names_nobody(owner: Person, shop: Client) -> None:
    post(shop, key="for-edith-example")
    with owner.scope(), connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM security_idempotentrequest r")
        (kept,) = cursor.fetchone() or ("",)

    assert not [name for name in ("edith", "for-edith-example", "london") if name.encode().hex() in kept.lower()]
    assert "edith" not in kept.lower()
    assert json.loads(kept)["status"] == 201


def test_after_its_time_a_key_is_new(owner: Person, shop: Client) -> None:
    first = post(shop)
    with owner.scope():
        IdempotentRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    second = post(shop, {**GOODS, "reference": "tomorrow"})

    assert second.status_code == 201
    assert first.json()["item_number"] != second.json()["item_number"]
    assert len(rows(owner)) == 1


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
def test_expire_forgets_answers_past_their_time(owner: Person, capsys: pytest.CaptureFixture[str]) -> None:
    shop = key_of(owner)
    post(shop)
    post(shop, key="order-2")
    with owner.scope():
        old: UUID = IdempotentRequest.objects.values_list("pk", flat=True)[0]
        IdempotentRequest.objects.filter(pk=old).update(expires_at=timezone.now() - timedelta(seconds=1))

    call_command("expire")

    assert [row.pk == old for row in rows(owner)] == [False]
    assert "1 kept answers done" in capsys.readouterr().out


@pytest.mark.parametrize("way", ["session", "key"])
def test_a_contact_is_added_once(owner: Person, shop: Client, way: str) -> None:
    client = shop if way == "key" else owner.client
    book = call(client, "post", BOOKS, {"name": "Customers"}).json()["id"]
    add: Callable[[], Any] = lambda: post(client, CONTACT, address=f"{BOOKS}{book}/contacts/")  # noqa: E731

    assert add().content == add().content
    with owner.scope():
        assert Contact.objects.count() == 1


def test_public_operations_take_a_key_and_need_none(client: Client, transactional_db: None) -> None:
    asked = {"destination": "GB", "weight_kg": "0.4", "contents": "goods"}

    answers = [post(client, asked, address="/api/v1/quotes/") for _time in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
