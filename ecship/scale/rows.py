"""All rows of an account, sealed under its own key by the house's functions. Runs in processes without a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress

from accounts.models import Account, Member, User
from accounts.roles import Role
from addressbook.models import AddressBook, Contact
from ecship.scale import people
from ecship.scale.spread import Share
from ecship.scale.tables import Table
from security import scope, sealing
from security.keys import DataKey, make
from security.models import AccountKey
from security.sealing import SealedModel
from shipments import item_numbers
from shipments.models import Shipment, Status
from shipments.services import hong_kong_day
from tracking.events import Code
from tracking.models import Event

# In the order in which they are written.
TABLES = {
    model: Table(model)
    for model in (User, EmailAddress, Account, Member, AccountKey, AddressBook, Contact, Shipment, Event)
}
NAMES = {model: frozenset(model.sealed_names()) for model in (AddressBook, Contact, Shipment)}
SMALL_BUSINESS = 150  # contacts from which an account is a business
YEARS = timedelta(days=3 * 365)  # over which accounts opened and contacts were added
OFFICES = ("Mong Kok", "Sha Tin", "Kwun Tong", "General Post Office")
DELIVERED, ON_ITS_WAY, ACCEPTED, BOOKED, DRAFT = 62, 12, 8, 12, 6  # of a hundred shipments
_STATUSES = (Status.DELIVERED, Status.IN_TRANSIT, Status.ACCEPTED, Status.BOOKED, Status.DRAFT)
_SHARES = (DELIVERED, ON_ITS_WAY, ACCEPTED, BOOKED, DRAFT)
# How many days ago items were booked, from and to.
_AGES = {
    Status.DELIVERED: (10, 170),
    Status.IN_TRANSIT: (3, 9),
    Status.ACCEPTED: (1, 3),
    Status.BOOKED: (1, 60),
    Status.DRAFT: (1, 60),
}
# What was scanned, by the status it led to, with the days since booking.
_SCANS = {
    Status.ACCEPTED: ((Code.EMA, 0.5),),
    Status.IN_TRANSIT: ((Code.EMA, 0.5), (Code.EMC, 1.5)),
    Status.DELIVERED: ((Code.EMA, 0.5), (Code.EMC, 1.5), (Code.EMI, 8)),
}


@dataclass(frozen=True)
class Item:
    """A kind of item: the private fields and the columns of its shipments, and those that a booking adds."""

    private: dict[str, Any]
    plain: dict[str, Any]
    price: dict[str, Any]


@dataclass(frozen=True)
class Order:
    """What all accounts have in common.

    `until` is the newest moment; `password` is hashed; `validity` is how long a label holds; `first_serial` is the
    first item number that was set aside for this run.
    """

    seed: int
    until: datetime
    password: str
    validity: timedelta
    items: tuple[Item, ...] = ()
    indicator: str = ""
    first_serial: int = 0


def owner_email(number: int, *, seed: int) -> str:
    """Return the e-mail address of an account's owner; `.example` belongs to nobody."""
    return f"owner-{number}@seed-{seed}.example"


def lines_of(order: Order, shares: list[Share]) -> dict[str, bytes]:
    """Return the lines for COPY of some accounts, by table."""
    lines: dict[str, list[str]] = defaultdict(list)
    for share in shares:
        for model, row in _account(order, share):
            lines[TABLES[model].name].append(TABLES[model].line(row))
    return {table: "".join(parts).encode() for table, parts in lines.items()}


def _account(order: Order, share: Share) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    chance = Random(f"{order.seed}|{share.number}")  # noqa: S311 - no secret: the same seed gives the same site
    account_id, user_id = _id(chance), _id(chance)
    opened = order.until - YEARS * chance.uniform(0.5, 1)
    yield from _people(order, share, chance, account_id, user_id, opened)
    wrapped, key = make(account_id)
    kept = {"id": _id(chance), "account_id": account_id, "created_at": opened}
    yield AccountKey, {**kept, "version": key.version, "wrapped": wrapped}
    with scope.sealing(account_id=account_id, data_key=key):
        yield from _book(order, share, chance, account_id, key, opened)
        yield from _shipments(order, share, chance, account_id, key)


def _people(
    order: Order, share: Share, chance: Random, account_id: UUID, user_id: UUID, opened: datetime
) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    email, is_business = owner_email(share.number, seed=order.seed), share.contacts >= SMALL_BUSINESS
    name = people.person(chance)
    user = {"id": user_id, "email": email, "name": name, "password": order.password, "date_joined": opened}
    language = chance.choice(("en", "zh-hant", "zh-hant", "zh-hans"))
    yield User, {**user, "language": language, "active_account_id": account_id}
    yield EmailAddress, {"user_id": user_id, "email": email, "verified": True, "primary": True}
    kind = Account.Kind.BUSINESS if is_business else Account.Kind.PERSONAL
    title = people.business(chance) if is_business else name
    yield Account, {"id": account_id, "name": title, "kind": kind, "created_at": opened}
    member = {"id": _id(chance), "account_id": account_id, "user_id": user_id, "joined_at": opened}
    yield Member, {**member, "role": Role.OWNER}


def _book(
    order: Order, share: Share, chance: Random, account_id: UUID, key: DataKey, opened: datetime
) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    book_id = _id(chance)
    name = {"name": chance.choice(("My contacts", "我的聯絡人", "Customers"))}
    yield (
        AddressBook,
        {**_sealed(AddressBook, book_id, account_id, name, key), "is_default": True, "created_at": opened},
    )
    for _ in range(share.contacts):
        yield Contact, {**_contact(order, chance, account_id, key, opened), "book_id": book_id}


def _contact(order: Order, chance: Random, account_id: UUID, key: DataKey, opened: datetime) -> dict[str, Any]:
    fields = people.contact(chance)
    added = opened + (order.until - opened) * chance.random()
    phone = "+" + "".join(filter(str.isdigit, fields["phone"]))
    private = {name: fields.pop(name) for name in NAMES[Contact]}
    return {
        **_sealed(Contact, _id(chance), account_id, private, key),
        **fields,
        "email_index": sealing.keyed_index(private["email"]) if private["email"] else None,
        "phone_index": sealing.keyed_index(phone) if private["phone"] else None,
        "created_at": added,
        "updated_at": added,
        "used_at": added + (order.until - added) * chance.random() if chance.random() < 0.4 else None,
    }


def _shipments(
    order: Order, share: Share, chance: Random, account_id: UUID, key: DataKey
) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    for place in range(share.shipments):
        item = chance.choice(order.items)
        status = chance.choices(_STATUSES, _SHARES)[0]
        booked = order.until - timedelta(days=chance.uniform(*_AGES[status]))
        number = item_numbers.compose(order.indicator, order.first_serial + share.first_shipment + place)
        private = item.private | {"recipient": item.private["recipient"] | {"name": people.person(chance)}}
        shipment_id = _id(chance)
        row = {
            **_sealed(Shipment, shipment_id, account_id, private, key),
            **item.plain,
            "status": status,
            "created_at": booked,
            "updated_at": booked,
        }
        if status != Status.DRAFT:
            row |= {"item_number": number, "booked_at": booked, "valid_until": hong_kong_day(booked) + order.validity}
            row |= item.price
        yield Shipment, row
        for code, days in _SCANS.get(status, ()):
            yield Event, _scan(chance, number, code, booked + timedelta(days=days))


def _scan(chance: Random, number: str, code: str, at: datetime) -> dict[str, Any]:
    where = {"place": chance.choice(OFFICES), "recorded_at": at, "recorded_by": "seed"}
    return {"id": _id(chance), "item_number": number, "code": code, "at": at, **where}


def _sealed(
    model: type[SealedModel], row: UUID, account_id: UUID, private: dict[str, Any], key: DataKey
) -> dict[str, Any]:
    sealed = sealing.seal(private, key, table=model._meta.db_table, row=str(row))
    return {"id": row, "account_id": account_id, "sealed": sealed, "key_version": key.version}


def _id(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
