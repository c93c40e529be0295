"""The one question that finds a key: all reasons for which it may not be used, and nothing stays open behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.keys import create_api_key, find_api_key, hash_of
from accounts.models import ApiKey, Member, User
from security import context, live, scope
from tests.conftest import Person

pytestmark = pytest.mark.django_db


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def identity() -> str:
    return context.signed(kind="identity", account_id=None, user_id=None, backend=context.backend())


@pytest.fixture
def made(alice: Person) -> tuple[ApiKey, str]:
    with scope.identity():
        return create_api_key(account=alice.account, by=alice.user, name="Shop", scopes=["contacts:read", "log:read"])


def status(token: str) -> int:
    return Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/me/").status_code


def test_a_key_is_found_with_its_account_and_rights(alice: Person, made: tuple[ApiKey, str]) -> None:
    key, token = made

    found = find_api_key(token, now=timezone.now(), source="")

    assert found is not None
    assert (found.key.pk, found.key.account, found.live.epoch) == (key.pk, alice.account, 1)
    assert found.key.account.name == alice.account.name
    assert found.key.scopes == ["contacts:read", "log:read"]
    assert {str(right) for right in found.rights} == {"contact.view", "log.view"}


def _expire(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))


def _elsewhere(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(allowed_addresses=["192.0.2.0/24"])


def _leave(key: ApiKey) -> None:
    Member.objects.filter(user_id=key.created_by_id).delete()


def _deactivate(key: ApiKey) -> None:
    User.objects.filter(pk=key.created_by_id).update(is_active=False)


@pytest.mark.parametrize("spoil", [_expire, _elsewhere, _leave, _deactivate])
def test_a_key_that_may_not_be_used_is_none(made: tuple[ApiKey, str], spoil: Callable[[ApiKey], None]) -> None:
    key, token = made
    assert status(token) == 200

    with scope.identity():
        spoil(key)

    assert status(token) == 401


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
@pytest.mark.parametrize("whose", ["pk", "created_by_id"])
def test_a_suspended_key_is_told_so_and_works_after_its_release(made: tuple[ApiKey, str], whose: str) -> None:
    key, token = made
    live.suspend(getattr(key, whose))

    assert status(token) == 403

    live.release(getattr(key, whose))
    assert status(token) == 200


def test_a_key_is_not_found_under_a_context_that_is_not_the_identitys(alice: Person, made: tuple[ApiKey, str]) -> None:
    key, token = made
    own = context.signed(kind="account", account_id=alice.account.pk, user_id=None, backend=context.backend())
    forged = identity()[:-1] + "x"

    assert len(rows("SELECT id FROM walls.find_key(%s, %s)", identity(), hash_of(token))) == 1
    assert rows("SELECT id FROM walls.find_key(%s, %s)", forged, hash_of(token)) == []
    assert rows("SELECT id FROM walls.find_key('', %s)", hash_of(token)) == []
    # An account's own context sees its own keys, and no more than that.
    assert rows("SELECT id FROM walls.find_key(%s, %s)", own, hash_of(token)) == [(key.pk,)]


def test_looking_for_a_key_leaves_no_identity_behind(alice: Person, charlie: Person, made: tuple[ApiKey, str]) -> None:
    with transaction.atomic():
        rows("SELECT 1 FROM walls.find_key(%s, %s)", identity(), hash_of(made[1]))
        assert rows("SELECT count(*) FROM accounts_user") == [(0,)]

    with charlie.scope():
        rows("SELECT 1 FROM walls.find_key(%s, %s)", identity(), hash_of(made[1]))
        assert rows("SELECT id FROM accounts_user") == [(charlie.user.pk,)]


def test_entering_gives_the_keys_of_that_account_alone(alice: Person, charlie: Person) -> None:
    backend = context.backend()
    mine = context.signed(kind="account", account_id=alice.account.pk, user_id=None, backend=backend)

    with charlie.scope():
        theirs = scope.wrapped_keys()
    with alice.scope():
        assert scope.wrapped_keys().keys() == {1}
        assert scope.wrapped_keys() != theirs
        with scope.identity():
            assert scope.wrapped_keys() == {}
    assert scope.wrapped_keys() == {}
    with transaction.atomic():
        assert rows("SELECT version FROM walls.enter(%s)", mine[:-1] + "x") == []


def test_a_new_connection_is_asked_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    held = connection.connection
    first = context.backend()
    monkeypatch.setattr(context, "SEEN_SECONDS", 60)
    monkeypatch.setitem(context._seen, held, context.Seen(pid=1, now=0.0, at=monotonic()))
    assert context.backend().pid == 1

    monkeypatch.setitem(context._seen, held, context.Seen(pid=1, now=0.0, at=monotonic() - 61))

    assert context.backend().pid == first.pid
    assert abs(context.backend().now - first.now) <= timedelta(seconds=5).total_seconds()


def test_behind_a_pooler_every_transaction_is_asked(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATABASE_POOLER = True
    first = context.backend()
    seen = context.Seen(pid=1, now=0.0, at=monotonic())
    monkeypatch.setitem(context._seen, connection.connection, seen)

    assert context.backend().pid == first.pid
