"""A suspension stops every entrance: each closed address by session and by key, each task, in the middle of it too.

The entrances are made from the URL list and from the task registry: a new one is in the list by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery import current_app
from django.conf import settings as site
from django.db import connections
from django.utils import timezone

from security import live, scope
from security.detection import observing
from security.refusals import Suspended
from security.tasks import ScopedTask, _pack
from security.walls import Wall
from tests.conftest import Person
from tests.security.watching import DATABASES, key_of
from tests.tracking.hooks import made_webhook, receiver, waiting
from tests.walls import corpus
from tracking.webhooks import sending, working
from tracking.webhooks.models import Webhook, WebhookDelivery

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
# Parameters need no object behind them: whoever is suspended gets no further than the door.
VALUES: dict[str, Any] = {
    "key": "sender", "uidb36": "x", "app_label": "auth", "url": "x", "object_id": "1", "content_type_id": "1",
    "pk": "1", "token": "x", "item_number": "RR000000005HK",
}  # fmt: skip


def closed() -> Iterator[tuple[corpus.Address, str]]:
    for address in corpus.addresses():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            if address.is_closed(method) and not address.is_soap:  # operation by operation in tests/soap
                yield address, method


def filled(address: corpus.Address) -> str:
    return address.fill({name: VALUES.get(name, uuid4()) for name in address.parameters})


def test_there_are_many_entrances() -> None:
    assert len(list(closed())) > 100


def test_a_session_is_stopped_at_every_closed_address(alice: Person) -> None:
    live.suspend(alice.user.pk)

    let_in = [
        f"{method} {address}"
        for address, method in closed()
        if alice.client.generic(method, filled(address)).status_code != 403
    ]

    assert let_in == []


def test_a_key_is_stopped_at_every_closed_address_of_the_api(alice: Person) -> None:
    key = key_of(alice)
    live.suspend(alice.user.pk)

    answers = {
        f"{method} {address}": key.generic(method, filled(address)).json()["type"]
        for address, method in closed()
        if address.is_api
    }

    assert set(answers.values()) == {"urn:ecship:problem:suspended"}, answers


def tasks() -> list[Any]:
    current_app.loader.import_default_modules()
    found = [task for task in current_app.tasks.values() if isinstance(task, ScopedTask)]
    return sorted(found, key=lambda task: str(task.name))


def test_every_task_of_ours_is_a_scoped_one() -> None:
    current_app.loader.import_default_modules()
    others = {
        name for name, task in current_app.tasks.items()
        if not name.startswith("celery.") and not isinstance(task, ScopedTask)
    }  # fmt: skip

    assert others == set()
    assert len(tasks()) >= 5


@pytest.mark.parametrize("by", ["session", "key"])
def test_a_queued_task_of_somebody_suspended_since_does_nothing(alice: Person, by: str) -> None:
    key = uuid4() if by == "key" else None
    asked = scope.Scope(
        kind=scope.Kind.ACCOUNT,
        account_id=alice.account.pk,
        user_id=alice.user.pk,
        key_id=key,
        actor=f"key:{key}" if key else f"user:{alice.user.pk}",
        epoch=1,
    )
    packed = _pack(asked)
    live.suspend(alice.user.pk)

    for task in tasks():
        task.push_request(headers={"scope": packed})
        try:
            with pytest.raises(Suspended):
                task()
        finally:
            task.pop_request()


def test_a_task_in_the_middle_stops_at_its_next_step(alice: Person) -> None:
    done = []

    def work() -> None:
        for batch in range(5):
            live.step()
            done.append(batch)
            if batch == 1:
                live.suspend(alice.user.pk, using="security")

    with observing.observed(), alice.scope() as active:
        object.__setattr__(active, "epoch", 1)
        with pytest.raises(Suspended):
            work()

    assert done == [0, 1]


def test_the_step_of_a_key_asks_for_its_maker_too(alice: Person) -> None:
    asked = scope.Scope(
        kind=scope.Kind.ACCOUNT, account_id=alice.account.pk, user_id=alice.user.pk, key_id=uuid4(), epoch=1
    )
    with scope.enter(asked):
        live.step()
        live.suspend(alice.user.pk, using="security")
        with pytest.raises(Suspended):
            live.step()


def test_entering_a_suspended_account_is_refused_for_whoever_acts_in_it(alice: Person, bob: Person) -> None:
    live.suspend(alice.account.pk)

    assert bob.client.get("/en/account/").status_code == 403
    with pytest.raises(Suspended), bob.scope():
        pass
    with scope.account(account_id=alice.account.pk, actor="system:expire"):
        pass


# Webhooks: sent by the site itself, for an account, to somebody outside -----------------------------------------------


def test_what_goes_to_receivers_of_accounts_is_proven_below() -> None:
    """By the queue that has what goes outside: a new task on it stands here and has its proof below, or fails."""
    assert {name for name, route in site.CELERY_TASK_ROUTES.items() if route["queue"] == "webhooks"} == {
        "tracking.send_webhook"
    }


def hook_with_three(person: Person, url: str, key: UUID) -> Webhook:
    now = timezone.now()
    with person.scope():
        webhook = made_webhook(url, now, by=person.user.pk, key=key)
        for minutes in (3, 2, 1):
            waiting(webhook, now - timedelta(minutes=minutes))
    return webhook


def run(webhook: Webhook, *, minutes: int = 0) -> None:
    working.work(webhook.pk, account_id=webhook.account_id, clock=lambda: timezone.now() + timedelta(minutes=minutes))


@pytest.mark.parametrize("who", ["account", "maker", "key"])
@pytest.mark.parametrize("stands", [True, False], ids=["wall", "no wall"])
def test_webhooks_stop_in_the_middle_of_a_run_and_go_on_after_the_release(
    alice: Person, settings: Any, who: str, stands: bool
) -> None:
    settings.WEBHOOK_LOOPBACK = True
    settings.SECURITY_WALLS_OFF = frozenset() if stands else frozenset({Wall.LIVE_STATE.value})
    key = uuid4()
    actor = {"account": alice.account.pk, "maker": alice.user.pk, "key": key}[who]

    def suspend_at_the_first(handler: Any, number: int) -> None:
        if number == 0:
            live.suspend(actor, using="security")
            connections.close_all()  # of this thread
        handler.say(204)

    with receiver() as there:
        there.answer = suspend_at_the_first
        webhook = hook_with_three(alice, there.url, key)
        run(webhook)
        run(webhook, minutes=5)
        assert len(there.got) == (1 if stands else 3)
        if not stands:
            return
        live.release(actor)
        run(webhook, minutes=10)

    assert len({got.headers["webhook-id"] for got in there.got}) == 3
    with alice.scope():
        assert {(one.state, one.attempts) for one in WebhookDelivery.objects.all()} == {("delivered", 1)}


def test_a_suspension_while_a_webhook_connects_lets_nothing_leave(
    alice: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for when the connection stands: however slow a receiver is, what was committed before holds."""
    settings.WEBHOOK_LOOPBACK = True
    connect = sending._connect

    def suspend_meanwhile(connection: Any) -> str:
        live.suspend(alice.account.pk, using="security")
        return connect(connection)

    monkeypatch.setattr(sending, "_connect", suspend_meanwhile)
    with receiver() as there:
        webhook = hook_with_three(alice, there.url, uuid4())
        run(webhook)

    assert there.got == []
    with scope.account(account_id=alice.account.pk, actor="system:test"):
        assert {(one.state, one.attempts) for one in WebhookDelivery.objects.all()} == {("waiting", 0)}


@pytest.mark.parametrize("who", ["account", "maker", "key"])
def test_a_suspension_waits_while_a_message_is_written_and_none_leaves_after_it(
    alice: Person, settings: Any, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    settings.WEBHOOK_LOOPBACK = True
    key, write = uuid4(), sending.Plain.request
    actor = {"account": alice.account.pk, "maker": alice.user.pk, "key": key}[who]
    seen: list[bool] = []

    def suspend() -> None:
        live.suspend(actor, using="security")
        connections.close_all()  # of this thread

    suspending = Thread(target=suspend)

    def write_meanwhile(connection: Any, *parts: Any, **more: Any) -> None:
        suspending.start()
        suspending.join(0.2)
        seen.append(suspending.is_alive())  # it was asked for before, and waits
        write(connection, *parts, **more)

    monkeypatch.setattr(sending.Plain, "request", write_meanwhile)
    with receiver() as there:
        webhook = hook_with_three(alice, there.url, key)
        run(webhook)
        suspending.join()

    assert seen == [True]
    assert len(there.got) == 1
