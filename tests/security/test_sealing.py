"""Values sealed under the account's key: what is stored is noise to everybody else."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security import keys, scope
from security.refusals import NoScope
from security.sealing import Unreadable, keyed_index, seal, unseal
from tests.conftest import Person

pytestmark = pytest.mark.django_db
VALUES = {"name": "陳大文", "lines": ["Flat 8", "九龍"]}


def sealed_by(person: Person, row: str = "1") -> bytes:
    with person.scope():
        return seal(VALUES, keys.current_key(), table="t", row=row)


def test_a_sealed_value_opens_in_its_own_account(alice: Person) -> None:
    sealed = sealed_by(alice)

    with alice.scope():
        assert unseal(sealed, 1, table="t", row="1") == VALUES
    assert "陳大文".encode() not in sealed


def test_a_foreign_value_is_noise(alice: Person, charlie: Person) -> None:
    sealed = sealed_by(alice)

    with charlie.scope(), pytest.raises(Unreadable):
        unseal(sealed, 1, table="t", row="1")


@pytest.mark.parametrize(("table", "row", "version"), [("u", "1", 1), ("t", "2", 1), ("t", "1", 2)])
def test_a_value_moved_to_another_place_does_not_open(alice: Person, table: str, row: str, version: int) -> None:
    sealed = sealed_by(alice)

    with alice.scope(), pytest.raises(Unreadable):
        unseal(sealed, version, table=table, row=row)


def test_a_damaged_value_does_not_open(alice: Person) -> None:
    sealed = sealed_by(alice)

    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:8], b""):
        with alice.scope(), pytest.raises(Unreadable):
            unseal(broken, 1, table="t", row="1")


def test_nothing_opens_without_a_scope(alice: Person) -> None:
    sealed = sealed_by(alice)

    with pytest.raises(Unreadable):
        unseal(sealed, 1, table="t", row="1")
    with pytest.raises(NoScope):
        keyed_index("a@example.com")


def test_the_same_value_is_sealed_differently_each_time(alice: Person) -> None:
    assert sealed_by(alice) != sealed_by(alice)


def test_a_keyed_index_tells_nothing_across_accounts(alice: Person, charlie: Person) -> None:
    with alice.scope():
        first, again = keyed_index("A@example.com"), keyed_index("a@example.com ")
    with charlie.scope():
        other = keyed_index("a@example.com")

    assert first == again != other
    assert len(first) == 32


def test_an_account_whose_key_was_destroyed_is_noise(alice: Person) -> None:
    sealed = sealed_by(alice)

    with alice.scope() as active:
        assert keys.destroy(account_id=active.account) == 1
        with pytest.raises(Unreadable):
            unseal(sealed, 1, table="t", row="1")


def test_nested_scopes_keep_their_own_keys(alice: Person, charlie: Person) -> None:
    with alice.scope():
        outer = keyed_index("a@example.com")
        with charlie.scope():
            inner = keyed_index("a@example.com")
        assert keyed_index("a@example.com") == outer != inner
        assert scope.current().account_id == alice.account.pk
    assert scope.get() is scope.NOBODY


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=50), max_size=4))
def test_any_text_survives_sealing(values: dict[str, str]) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = keys.DataKey(1, AESGCM(bytes(32)), bytes(32))
    active = scope.Scope(kind=scope.Kind.ACCOUNT, account_id=UUID(int=1), data_keys={1: key})
    token = scope._current.set(active)
    try:
        assert unseal(seal(values, key, table="t", row="1"), 1, table="t", row="1") == values
    finally:
        scope._current.reset(token)
