"""Suspension: effective at once, at every entrance, for what was obtained before."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.keys import create_api_key
from security import live, scope
from security.refusals import Suspended
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])


def test_somebody_never_touched_may_act(alice: Person) -> None:
    with scope.identity():
        live.check(alice.user.pk, epoch=1)


def test_a_suspended_actor_is_refused_and_after_release_old_sessions_stay_dead(alice: Person) -> None:
    live.suspend(alice.user.pk)
    with scope.identity(), pytest.raises(Suspended):
        live.check(alice.user.pk, epoch=2)

    live.release(alice.user.pk)

    with scope.identity():
        live.check(alice.user.pk, epoch=3)
        with pytest.raises(Suspended):
            live.check(alice.user.pk, epoch=1)


def test_a_live_session_ends_with_the_suspension(alice: Person) -> None:
    assert alice.client.get("/en/").status_code == 200

    live.suspend(alice.user.pk)

    assert alice.client.get("/en/").status_code == 403


def test_a_key_ends_with_the_suspension_of_its_maker(alice: Person) -> None:
    with scope.identity():
        _, token = create_api_key(account=alice.account, by=alice.user, name="shop", scopes=["contacts:read"])
    headers = {"authorization": f"Bearer {token}"}
    client = Client(headers=headers)
    before = client.get("/api/v1/me/").status_code

    live.suspend(alice.user.pk)
    after = client.get("/api/v1/me/")

    assert before == 200
    assert after.status_code == 403
    assert after.json()["type"] == "urn:ecship:problem:suspended"
