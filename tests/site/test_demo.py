"""The demo that a new site begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import Account, User
from addressbook.models import Contact
from security import scope
from shipments.models import Shipment

pytestmark = pytest.mark.django_db


def test_the_demo_cast_signs_in_and_has_something_to_look_at(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("a password of the demo\n")

    call_command("bootstrap", demo_password_file=secret)
    call_command("bootstrap", demo_password_file=secret)

    with scope.identity():
        shop = Account.objects.get(name="Harbour Prints")
        assert User.objects.count() == 3
    with scope.account(account_id=shop.pk):
        assert (Contact.objects.count(), Shipment.objects.get().status) == (3, "booked")
    client = Client()
    client.post("/en/sign-in/login/", {"login": "alice@example.com", "password": "a password of the demo"})
    assert client.get("/en/address-books/").status_code == 200
