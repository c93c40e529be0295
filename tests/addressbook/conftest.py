from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from addressbook import services
from addressbook.details import ContactDetails
from addressbook.models import AddressBook, Contact
from tests.conftest import Person

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MakeContact = Callable[..., Contact]


def hong_kong(**changes: Any) -> ContactDetails:
    """The least valid contact."""
    return ContactDetails(
        **({"name": "Chan Tai Man", "lines": ["8 Nathan Road"], "district": "Yau Tsim Mong"} | changes)
    )


@pytest.fixture
def book(alice: Person) -> AddressBook:
    """Alice's default book."""
    with alice.scope():
        return services.default_book(now=NOON)


@pytest.fixture
def restricted(alice: Person, book: AddressBook) -> AddressBook:
    with alice.scope():
        return services.create_book(name="Directors", access="restricted", now=NOON)


@pytest.fixture
def make_contact(alice: Person, book: AddressBook) -> MakeContact:
    def make(*, now: datetime = NOON, into: AddressBook | None = None, **changes: Any) -> Contact:
        with alice.scope():
            return services.save_contact(book=into or book, details=hong_kong(**changes), now=now)

    return make


@pytest.fixture
def contact(make_contact: MakeContact) -> Contact:
    return make_contact(email="tai.man@example.com", phone="9123 4567", tags=["Family"])
