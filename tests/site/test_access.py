"""Every address of the site and of the console: it carries a mark, and it asks who is there.

What a stranger finds: `tests.walls`.
"""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client

from security import marks
from security.marks import Door
from tests.console import ConsoleClient
from tests.walls.corpus import METHODS, WRITING, Address, addresses, console_addresses

EVERY = [*addresses(), *console_addresses()]
OURS = [address for address in EVERY if not address.name.startswith("admin:")]


def test_the_walk_finds_the_site_and_the_console() -> None:
    assert len([address for address in OURS if not address.is_console]) > 80
    assert len([address for address in OURS if address.is_console]) > 20


def test_the_console_serves_no_page_of_customers_and_the_site_none_of_staff() -> None:
    """What both serve: the health check, and the ways in. Nothing else may be reached in the wrong process."""
    both = {address.name for address in addresses()} & {address.name for address in console_addresses()}

    assert {name for name in both if not name.startswith(("account_", "mfa_", "usersessions_"))} == {
        "healthz",
        "end_session",
        "stay_signed_in",
    }
    assert not {address.name for address in console_addresses()} & {
        "account_signup", "account_reset_password", "account_email", "account_confirm_email"
    }  # fmt: skip
    assert not [address for address in addresses() if address.mark("GET") and address.mark("GET").door is Door.STAFF]  # type: ignore[union-attr]


@pytest.mark.parametrize("address", [address for address in EVERY if address.name], ids=str)
def test_every_address_carries_a_mark(address: Address) -> None:
    for method in {"GET", "OPTIONS"} | WRITING:  # what has no mark is refused
        assert address.mark(method) is not None, method


def test_every_page_of_the_console_says_which_methods_it_takes() -> None:
    """So that a form for none of them is answered by 405 and not led to a page that there is not."""
    pages = [address for address in OURS if address.is_console and not address.is_foreign]

    unsaid = [str(page) for page in pages if not marks.methods_of(page.pattern.callback)]

    assert not unsaid, unsaid


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHODS)
def test_nobody_who_is_signed_out_passes_a_closed_door(method: str) -> None:
    client, console = Client(), ConsoleClient()
    passed = []
    for address in OURS:
        if not address.is_closed(method) or address.is_soap:  # which says so in SOAP: tests/soap
            continue
        path = address.fill({name: "sender" if name == "key" else UUID(int=7) for name in address.parameters})
        status = (console if address.is_console else client).generic(method, path).status_code
        if status not in {302, 401, 403, 404, 405}:
            passed.append((path, status))

    assert passed == []
