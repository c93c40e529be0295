"""The demo: reference data, and a cast with which a new site can be tried at once."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts import services
from accounts.models import Account, Member, User
from accounts.roles import Role
from addressbook import services as books
from addressbook.details import ContactDetails
from security import scope
from shipments import services as shipments
from shipments.tariff import defaults

# People and places that do not exist; the telephone numbers are of ranges kept for examples, or made up.
DEMO_CONTACTS = [
    ContactDetails(
        name="Wong Siu Ming",
        company="Harbour Prints",
        email="siuming@example.com",
        phone="+852 9123 4567",
        lines=["Flat 5, 12/F, Block B", "18 Sample Street"],
        district="Yau Tsim Mong",
        city="Mong Kok",
        country="HK",
        local_name="黃小明",
        local_lines=["旺角樣本街18號B座12樓5室"],
        can_send=True,
        tags=["sender"],
    ),
    ContactDetails(
        name="Edith Example",
        phone="+44 20 7946 0000",
        lines=["1 Example Road"],
        city="London",
        postcode="SW1A 1AA",
        country="GB",
        tags=["customer"],
    ),
    ContactDetails(
        name="Ed Example",
        phone="+1 212 555 0100",
        lines=["350 Sample Avenue"],
        city="New York",
        state="NY",
        postcode="10118",
        country="US",
        tags=["customer"],
    ),
]
_HERE: dict[str, Any] = {
    "name": "Wong Siu Ming",
    "phone": "+852 9123 4567",
    "lines": ["Flat 5, 12/F, Block B", "18 Sample Street"],
    "district": "Yau Tsim Mong",
    "city": "Mong Kok",
    "country": "HK",
}
DEMO_LETTER: dict[str, Any] = {
    "sender": _HERE,
    "recipient": {**_HERE, "name": "Chan Mei Ling", "district": "Sha Tin", "city": "Fo Tan"},
    "contents": "documents",
    "weight_g": 20,
    "format": "small_letter",
    "service": "LRM",
}


def load_reference_data() -> None:
    """Load services, tariff and number ranges; quick when they are there already."""
    defaults.load_defaults()


def create_cast(*, password: str) -> bool:
    """Make Alice (owner), Bob (her clerk) and Charlie (a stranger); False if they are there.

    Staff begin with a link of `create_staff`: no demo has a factor to show.

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
    _furnish(shop, alice, DEMO_CONTACTS)
    _furnish(own, charlie, DEMO_CONTACTS[:2])
    return True


def _furnish(account: Account, user: User, contacts: list[ContactDetails]) -> None:
    """Give an account a book of contacts and a booked letter, made as a person would make them."""
    now = timezone.now()
    with scope.account(account_id=account.pk, user_id=user.pk):
        book = books.default_book(now=now)
        for details in contacts:
            books.save_contact(book=book, details=details, now=now)
        draft = shipments.start_draft(now=now, values=DEMO_LETTER)
        shipments.book_shipment(shipment_id=draft.pk, now=now)


def _renew_passwords(alice: User, password: str) -> None:
    if alice.check_password(password):
        return
    for user in User.objects.filter(email__in=[f"{name}@example.com" for name in ("alice", "bob", "charlie")]):
        user.set_password(password)
        user.save(update_fields=["password"])
