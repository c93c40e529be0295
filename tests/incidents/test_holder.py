"""The holder's page: what was read of one's own, named from one's own books, for owners and managers alone."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from addressbook import services as books
from addressbook.details import ContactDetails
from addressbook.models import Contact
from security.incidents import sending
from security.incidents.models import Notice
from security.models import AccessEntry, Action
from tests.conftest import Person, make_person
from tests.incidents.cast import NOW, across, needs_security_role, notice_of, queued, read
from tests.mailbox import link
from tests.pages import Page

pytestmark = [across, needs_security_role]
GetPage = Callable[..., Page]


def contact_of(person: Person, name: str) -> Contact:
    details = ContactDetails(name=name, lines=["1 Sample Road"], district="Sha Tin", country="HK")
    with person.scope():
        return books.save_contact(book=books.default_book(now=NOW), details=details, now=NOW)


def page_of(notice: Notice) -> str:
    return f"/en/account/notices/{notice.pk}/"


def test_the_mail_leads_to_the_page_that_names_what_was_read(alice: Person, get_page: GetPage) -> None:
    wong = contact_of(alice, "Wong Tai Man")
    read(alice, [wong.pk], fields=["name", "address"])
    sending.turn(queued().pk, clock=lambda: datetime.now(UTC))

    page = get_page(link(mail.outbox[0]), alice)

    assert "Wong Tai Man" in page.text
    assert "A program with an API key" in page.text
    assert "name, address" in page.text
    assert "Alice Trading" in page.text
    assert f"/en/contacts/{wong.pk}/" in {tag["href"] for tag in page.all("main a")}
    forward = str(page.one("textarea").string)
    assert "Alice Trading" not in forward
    assert "{" not in forward


def test_a_member_finds_the_way_from_the_account(alice: Person, bob: Person, get_page: GetPage) -> None:
    assert "Nothing that we know of" in get_page("/en/account/notices/", alice).text
    notice = notice_of(alice.account.pk, contacts=[uuid4()])

    assert page_of(notice) in {tag["href"] for tag in get_page("/en/account/notices/", alice).all("main a")}
    assert "/en/account/notices/" in {tag["href"] for tag in get_page("/en/account/", alice).all("main a")}
    assert "/en/account/notices/" not in {tag["href"] for tag in get_page("/en/account/", bob).all("main a")}


@pytest.mark.parametrize("path", ["", "download/"])
def test_owners_and_managers_may_clerks_may_not_and_strangers_find_nothing(
    alice: Person, bob: Person, charlie: Person, path: str
) -> None:
    maud = make_person("maud", account=alice.account, role=Role.MANAGER)
    notice = notice_of(alice.account.pk, contacts=[contact_of(alice, "Wong Tai Man").pk])

    assert alice.client.get(page_of(notice) + path).status_code == 200
    assert maud.client.get(page_of(notice) + path).status_code == 200
    assert bob.client.get(page_of(notice) + path).status_code == 403
    assert charlie.client.get(page_of(notice) + path).status_code == 404
    assert alice.client.get(f"/en/account/notices/{uuid4()}/{path}").status_code == 404


def test_an_id_of_somebody_else_in_a_notice_is_named_to_nobody(alice: Person, charlie: Person) -> None:
    """Should a report ever give an account the wrong ids, the page still names nothing of others."""
    notice = notice_of(charlie.account.pk, contacts=[contact_of(alice, "Wong Tai Man").pk])

    page = charlie.get(page_of(notice))

    assert page.status == 200
    assert "Wong Tai Man" not in page.text
    assert "Deleted since, or not named" in page.text


def test_a_deleted_contact_is_named_while_it_is_there_and_has_no_link(alice: Person) -> None:
    wong = contact_of(alice, "Wong Tai Man")
    notice = notice_of(alice.account.pk, contacts=[wong.pk])
    with alice.scope():
        books.delete_contact(contact=Contact.objects.get(pk=wong.pk), now=timezone.now())

    page = alice.get(page_of(notice))

    assert "Wong Tai Man" in page.text
    assert f"/en/contacts/{wong.pk}/" not in {tag["href"] for tag in page.all("main a")}


def test_many_lines_come_in_pages(alice: Person, get_page: GetPage) -> None:
    notice = notice_of(alice.account.pk, contacts=[uuid4() for _ in range(120)])

    first, last = get_page(page_of(notice), alice), get_page(page_of(notice) + "?page=3", alice)

    assert (len(first.all("tbody tr")), len(last.all("tbody tr"))) == (50, 20)
    assert "Page 1 of 3" in first.text
    assert alice.get(page_of(notice) + "?page=strange").status == 200


def test_a_long_notice_asks_the_database_as_often_as_a_short_one(alice: Person) -> None:
    def statements(count: int) -> int:
        contacts = [contact_of(alice, f"Wong {number}").pk for number in range(count)]
        address = page_of(notice_of(alice.account.pk, contacts=contacts))
        alice.client.get(address)
        with CaptureQueriesContext(connections["default"]) as sent:
            alice.client.get(address)
        return len(sent)

    assert statements(2) == statements(30)


def test_the_download_holds_every_line_and_no_formula(alice: Person) -> None:
    contacts = [contact_of(alice, name).pk for name in ("=HYPERLINK(1)", "+852 Wong", "陳大文")]
    notice = notice_of(alice.account.pk, contacts=contacts)

    answer: Any = alice.client.get(page_of(notice) + "download/")

    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    assert answer["Content-Disposition"] == 'attachment; filename="what-was-read.csv"'
    assert rows[0] == ["What", "Name", "First read", "Last read", "By whom", "Kinds of data"]
    assert {row[1] for row in rows[1:]} == {"'=HYPERLINK(1)", "'+852 Wong", "陳大文"}
    with alice.scope():
        entry = AccessEntry.objects.get(action=Action.EXPORT)
    assert (entry.kind, entry.fields, sorted(entry.ids)) == ("contact", ["name"], sorted(map(str, contacts)))


def test_the_download_asks_anew_who_one_is(alice: Person) -> None:
    notice = notice_of(alice.account.pk, contacts=[uuid4()])
    session = alice.client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1}]
    session.save()

    answer = alice.client.get(page_of(notice) + "download/")

    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_pages_are_whole_in_every_language(alice: Person, get_page: GetPage, language: str) -> None:
    notice = notice_of(alice.account.pk, contacts=[contact_of(alice, "Wong Tai Man").pk])

    get_page(f"/{language}/account/notices/", alice)
    page = get_page(f"/{language}/account/notices/{notice.pk}/", alice)

    assert "{" not in page.one("main").text
