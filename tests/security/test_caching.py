"""The cache: keys are an account's own, and its connection is kept."""

from __future__ import annotations

from django.core.cache import cache

from security.caching import KeptClient
from tests.conftest import Person


def test_what_one_account_keeps_no_other_finds(alice: Person, charlie: Person) -> None:
    with alice.scope():
        cache.set("word", "hers")
    with charlie.scope():
        assert cache.get("word") is None
        cache.set("word", "another")
    with alice.scope():
        assert cache.get("word") == "hers"


def test_one_client_serves_all_operations() -> None:
    client = cache._cache  # type: ignore[attr-defined]  # Django's own access to its Redis

    assert isinstance(client, KeptClient)
    assert client.get_client("one") is client.get_client("other", write=True)
