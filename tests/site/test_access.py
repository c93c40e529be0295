"""Every address of the site: it carries a mark, and it asks who is there. What a stranger finds: `tests.walls`."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client

from tests.walls.corpus import METHODS, WRITING, Address, addresses

OURS = [address for address in addresses() if not address.name.startswith("admin:")]


def test_the_walk_finds_the_site() -> None:
    assert len(OURS) > 80, f"{len(OURS)} addresses"


@pytest.mark.parametrize("address", [address for address in addresses() if address.name], ids=str)
def test_every_address_carries_a_mark(address: Address) -> None:
    for method in {"GET", "OPTIONS"} | WRITING:  # what has no mark is refused
        assert address.mark(method) is not None, method


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHODS)
def test_nobody_who_is_signed_out_passes_a_closed_door(method: str) -> None:
    client = Client()
    passed = []
    for address in OURS:
        if not address.is_closed(method):
            continue
        path = address.fill({name: "sender" if name == "key" else UUID(int=7) for name in address.parameters})
        status = client.generic(method, path).status_code
        if status not in {302, 401, 403, 404, 405}:
            passed.append((path, status))

    assert passed == []
