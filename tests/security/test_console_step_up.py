"""Which address of the console asks again who one is: every one that can be sent to decides, and does as it decided.

What stops people or lets them go, mails many, makes staff or changes the rules asks: a session that was left open, or
stolen, does none of it. A new address goes into `ASKS`, or into `DOES_NOT` under its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.roles import STAFF_RIGHTS, StaffRole
from security import marks
from security.detection.models import Suspension
from tests.conftest import PASSWORD, Person, make_person
from tests.console import ConsoleClient, code_now
from tests.pages import Page
from tests.walls.corpus import Address, console_addresses

pytestmark = pytest.mark.django_db(databases=["default", "trail", "security"])
ASKS = {
    # people are stopped, or let go
    "console:suspend", "console:release", "incidents:suspend", "incidents:end-sessions",
    # so are features and networks
    "console:freeze", "console:thaw", "console:lift", "incidents:freeze", "incidents:block",
    # many are mailed, or somebody who was suspended
    "incidents:act", "console:answer-appeal",
    # the rules
    "console:propose-threshold", "console:tighten-threshold", "console:decide-threshold",
    # who is staff, and who comes in
    "staff:people", "staff:new-link", "staff:end", "staff:decide-lost-factor", "end_session",
}  # fmt: skip
DOES_NOT: dict[str, set[str]] = {
    "it closes or takes back": {"console:withdraw", "console:end-case"},
    "a case is bounded by itself: a reason, half an hour, an entry in the customer's log": {
        "console:open-case", "console:consent", "console:reveal",
    },
    "it writes down what is known of an incident; nothing of it goes out": {
        "incidents:open", "incidents:move", "incidents:note", "incidents:reach", "incidents:make-report",
        "incidents:ask-evidence", "incidents:draft", "incidents:texts", "incidents:form", "incidents:reported",
    },
    "it is daily work": {"staff:search", "tracking:staff-events", "stay_signed_in"},
}  # fmt: skip
ID = "0b1e9a52-6d9f-4a0e-9c56-2f4f2a3c8d11"
VALUES = {"kind": "user", "name": "contact", "threshold": "ladder.case", "incident_number": 1, "reference": "x"}


def closed() -> dict[str, Address]:
    """The closed addresses that take a form, by name, without those of libraries."""
    return {
        address.name: address
        for address in console_addresses()
        if not address.is_foreign
        and address.is_closed("POST")
        and "POST" in (marks.methods_of(address.pattern.callback) or {"POST"})
    }


def test_every_address_of_the_console_has_decided() -> None:
    decided = ASKS.union(*DOES_NOT.values())

    assert not set(closed()) - decided, "put these into ASKS or DOES_NOT"
    assert not decided - set(closed()), "gone"
    assert len(decided) == len(ASKS) + sum(len(names) for names in DOES_NOT.values()), "decided twice"


@pytest.fixture
def staff() -> Iterator[dict[str, Person]]:
    """Staff of each role, who showed who they are six minutes ago."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        people = {role: make_person(role, staff_role=role) for role in StaffRole.values if role}
        clock.shift(timedelta(minutes=6))
        yield people


def asks_again(staff: dict[str, Person], address: Address) -> bool:
    """Tell whether an address, sent something by whoever may, leads to where one shows again who one is."""
    mark = address.mark("POST")
    needed = mark.permission if mark else None
    role = next(role for role in staff if needed is None or needed in STAFF_RIGHTS[StaffRole(role)])
    client = staff[role].client
    client.raise_request_exception = False
    path = address.fill({**dict.fromkeys(address.parameters, ID), **{k: str(v) for k, v in VALUES.items()}})
    answer = client.post(path, {"approve": "1"})
    return answer.status_code == 302 and "reauthenticate" in answer["Location"]


def test_who_signed_in_a_while_ago_is_asked_again(staff: dict[str, Person]) -> None:
    assert {name for name in ASKS if not asks_again(staff, closed()[name])} == set()


def test_others_do_not_ask(staff: dict[str, Person]) -> None:
    assert {name for names in DOES_NOT.values() for name in names if asks_again(staff, closed()[name])} == set()


@pytest.mark.parametrize(
    ("button", "asks"), [("ask", True), ("resume", True), ("try_again", True), ("stop", False), ("take_back", False)]
)
def test_mails_are_stopped_without_delay(staff: dict[str, Person], button: str, asks: bool) -> None:
    address = closed()["incidents:act"].fill({"incident_number": "1", "run_id": ID})

    answer = staff["security"].client.post(address, {button: "1"})

    assert (answer.status_code == 302 and "reauthenticate" in answer["Location"]) is asks


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
def test_a_button_says_that_it_did_nothing_and_works_after_one_has_shown_who_one_is(alice: Person) -> None:
    actor = f"/en/actors/user/{alice.user.pk}/"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        make_person("sam", staff_role="security")
        client = ConsoleClient()
        client.sign_in("sam@example.com", PASSWORD)
        clock.shift(timedelta(minutes=6))

        way = client.post(
            f"{actor}suspend/", headers={"Origin": "http://testserver", "Referer": f"http://testserver{actor}"}
        )
        told = Page(client.get(way["Location"]))
        back = client.post(way["Location"], {"code": code_now(), "next": actor})

        told.check()
        assert "Nothing was done yet." in told.text
        assert told.one("main input[name=next]")["value"] == actor
        assert not Suspension.objects.using("security").exists()
        assert back["Location"] == actor
        client.post(f"{actor}suspend/")
    assert Suspension.objects.using("security").get().person == alice.user.pk


def test_a_button_that_does_not_say_where_it_stands_leads_to_a_page_that_there_is() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = make_person("sam", staff_role="security").client
        clock.shift(timedelta(minutes=6))

        way = client.post("/en/suspensions/freeze/", {"feature": "addressbook", "size": "young"})

    assert way["Location"].endswith("?next=%2Fen%2F")
