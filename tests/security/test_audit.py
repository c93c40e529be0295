"""Searching the trail: what is found is right, bounded, cut down for those who may not see more, and safe as a file."""

from __future__ import annotations

import ast
import csv
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from accounts import staff
from addressbook import services as books
from security import alarms, scope, suspension
from security.console import about, registry, trail, words
from security.detection.models import Cause
from security.models import LiveState, SecurityEvent
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


ACTS = re.compile(r"""trail\.record\([^)]*?kind="(\w+)\"""")
NOTING = {"note", "raise_alarm", "_event", "_alarm"}
# Where a kind is handed on, and who says it.
HANDED_ON = {
    ("security/alarms.py", "kind"),
    ("security/chain/sinks.py", "kind"),
    ("security/detection/judging.py", "kind"),
    ("security/detection/judging.py", "state"),  # LiveState.State, below
}


def noted() -> tuple[set[str], set[tuple[str, str]]]:
    """Return the kinds of events that the code writes, and where it says one by a name that was handed on."""
    kinds, handed_on = {LiveState.State.THROTTLED.value, LiveState.State.STEP_UP.value}, set()
    for path in (path for app in APPS for path in Path(app).rglob("*.py")):
        tree = ast.parse(path.read_text())
        values = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and is_noting(node, path)):
            said = next((word.value for word in call.keywords if word.arg == "kind"), None) or call.args[0]
            said = values.get(said.id, said) if isinstance(said, ast.Name) else said
            if found := {node.value for node in ast.walk(said) if isinstance(node, ast.Constant)}:
                kinds |= {str(kind) for kind in found}
            else:
                handed_on.add((path.as_posix(), ast.unparse(said)))
    return kinds, handed_on


def is_noting(call: ast.Call, path: Path) -> bool:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in NOTING and ast.unparse(call.func.value) == "alarms"
    return isinstance(call.func, ast.Name) and call.func.id in NOTING and bool(call.args or path.name == "alarms.py")


def test_whatever_the_code_notes_has_words() -> None:
    sources = [path.read_text() for app in APPS for path in Path(app).rglob("*.py")]
    (events, handed_on), acts = noted(), {kind for source in sources for kind in ACTS.findall(source)}

    assert {"staff.case", "staff.ask", "sign_in.failed", "frozen", "egress", "trail_sink", "own_data"} <= events
    assert {"contact", "shipment", "contact_merge"} <= acts
    assert handed_on == HANDED_ON
    assert [kind for kind in sorted(events) if words.of_event(kind) == kind] == []
    assert [kind for kind in sorted(acts) if isinstance(registry.words_of_kind(kind), str)] == []


def test_whatever_the_databases_triggers_note_has_words() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE prosrc LIKE '%INSERT INTO public.security_security%'")
        functions = dict(cursor.fetchall())
    kinds = {
        prefix + step
        for source in functions.values()
        for prefix in re.findall(r"'(\w+\.)' \|\| step", source)
        for said in re.findall(r"step := ([^;]+);", source)
        for step in re.findall(r"'(\w+)'", said)
    }

    assert set(functions) == {"tell_suspension"}
    assert kinds == {f"suspension.{step}" for step in ("made", "changed", "asked", "withdrawn", "released", "gone")}
    assert [kind for kind in sorted(kinds) if words.of_event(kind) == kind] == []


# What it was about ---------------------------------------------------------------------------------------------


def test_acts_of_staff_say_what_they_were_about_with_links(sam: Person, odo: Person, alice: Person) -> None:
    held = suspension.suspend(cause=Cause.SCORE, person=alice.user.pk, now=timezone.now(), using="security")
    sam.client.post(f"/en/suspensions/{held.id}/release/")
    sam.client.post("/en/suspensions/freeze/", {"feature": "addressbook", "size": "young"})
    with scope.identity():
        staff.invite(email="fay@example.com", role="support", now=timezone.now())

    page = odo.get(f"{AUDIT}?which=events")
    file = odo.client.get(f"{AUDIT}file/?which=events").content.decode("utf-8-sig")

    page.check()
    said = page.one("tbody").get_text(" ", strip=True)
    assert f"Staff released somebody staff.release Suspension: {held.id}" in said
    assert "A suspension was released suspension.released" in said
    assert f"Decided by: {sam.user.pk}" in said
    assert "Cause: Suspicious requests, again and again" in said
    assert re.search(r"Freeze: [0-9a-f-]{36} Feature: addressbook For whom: Young accounts", said)
    assert re.search(r"A member of staff was invited staff.invite Colleague: [0-9a-f-]{36} Role: support", said)
    links = {str(tag["href"]) for tag in page.all("tbody a")}
    assert f"/en/suspensions/{held.id}/" in links
    assert [link for link in sorted(links) if odo.client.get(link).status_code != 200] == []
    rows = {row["what"]: row["about"] for row in csv.DictReader(StringIO(file))}
    assert rows["staff.release"] == f"suspension={held.id}"
    assert "cause=score" in rows["suspension.released"]
    assert "@example.com" not in said + file


def test_what_an_event_was_about_is_searched_for(sam: Person, odo: Person, alice: Person, bob: Person) -> None:
    held, other = (
        suspension.suspend(cause=Cause.SCORE, person=person.user.pk, now=timezone.now(), using="security")
        for person in (alice, bob)
    )
    sam.client.post(f"/en/suspensions/{held.id}/release/")

    found = odo.get(f"{AUDIT}?which=events&about={held.id}")
    of_person = odo.get(f"{AUDIT}?which=events&about={alice.user.pk}")
    refused = odo.get(f"{AUDIT}?which=access&about={held.id}")

    kinds = {tag.get_text() for tag in found.all("tbody .govuk-hint code")}
    assert kinds == {"suspension.made", "suspension.released", "staff.release"}
    assert str(other.id) not in found.text
    assert "suspension.released" in of_person.text
    refused.check(400)
    assert refused.all(".govuk-error-summary a[href='#id_about']")


@pytest.mark.parametrize(
    "data",
    [
        {"suspension": "Wong Mei"},
        {"staff": "wong@example.com", "role": "Wong Mei"},
        {"accounts": ["Wong Mei", 7], "incident": "Wong Mei", "value": True},
        {"actor": "user:Wong", "cause": "Wong Mei", "step": ["Wong Mei"], "table": "wong mei"},
        {"ticket": "Wong Mei", "network": "203.0.113.7/32", "email": "5f3a", "source": "5f3a"},
    ],
)
def test_nothing_of_an_event_is_shown_but_ids_and_names_of_ours(data: dict[str, Any]) -> None:
    assert about.of(data) == []


def test_long_lists_of_ids_are_cut() -> None:
    (fact,) = about.of({"accounts": [str(uuid4()) for _one in range(about.MOST_IDS + 1)]})

    assert len(fact.value.split()) == about.MOST_IDS + 1
    assert fact.value.endswith("…")


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
