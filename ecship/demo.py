"""The demo: reference data, and a cast with which a new site can be tried at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts import services, staff
from accounts.models import Account, Member, User
from accounts.roles import Role, StaffRole
from addressbook import services as books
from addressbook.details import ContactDetails
from addressbook.models import AddressBook
from ecship import demo_people as people
from ecship.demo_people import party
from security import scope
from shipments import services as shipments
from shipments.models import Shipment
from shipments.tariff import defaults
from tracking import services as tracking

STAFF = "dana@example.com"
LETTER: dict[str, Any] = {
    "sender": party(people.WONG),
    "recipient": party(people.CHAN),
    "contents": "documents",
    "weight_g": 20,
    "format": "small_letter",
    "service": "LRM",
}
PARCEL: dict[str, Any] = {
    "sender": party(people.WONG),
    "recipient": party(people.EDITH),
    "contents": "goods",
    "weight_g": 1_850,
    "format": "packet",
    "category": "gift",
    "items": [
        {
            "description": "Framed art print of Victoria Harbour",
            "quantity": 2,
            "weight_g": 1_200,
            "value": "560.00",
            "currency": "HKD",
            "hs_code": "491191",
            "origin": "HK",
        },
        {
            "description": "Cotton tote bag, printed",
            "quantity": 3,
            "weight_g": 450,
            "value": "210.00",
            "currency": "HKD",
            "hs_code": "420222",
            "origin": "CN",
        },
    ],
    "service": "APL",
    "reference": "Order 1042",
}
DOCUMENTS: dict[str, Any] = {
    "sender": party(people.WONG),
    "recipient": party(people.ED),
    "contents": "documents",
    "weight_g": 40,
    "service": "EMS",
    "reference": "Order 1039",
}
DRAFT: dict[str, Any] = {"sender": party(people.WONG), "contents": "goods", "weight_g": 320, "format": "packet"}
# What has happened to them: hours since they were booked, what, and where.
PARCEL_SO_FAR = [
    (4, "EMA", "Mong Kok"),
    (20, "EMB", "Hong Kong"),
    (31, "EMC", "Hong Kong"),
    (78, "EMD", "London"),
    (80, "EDB", "London"),
    (101, "EDC", "London"),
    (104, "EMF", "London"),
]
DOCUMENTS_SO_FAR = [
    (3, "EMA", "Mong Kok"),
    (12, "EMC", "Hong Kong"),
    (50, "EMD", "New York"),
    (58, "EMF", "New York"),
    (70, "EDG", "New York"),
    (76, "EMI", "New York"),
]


def load_reference_data() -> None:
    """Load services, tariff and number ranges; quick when they are there already."""
    defaults.load_defaults()


def create_cast(*, password: str) -> bool:
    """Make Alice (owner), Bob (her clerk) and Charlie (a stranger); False if they are there.

    On a laptop a second start may come with another password: the cast then gets that one.
    """
    with scope.identity():
        if alice := User.objects.filter(email="alice@example.com").first():
            _renew_passwords(alice, password)
            return False
        alice = services.create_verified_user(email="alice@example.com", password=password, name="Alice")
        bob = services.create_verified_user(email="bob@example.com", password=password, name="Bob")
        charlie = services.create_verified_user(email="charlie@example.com", password=password, name="Charlie")
        shop = services.open_account(user=alice, kind=Account.Kind.BUSINESS, name="Harbour Prints")
        Member.objects.create(account=shop, user=bob, role=Role.CLERK)
        own = services.open_account(user=charlie, kind=Account.Kind.PERSONAL, name="Charlie")
    now = timezone.now()
    _furnish_shop(shop, alice, now=now)
    with scope.account(account_id=own.pk, user_id=charlie.pk):
        _fill(books.default_book(now=now), [people.WONG, people.EDITH], now=now)
        _book(LETTER, now=now)
    return True


def invite_staff() -> str:
    """Make Dana, who is security staff; return her link, or "" where she has begun already.

    Staff come in with a factor of their own, which no demo has to show: she begins with a link that works once.
    """
    with scope.identity():
        dana = User.objects.filter(email=STAFF).first()
        if dana is not None and dana.password:
            return ""
        try:
            token = staff.invite(email=STAFF, role=StaffRole.SECURITY, now=timezone.now())
        except staff.IsCustomer:
            return ""
        User.objects.filter(email=STAFF, name="").update(name="Dana")
    return staff.address_of(token)


def _furnish_shop(shop: Account, alice: User, *, now: datetime) -> None:
    """Give the shop two books and what it has sent, made as people would make them."""
    with scope.account(account_id=shop.pk, user_id=alice.pk):
        _fill(books.default_book(now=now), people.CUSTOMERS, now=now)
        _fill(books.create_book(name="Suppliers", now=now), people.SUPPLIERS, now=now)
        documents = _book(DOCUMENTS, now=now - timedelta(days=12))
        parcel = _book(PARCEL, now=now - timedelta(days=5))
        _book(LETTER, now=now)
        shipments.start_draft(now=now, values=DRAFT)
    _post(documents, DOCUMENTS_SO_FAR, now=now)
    _post(parcel, PARCEL_SO_FAR, now=now)


def _fill(book: AddressBook, contacts: list[ContactDetails], *, now: datetime) -> None:
    for details in contacts:
        books.save_contact(book=book, details=details, now=now)


def _book(values: dict[str, Any], *, now: datetime) -> Shipment:
    return shipments.book_shipment(shipment_id=shipments.start_draft(now=now, values=values).pk, now=now)


def _post(shipment: Shipment, so_far: list[tuple[int, str, str]], *, now: datetime) -> None:
    """Let the post tell what has happened to an item."""
    assert shipment.booked_at is not None
    told = [
        {"item_number": shipment.item_number, "code": code, "place": place, "reason": "", "at": at}
        for hours, code, place in so_far
        if (at := shipment.booked_at + timedelta(hours=hours)) <= now
    ]
    tracking.record_events(told, by="demo", now=now)


def _renew_passwords(alice: User, password: str) -> None:
    if alice.check_password(password):
        return
    for user in User.objects.filter(email__in=[f"{name}@example.com" for name in ("alice", "bob", "charlie")]):
        user.set_password(password)
        user.save(update_fields=["password"])
