"""Searching the trail: what is found is right, bounded, cut down for those who may not see more, and safe as a file."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from addressbook import services as books
from security import alarms
from security.console import registry, trail, words
from security.models import SecurityEvent
from tests.conftest import Person, make_person
from tests.pages import Page

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
AUDIT = "/en/audit/"
APPS = ("accounts", "addressbook", "ecship", "labels", "security", "shipments", "tracking")


@pytest.fixture
def odo(db: None) -> Person:
    """Audits."""
    return make_person("odo", staff_role="auditor")


@pytest.fixture
def sam(db: None) -> Person:
    """Works in security."""
    return make_person("sam", staff_role="security")


def looked(person: Person, times: int = 1, address: str = "203.0.113.7") -> None:
    """Look at one's own books, so many times, from an address."""
    with person.scope():
        books.default_book(now=timezone.now())
    for _time in range(times):
        assert person.client.get("/en/address-books/", REMOTE_ADDR=address).status_code == 200


def test_reads_of_an_account_are_found_by_account_actor_and_endpoint(
    alice: Person, charlie: Person, odo: Person
) -> None:
    looked(alice)
    looked(charlie)

    for query in (
        f"account_id={alice.account.pk}",
        f"actor=user:{alice.user.pk}",
        f"endpoint=addressbook:books&account_id={alice.account.pk}",
    ):
        page = odo.get(f"{AUDIT}?{query}")
        page.check()
        assert page.all("tbody tr"), query
        assert str(charlie.account.pk) not in page.text, query
        assert str(alice.account.pk) in page.text


def test_refusals_and_acts_of_staff_are_found_too(alice: Person, odo: Person) -> None:
    alice.client.get("/en/contacts/00000000-0000-0000-0000-000000000007/")

    page = odo.get(f"{AUDIT}?which=events&kind=refused")

    page.check()
    assert f"user:{alice.user.pk}" in page.text


def test_what_was_done_is_said_in_words_with_its_code_beside(alice: Person, odo: Person) -> None:
    looked(alice)
    with alice.scope():
        alarms.note(kind="staff.lift")
        alarms.note(kind="wrong_key")
        alarms.note(kind="yet.unknown")

    acts = odo.get(f"{AUDIT}?account_id={alice.account.pk}").one("tbody").get_text(" ")
    events = odo.get(f"{AUDIT}?which=events&account_id={alice.account.pk}").one("tbody").get_text(" ")
    chinese = Page(odo.client.get("/zh-hant/audit/?which=events&kind=staff.lift")).one("tbody").get_text(" ")
    file = odo.client.get(f"{AUDIT}file/?account_id={alice.account.pk}").content.decode()

    assert "Listed: address books list address_book" in acts
    assert "Staff lifted a block staff.lift" in events
    assert "Sealed data of another account was opened wrong_key" in events
    assert "yet.unknown yet.unknown" in events
    assert "職員解除封鎖 staff.lift" in chinese
    assert "list address_book" in file
    assert "Listed" not in file


CALLS = r"""(?:alarms\.note|alarms\.raise_alarm|[^.\w]_?event|[^.\w]_alarm)"""
NAMED = re.compile(CALLS + r"""\(\s*(?:kind=)?"([\w.]+)"(?: if \w+ else "([\w.]+)")?""")
ACTS = re.compile(r"""trail\.record\([^)]*?kind="(\w+)\"""")


def test_whatever_the_code_notes_has_words() -> None:
    sources = [path.read_text() for app in APPS for path in Path(app).rglob("*.py")]
    events = {kind for source in sources for found in NAMED.findall(source) for kind in found if kind}
    kinds = {kind for source in sources for kind in ACTS.findall(source)}

    assert {"staff.case", "staff.ask", "sign_in.failed", "frozen", "egress", "trail_sink"} <= events
    assert {"contact", "shipment", "contact_merge"} <= kinds
    assert [kind for kind in sorted(events) if words.of_event(kind) == kind] == []
    assert [kind for kind in sorted(kinds) if isinstance(registry.words_of_kind(kind), str)] == []


def test_only_security_sees_and_searches_whole_addresses(alice: Person, odo: Person, sam: Person) -> None:
    looked(alice)
    looked(alice, address="198.51.100.9")

    cut, whole = odo.get(AUDIT), sam.get(f"{AUDIT}?source=203.0.113.7")
    tried = odo.get(f"{AUDIT}?source=203.0.113.7")

    assert "203.0.113.7" not in cut.text
    assert "203.0.113.0/24" in cut.text
    assert not cut.all("[name=source]")
    assert "203.0.113.7" in whole.one("tbody").get_text()
    assert "198.51.100.9" not in whole.text
    assert "198.51.100.0/24" in tried.text, "a question that may not be asked narrows nothing, so it tells nothing"


def test_pages_follow_each_other_by_cursor(alice: Person, odo: Person) -> None:
    looked(alice, times=trail.SIZE + 3)
    query = f"?account_id={alice.account.pk}&endpoint=addressbook:books"

    first = odo.get(f"{AUDIT}{query}")
    second = odo.get(AUDIT + str(first.one("a[rel=next]")["href"]))

    assert (len(first.all("tbody tr")), len(second.all("tbody tr"))) == (trail.SIZE, 3)
    assert second.all("a[rel=prev]")
    assert not second.all("a[rel=next]")


def test_days_bound_a_search_and_thirty_are_taken_where_none_is_given(alice: Person, odo: Person) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=40), tick=False):
        other = make_person("olive")
        looked(other)
    query = f"?account_id={other.account.pk}"
    since = (timezone.now() - timedelta(days=45)).date().isoformat()

    assert "Nothing was found" in odo.get(f"{AUDIT}{query}").text
    assert odo.get(f"{AUDIT}{query}&since={since}").all("tbody tr")


@pytest.mark.parametrize(
    ("query", "field"),
    [("account_id=x", "account_id"), ("since=x", "since"), ("since=2026-02-02&until=2026-02-01", "until")],
)
def test_a_wrong_question_is_explained_and_kept(odo: Person, query: str, field: str) -> None:
    page = odo.get(f"{AUDIT}?{query}&actor=user:kept")

    page.check(400)
    assert page.all(f".govuk-error-summary a[href='#id_{field}']")
    assert page.one("[name=actor]")["value"] == "user:kept"
    assert odo.client.get(f"{AUDIT}file/?{query}").status_code == 400


def test_a_cursor_of_elsewhere_is_refused(odo: Person) -> None:
    odo.get(f"{AUDIT}?cursor=x").check(400)


def test_a_file_holds_what_was_found_and_its_taking_is_noted(alice: Person, odo: Person) -> None:
    looked(alice, times=2)

    answer = odo.client.get(f"{AUDIT}file/?account_id={alice.account.pk}&endpoint=addressbook:books")

    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert answer["Content-Disposition"] == 'attachment; filename="trail.csv"'
    assert [row["what"] for row in rows] == ["list address_book"] * 2
    assert {row["source"] for row in rows} == {"203.0.113.0/24"}
    noted = SecurityEvent.objects.using("security").get(kind="staff.export")
    assert (noted.actor, noted.data) == (f"user:{odo.user.pk}", {"rows": 2})


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert trail.cell(text) == f"'{text}"
    assert trail.cell("user:1") == "user:1"


@pytest.mark.parametrize("role", ["support", "postal"])
def test_others_do_not_find_it(role: str) -> None:
    client = make_person(role, staff_role=role).client

    assert [client.get(path).status_code for path in (AUDIT, f"{AUDIT}file/", "/en/cases/all/")] == [404] * 3


def test_a_search_that_takes_too_long_says_so(odo: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_args: object, **_options: object) -> object:
        with connections["security"].cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '10ms'")
            cursor.execute("SELECT pg_sleep(1)")
        raise AssertionError

    monkeypatch.setattr(trail, "_found", slow)

    page = odo.get(AUDIT)

    page.check(400)
    assert "This takes too long" in page.text
