"""The demo: reference data, and a cast with which a new site can be tried at once."""

from __future__ import annotations

from accounts import services
from accounts.models import Account, Member, User
from accounts.roles import Role
from security import scope
from shipments.tariff import defaults


def load_reference_data() -> None:
    """Load services, tariff and number ranges; quick when they are there already."""
    defaults.load_defaults()


def create_cast(*, password: str) -> bool:
    """Make Alice (owner), Bob (her clerk), Charlie (a stranger) and Dana (postal staff); False if they are there.

    On a laptop a second start may come with another password: the cast then gets that one.
    """
    with scope.identity():
        if alice := User.objects.filter(email="alice@example.com").first():
            _renew_passwords(alice, password)
            return False
        alice = services.create_verified_user(email="alice@example.com", password=password, name="Alice")
        bob = services.create_verified_user(email="bob@example.com", password=password, name="Bob")
        charlie = services.create_verified_user(email="charlie@example.com", password=password, name="Charlie")
        services.create_verified_user(email="dana@example.com", password=password, name="Dana", staff_role="postal")
        shop = services.open_account(user=alice, kind=Account.Kind.BUSINESS, name="Harbour Prints")
        Member.objects.create(account=shop, user=bob, role=Role.CLERK)
        services.open_account(user=charlie, kind=Account.Kind.PERSONAL, name="Charlie")
    return True


def _renew_passwords(alice: User, password: str) -> None:
    if alice.check_password(password):
        return
    for user in User.objects.filter(email__in=[f"{name}@example.com" for name in ("alice", "bob", "charlie", "dana")]):
        user.set_password(password)
        user.save(update_fields=["password"])
