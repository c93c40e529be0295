"""Cases: how staff come to see a customer's data, and how the customer sees that they did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, ProgrammingError, connection, connections, transaction
from django.utils import timezone

from accounts.models import Member
from addressbook import services as books
from addressbook.details import ContactDetails
from addressbook.models import Contact
from security import scope, trail
from security.console import cases, masks
from security.console.models import Case
from security.models import AccessEntry, SecurityEvent
from tests.conftest import Person, make_person
from tests.pages import Page
from tests.shipments.booking import make_booked

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
OPEN = "/en/cases/open/"
REASON = {"ticket": "T-4711", "reason": "The customer cannot find a contact."}
ANN = ContactDetails(
    name="Ann Kanarie", lines=["10 High Street"], city="London", postcode="SW1A 1AA", country="GB",
    email="ann@kanarie.example", phone="+44 20 7946 0000",
)  # fmt: skip


@pytest.fixture
def erin(db: None) -> Person:
    """Works in support."""
    return make_person("erin", staff_role="support")


@pytest.fixture
def contact(alice: Person) -> Contact:
    with alice.scope():
        return books.save_contact(book=books.default_book(now=timezone.now()), details=ANN, now=timezone.now())


def opened(by: Person, account: Person, **changes: Any) -> str:
    """Open a case by the page; return its address."""
    answer = by.client.post(OPEN, {"account_id": account.account.pk, **REASON, **changes})
    assert answer.status_code == 302, Page(answer).text
    return str(answer["Location"])


# Opening --------------------------------------------------------------------------------------------------------


def test_a_case_shows_masked_rows_and_one_in_full_by_itself(erin: Person, alice: Person, contact: Contact) -> None:
    address = opened(erin, alice)

    listed, full = erin.get(f"{address}contact/"), Page(erin.client.post(f"{address}contact/{contact.pk}/"))

    for page in (erin.get(address), listed, full):
        page.check()
    for secret in ("Ann Kanarie", "ann@kanarie", "High Street", "7946"):
        assert secret not in listed.text
    assert "A••• K•••" in listed.text
    for told in ("Ann Kanarie", "ann@kanarie.example", "10 High Street", "+44 20 7946 0000"):
        assert told in full.text


def test_members_and_shipments_are_shown_the_same_way(erin: Person, alice: Person, bob: Person) -> None:
    with alice.scope():
        shipment = make_booked()
        member = Member.objects.get(user=bob.user)
    address = opened(erin, alice)

    for name, row, secret in (("member", member.pk, "bob@example.com"), ("shipment", shipment.pk, "Edith Example")):
        listed = erin.get(f"{address}{name}/")
        listed.check()
        assert secret not in listed.text
        assert secret in Page(erin.client.post(f"{address}{name}/{row}/")).text


def test_the_customer_sees_who_looked_at_what_and_for_which_ticket(
    erin: Person, alice: Person, contact: Contact
) -> None:
    address = opened(erin, alice)
    erin.get(f"{address}contact/")
    erin.client.post(f"{address}contact/{contact.pk}/")

    page = alice.get("/en/account/access-log/")
    told = alice.client.get("/api/v1/access-log/").json()["results"]

    page.check()
    rows = [row.get_text(" ", strip=True) for row in page.all("tbody tr")][:3]
    assert all("Our staff, ticket T-4711" in row for row in rows), rows
    assert ["Read: contacts" in rows[0], "Listed: contacts" in rows[1], "Added: cases" in rows[2]] == [True] * 3
    assert "erin@" not in page.text
    assert [entry["actor"] for entry in told[:3]] == [
        {"kind": "staff", "id": None, "name": "Our staff, ticket T-4711"}
    ] * 3
    assert [entry["address"] for entry in told[:3]] == [None] * 3
    assert told[0]["ids"] == [str(contact.pk)]


def test_opening_a_case_is_told_to_the_auditor_with_its_reason(erin: Person, alice: Person) -> None:
    opened(erin, alice, has_consent="on")
    auditor = make_person("odo", staff_role="auditor")

    page = auditor.get("/en/cases/all/")

    page.check()
    assert REASON["reason"] in page.text
    assert str(alice.account.pk) in page.text
    assert "The customer has agreed" in page.text
    event = SecurityEvent.objects.using("security").get(kind="staff.case")
    assert event.actor == f"user:{erin.user.pk}"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ticket": ""}, "ticket"),
        ({"ticket": "Alice Wong!"}, "ticket"),
        ({"reason": "short"}, "reason"),
        ({"account_id": "x"}, "account_id"),
        ({"account_id": str(uuid4())}, "account_id"),
    ],
)
def test_without_a_reason_or_an_account_no_case_opens(
    erin: Person, alice: Person, changes: dict[str, str], field: str
) -> None:
    page = Page(erin.client.post(OPEN, {"account_id": alice.account.pk, **REASON, **changes}))

    page.check(400)
    assert page.all(f".govuk-error-summary a[href='#id_{field}']")
    assert not Case.objects.using("security").exists()


@pytest.mark.parametrize("role", ["postal", "auditor"])
def test_other_staff_open_none(alice: Person, role: str) -> None:
    person = make_person(role, staff_role=role)

    assert person.client.get(OPEN).status_code == 404
    assert person.client.post(OPEN, {"account_id": alice.account.pk, **REASON}).status_code == 404
    assert not Case.objects.using("security").exists()


# Its bounds ------------------------------------------------------------------------------------------------------


def test_a_case_is_its_openers_alone(erin: Person, alice: Person, contact: Contact) -> None:
    address, colleague = opened(erin, alice), make_person("fay", staff_role="security")

    for path in ("", "contact/", "member/"):
        assert colleague.client.get(f"{address}{path}").status_code == 404
    assert colleague.client.post(f"{address}contact/{contact.pk}/").status_code == 404
    assert colleague.client.post(f"{address}end/").status_code == 404


def test_a_case_reaches_its_own_account_alone(erin: Person, alice: Person, charlie: Person, contact: Contact) -> None:
    address = opened(erin, charlie)

    assert "A•••" not in erin.get(f"{address}contact/").text
    assert erin.client.post(f"{address}contact/{contact.pk}/").status_code == 404
    with scope.identity():
        member = Member.objects.get(user=alice.user).pk
    assert erin.client.post(f"{address}member/{member}/").status_code == 404


@pytest.mark.parametrize("how", ["time", "button"])
def test_when_a_case_is_over_it_shows_nothing_more(erin: Person, alice: Person, contact: Contact, how: str) -> None:
    address, later = opened(erin, alice), timezone.now()
    if how == "button":
        assert erin.client.post(f"{address}end/").status_code == 302
    else:
        later += cases.LIFETIME + timedelta(seconds=1)
        session = erin.client
        with time_machine.travel(timezone.now() + timedelta(minutes=14), tick=False):
            session.get("/en/you/")  # the session itself stays alive
        with time_machine.travel(timezone.now() + timedelta(minutes=28), tick=False):
            session.get("/en/you/")

    with time_machine.travel(later, tick=False):
        page = erin.get(address)
        refused = [erin.client.get(f"{address}contact/"), erin.client.post(f"{address}contact/{contact.pk}/")]

    page.check()
    assert "This case is over" in page.text
    assert "A••• T•••" not in page.text, "the account's name, even masked"
    assert [(answer.status_code, answer["Location"]) for answer in refused] == [(302, address)] * 2
    with alice.scope():
        assert not AccessEntry.objects.filter(kind="contact", action="read").exists()


def test_what_a_case_reads_with_cannot_write(erin: Person, alice: Person, contact: Contact) -> None:
    opened(erin, alice)
    case = Case.objects.using("security").get()

    with pytest.raises(DatabaseError), cases.entered(case), cases.looking():
        Contact.objects.filter(pk=contact.pk).update(country="ZZ")

    with cases.entered(case):
        with cases.looking(), connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            assert cursor.fetchone() == ("on",)
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            assert cursor.fetchone() == ("off",), "the log entry after it can be written"


def test_a_case_has_no_right_of_a_members(erin: Person, alice: Person) -> None:
    opened(erin, alice)

    with cases.entered(Case.objects.using("security").get()):
        active = scope.get()

    assert (active.kind, active.permissions) == (scope.Kind.CASE, frozenset())


@pytest.mark.parametrize("how", ["closed", "run out"])
def test_no_consent_is_noted_for_a_case_that_is_over(erin: Person, alice: Person, how: str) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        address = opened(erin, alice)
        if how == "closed":
            erin.client.post(f"{address}end/")
        else:
            for _turn in range(3):  # the session goes on
                clock.shift(timedelta(minutes=10))
                erin.get(address)

        said = Page(erin.client.post(f"{address}consent/", follow=True))

    said.check()
    assert "This case is over: consent is noted while one looks" in said.text
    assert "consent is noted." not in said.text
    assert Case.objects.using("security").get().consent_at is None


def test_consent_is_noted_once(erin: Person, alice: Person) -> None:
    address = opened(erin, alice)
    erin.client.post(f"{address}consent/")
    noted = Case.objects.using("security").get().consent_at

    erin.client.post(f"{address}consent/")

    assert noted is not None
    assert Case.objects.using("security").get().consent_at == noted


# In the database ------------------------------------------------------------------------------------------------


def test_the_reason_does_not_lie_bare(erin: Person, alice: Person) -> None:
    opened(erin, alice)

    case = Case.objects.using("security").get()

    assert REASON["reason"].encode() not in bytes(case.wrapped_reason)
    assert case.reason == REASON["reason"]


def test_the_customers_process_opens_extends_and_sees_no_case(erin: Person, alice: Person, charlie: Person) -> None:
    """Its role may read the cases of the account it works in, and write none, whatever context it signs."""
    opened(erin, alice)
    write = (
        "INSERT INTO security_case SELECT * FROM security_case",
        "UPDATE security_case SET expires_at = now() + interval '1 year'",
        "DELETE FROM security_case",
    )

    for statement in write:
        with pytest.raises(ProgrammingError), alice.scope(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with alice.scope():
        assert Case.objects.count() == 1
    with charlie.scope():
        assert Case.objects.count() == 0
    with scope.identity():
        assert Case.objects.count() == 0


def test_even_the_console_does_not_make_a_case_longer(erin: Person, alice: Person) -> None:
    opened(erin, alice)

    with pytest.raises(ProgrammingError), connections["security"].cursor() as cursor:
        cursor.execute("UPDATE security_case SET expires_at = now() + interval '1 year'")


def test_masks_keep_a_letter_and_nothing_else() -> None:
    assert masks.words("Chan Tai Man") == "C••• T•••"
    assert masks.words("陳大文") == "陳•••"
    assert masks.email("siuming@example.com") == "s•••@e•••"
    assert masks.tail("+852 9123 4567") == "•••67"
    assert (masks.words(""), masks.email(""), masks.tail(""), masks.hidden([])) == ("", "", "", "")


# The database itself ----------------------------------------------------------------------------------------------


def seen_as(staff_id: Any, account_id: Any) -> int:
    """Return how many contacts a process sees that signs a context of a case by itself."""
    acting = scope.Scope(kind=scope.Kind.CASE, account_id=account_id, user_id=staff_id, actor=f"user:{staff_id}")
    with scope.enter(acting), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM addressbook_contact")
        (count,) = cursor.fetchone()
    return int(count)


def test_a_context_of_a_case_is_none_without_an_open_case(
    erin: Person, alice: Person, charlie: Person, contact: Contact
) -> None:
    """Not even a console with a mistake in it, which signs what it likes, reads without a grant in the table."""
    fay = make_person("fay", staff_role="support")
    assert seen_as(erin.user.pk, alice.account.pk) == 0

    opened(erin, alice)

    assert seen_as(erin.user.pk, alice.account.pk) == 1, "with one it does: this proves something"
    assert seen_as(fay.user.pk, alice.account.pk) == 0, "a colleague's"
    assert seen_as(erin.user.pk, charlie.account.pk) == 0, "of another account"
    assert seen_as(None, alice.account.pk) == 0


@pytest.mark.parametrize(
    "over", ["ended_at = now()", "expires_at = now() - interval '1 second', opened_at = now() - interval '1 hour'"]
)
def test_it_is_none_any_more_when_the_case_is_over(erin: Person, alice: Person, contact: Contact, over: str) -> None:
    opened(erin, alice)

    with connections["owner"].cursor() as cursor:
        for force in ("NO FORCE", "FORCE"):
            cursor.execute(f"ALTER TABLE security_case {force} ROW LEVEL SECURITY")
            if force == "NO FORCE":
                cursor.execute(f"UPDATE security_case SET {over}")

    assert seen_as(erin.user.pk, alice.account.pk) == 0


def test_nothing_is_written_by_a_case_that_is_none(erin: Person, alice: Person) -> None:
    acting = scope.Scope(kind=scope.Kind.CASE, account_id=alice.account.pk, user_id=erin.user.pk, actor="user:erin")

    with pytest.raises(DatabaseError, match="another account"), scope.enter(acting):
        trail.record(action=trail.Action.READ, kind="contact", ids=[uuid4()])
