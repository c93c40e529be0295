"""The demo that a new site begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import Account, User
from addressbook.models import AddressBook, Contact
from security import scope
from shipments.models import Shipment
from tests.console import ConsoleClient, code_now
from tests.pages import Page
from tracking.models import Event

pytestmark = pytest.mark.django_db


def test_the_demo_cast_signs_in_and_has_something_to_look_at(tmp_path: Path) -> None:
    secret, link = tmp_path / "password", tmp_path / "link"
    secret.write_text("a password of the demo\n")

    for _time in range(2):
        call_command("bootstrap", demo_password_file=secret, demo_link_file=link)

    with scope.identity():
        shop = Account.objects.get(name="Harbour Prints")
        assert set(User.objects.values_list("name", flat=True)) == {"Alice", "Bob", "Charlie", "Dana"}
    with scope.account(account_id=shop.pk):
        countries = {contact.country for contact in Contact.objects.all()}
        assert (AddressBook.objects.count(), Contact.objects.count(), len(countries)) == (2, 16, 12)
        sent = {one.service: one for one in Shipment.objects.all()}
        assert {name: one.status for name, one in sent.items() if name} == {
            "LRM": "booked",
            "APL": "booked",
            "EMS": "booked",
        }
        assert sent[""].status == "draft"
        numbers = [sent["APL"].item_number, sent["EMS"].item_number]
        assert len(sent["APL"].items) == 2
    assert [Event.objects.filter(item_number=number).count() for number in numbers] == [7, 6]
    client = Client()
    client.post("/en/sign-in/login/", {"login": "alice@example.com", "password": "a password of the demo"})
    assert client.get("/en/address-books/").status_code == 200


def test_dana_begins_in_the_console_with_a_link_that_is_renewed_until_it_is_used(tmp_path: Path) -> None:
    link, console = tmp_path / "link", ConsoleClient()
    links = []

    for _time in range(2):
        call_command("bootstrap", demo_link_file=link)
        links.append(link.read_text())

    assert [console.get(address).status_code for address in links] == [404, 200]
    assert link.stat().st_mode & 0o077 == 0
    secret = Page(console.get(links[1])).one("code.app-secret").get_text(strip=True)
    answer = console.post(links[1], {"password": "a password of Dana's", "code": code_now(secret)})
    assert answer.status_code == 200
    call_command("bootstrap", demo_link_file=link)
    assert link.read_text() == ""
    with scope.identity():
        assert User.objects.get(email="dana@example.com").staff_role == "security"
