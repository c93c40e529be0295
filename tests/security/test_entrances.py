"""A suspension stops every entrance: each closed address by session and by key, each task, in the middle of it too.

The entrances are made from the URL list and from the task registry: a new one is in the list by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app

from security import live, scope
from security.detection import observing
from security.refusals import Suspended
from security.tasks import ScopedTask, _pack
from tests.conftest import Person
from tests.security.watching import DATABASES, key_of
from tests.walls import corpus

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
