"""The attacks: Charlie, signed in with a real account, tries to get at Alice's contact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import mail
from django.db import connections
from django.utils import timezone

from addressbook import services
from addressbook.models import AddressBook, Contact
from tests.conftest import Person
from tests.walls.ledger import left_in

CANARY = "Canary Wong 金絲雀"


@dataclass
class Prey:
    """What the attacker is after, and what the attacker has."""

    attacker: Person
    victim: Person
    contact: UUID
    book: UUID
    own_contact: UUID
    own_book: UUID

    def __post_init__(self) -> None:
        self.attacker.client.raise_request_exception = False
        self.victim.client.raise_request_exception = False


def make_prey(attacker: Person, victim: Person) -> Prey:
    book, contact = _own(victim, CANARY)
    own_book, own_contact = _own(attacker, "Nobody special")
    return Prey(attacker, victim, contact, book, own_contact, own_book)


def _own(person: Person, name: str) -> tuple[UUID, UUID]:
    now = timezone.now()
    with person.scope():
        book = services.create_book(name=f"Book of {name}", now=now)
        contact = Contact(book=book, country="HK", created_at=now, updated_at=now)
        contact.name = name
        contact.save()
    return book.pk, contact.pk


Attack = Callable[[Prey], Any]


def get(address: str) -> Attack:
    return lambda prey: prey.attacker.client.get(address.format(prey=prey))


def post(address: str, **data: str) -> Attack:
    def attack(prey: Prey) -> Any:
        return prey.attacker.client.post(
            address.format(prey=prey), {name: value.format(prey=prey) for name, value in data.items()}
        )

    return attack


def warmed_cache(prey: Prey) -> Any:
    prey.victim.client.get("/planted/cache")
    return prey.attacker.client.get("/planted/cache")


def warmed_layout(prey: Prey) -> Any:
    prey.victim.client.get(f"/en/address-books/{prey.book}/?order=name")
    return prey.attacker.client.get(f"/planted/layout/{prey.book}")


PLANTED: dict[str, Attack] = {
    "unfiltered get": get("/planted/get/{prey.contact}"),
    "related get": get("/planted/related/{prey.contact}"),
    "unfiltered list": get("/planted/list"),
    "export": get("/planted/export"),
    "bulk": get("/planted/bulk?id={prey.contact}"),
    "values": get("/planted/values"),
    "autocomplete": get("/planted/autocomplete?q=Can"),
    "header": get("/planted/header/{prey.contact}"),
    "aggregates": get("/planted/aggregates"),
    "PDF": get("/planted/printed/{prey.contact}"),
    "raw through the ORM": get("/planted/raw-orm"),
    "raw SQL": get("/planted/raw-sql"),
    "injection": get("/planted/injection?country=' OR ''='"),
    "injection that sets the context": get(
        "/planted/injection?country=' OR set_config('walls.context',"
        "'account|{prey.victim.account.pk}||0|9999999999|0',true) IS NOT NULL OR ''='"
    ),
    "injected write": post("/planted/injected-write", country="ZZ"),
    "nested key": post("/planted/nested-key", book="{prey.book}"),
    "rehoming": post("/planted/rehoming/{prey.own_contact}", account_id="{prey.victim.account.pk}", book="{prey.book}"),
    "mass assignment": post("/planted/mass-assignment", account_id="{prey.victim.account.pk}", book_id="{prey.book}"),
    "blind delete": post("/planted/blind-delete/{prey.contact}"),
    "blind update": post("/planted/blind-update/{prey.contact}"),
    "cache key without account": warmed_cache,
    "layout without account": warmed_layout,
    "mail": get("/planted/mail/{prey.contact}"),
    "related manager": get("/planted/book/{prey.book}?account={prey.victim.account.pk}"),
    "unmarked view": get("/planted/unmarked/{prey.contact}"),
}


def state_of(prey: Prey) -> list[tuple[Any, ...]]:
    """Everything the victim's account holds in the two tables, as it lies in the database."""
    rows: list[tuple[Any, ...]] = []
    with connections["owner"].cursor() as cursor:
        for model in (Contact, AddressBook):
            table = model._meta.db_table
            cursor.execute("SET LOCAL row_security = on")
            cursor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
            cursor.execute(f'SELECT * FROM "{table}" WHERE account_id = %s ORDER BY id', [prey.victim.account.pk])
            rows += cursor.fetchall()
            cursor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    return rows


def bites(attack: Attack, prey: Prey) -> bool:
    """Run one attack; True when a personal value of the victim left, or when the victim's data changed."""
    mail.outbox.clear()
    before = state_of(prey)
    response = attack(prey)
    return CANARY.split()[0].casefold() in left_in(response) or state_of(prey) != before
