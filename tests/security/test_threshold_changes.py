"""Changing a threshold: two people, within bounds, under a warrant; what holds is what detection uses."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.utils import timezone

from security import tuning
from security.detection import changes
from security.detection.models import ThresholdChange
from security.models import LiveState
from security.thresholds import DEFAULTS, OutOfBounds, OutOfOrder
from tests.conftest import Person, make_person
from tests.pages import Page
from tests.security.watching import events, settle, state_of

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
NAME, REASON = "ladder.throttle", "Crawlers came back twice this week"
AT = f"/en/thresholds/{NAME}/"
State = ThresholdChange.State


@pytest.fixture
def sam(db: None) -> Person:
    return make_person("sam", staff_role="security")


@pytest.fixture
def una(db: None) -> Person:
    """The second person of the security team."""
    return make_person("una", staff_role="security")


def propose(by: Person, value: object = 30, reason: str = REASON) -> ThresholdChange:
    by.client.post(f"{AT}change/", {"value": value, "reason": reason})
    return ThresholdChange.objects.using("security").latest("proposed_at")


def press(by: Person, change: ThresholdChange, button: str) -> Page:
    return Page(by.client.post(f"{AT}{change.pk}/", {button: "1"}, follow=True))


def state(change: ThresholdChange) -> str:
    return ThresholdChange.objects.using("security").get(pk=change.pk).state


def holding() -> float:
    return tuning.current().ladder.throttle


# Two people ----------------------------------------------------------------------------------------------------


def test_one_proposes_and_another_one_approves(sam: Person, una: Person) -> None:
    sam.get(f"{AT}change/").check()
    change = propose(sam)
    waits = una.get(AT)
    waits.check()
    una.get("/en/thresholds/").check()
    assert holding() == DEFAULTS.ladder.throttle
    assert "Approve the change" in waits.text
    assert REASON in waits.text
    assert "Changes of thresholds that wait for a second person 1" in una.get("/en/").one("main").get_text(" ")

    press(una, change, "approve").check()

    assert holding() == 30
    page = una.get(AT)
    page.check()
    assert "30.0 points" in page.text
    assert "Sam" in page.text
    assert "approved by Una" in page.text
    assert "1 threshold differs from its default." in una.get("/en/thresholds/").text
    for kind in ("staff.threshold.ask", "staff.threshold.approve"):
        (event,) = events(kind)
        assert event.data["threshold"] == NAME
        assert (event.data["before"], event.data["value"]) == (20.0, 30.0)
    assert {events("staff.threshold.ask")[0].actor, events("staff.threshold.approve")[0].actor} == {
        f"user:{sam.user.pk}",
        f"user:{una.user.pk}",
    }


def test_nobody_decides_about_their_own_proposal(sam: Person) -> None:
    change = propose(sam)

    for button in ("approve", "refuse"):
        assert "You proposed this change yourself" in press(sam, change, button).text
    assert "Approve the change" not in sam.get(AT).text

    assert (state(change), holding()) == (State.PROPOSED, 20)


def test_it_is_refused_and_another_one_can_be_proposed(sam: Person, una: Person) -> None:
    change = propose(sam)

    press(una, change, "refuse")

    assert (state(change), holding()) == (State.REFUSED, 20)
    assert len(events("staff.threshold.refuse")) == 1
    assert propose(una, 25).pk != change.pk


def test_the_proposer_alone_withdraws(sam: Person, una: Person) -> None:
    change = propose(sam)

    assert "You proposed" in press(una, change, "withdraw").text
    assert state(change) == State.PROPOSED
    press(sam, change, "withdraw")

    assert state(change) == State.WITHDRAWN
    assert "no longer open" in press(una, change, "approve").text
    assert len(events("staff.threshold.withdraw")) == 1


def test_only_one_change_of_a_threshold_waits(sam: Person, una: Person) -> None:
    propose(sam)

    page = Page(una.client.post(f"{AT}change/", {"value": 35, "reason": REASON}))

    page.check(400)
    assert "waits already" in page.text


def test_a_proposal_expires(sam: Person, una: Person) -> None:
    change = propose(sam)
    with time_machine.travel(timezone.now() + changes.WAITS, tick=False):
        with pytest.raises(changes.NotOpen):
            changes.approve(change_id=change.pk, by=una.user.pk, now=timezone.now())
        again = changes.propose(name=NAME, value=25, reason=REASON, by=una.user.pk, now=timezone.now())

    assert (state(change), state(again)) == (State.EXPIRED, State.PROPOSED)


def test_of_two_approvals_at_once_one_counts(sam: Person, una: Person) -> None:
    change, third = propose(sam), make_person("ivo", staff_role="security")
    done: list[str] = []
    together = threading.Barrier(2)

    def approve(by: UUID) -> None:
        together.wait()
        try:
            changes.approve(change_id=change.pk, by=by, now=timezone.now())
            done.append("approved")
        except changes.NotOpen:
            done.append("too late")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve, args=(one.user.pk,)) for one in (una, third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == ["approved", "too late"]
    assert len(events("staff.threshold.approve")) == 1


# The default again -----------------------------------------------------------------------------------------------


def test_one_person_returns_to_a_stricter_default(sam: Person, una: Person) -> None:
    press(una, propose(sam), "approve")
    page = sam.get(AT)
    page.check()
    assert "Return to the default at once" in page.text

    refused = Page(sam.client.post(f"{AT}tighten/", {"reason": ""}))
    refused.check(400)
    assert holding() == 30
    sam.client.post(f"{AT}tighten/", {"reason": REASON})

    assert holding() == 20
    assert len(events("staff.threshold.tighten")) == 1
    sam.get(AT).check()


def test_to_a_laxer_default_two_people_return(sam: Person, una: Person) -> None:
    press(una, propose(sam, 10), "approve")

    assert "Return to the default at once" not in sam.get(AT).text
    sam.client.post(f"{AT}tighten/", {"reason": REASON})
    assert holding() == 10
    press(sam, propose(una, 20), "approve")

    assert holding() == 20


# Bounds and order -----------------------------------------------------------------------------------------------


def test_a_value_out_of_bounds_or_no_change_is_not_proposed(sam: Person) -> None:
    for value in (0, 4.9, 41, "inf", "nan", "", "x", 20):
        page = Page(sam.client.post(f"{AT}change/", {"value": value, "reason": REASON}))
        page.check(400)

    assert not ThresholdChange.objects.using("security").exists()


def test_steps_stay_in_order_when_two_changes_come_together(sam: Person, una: Person) -> None:
    first = propose(sam, 38)
    second = changes.propose(name="ladder.step_up", value=30, reason=REASON, by=sam.user.pk, now=timezone.now())
    press(una, first, "approve")

    with pytest.raises(OutOfOrder):
        changes.approve(change_id=second.pk, by=una.user.pk, now=timezone.now())
    answer = sam.client.post(f"{AT}change/", {"value": 40, "reason": REASON})

    assert answer.status_code == 400
    assert tuning.current().ladder.step_up == 40


def test_what_stands_in_the_code_alone_is_not_proposed(sam: Person) -> None:
    for name in ("stream.batch", "ladder.nothing", "x"):
        assert sam.client.get(f"/en/thresholds/{name}/change/").status_code == 404
        with pytest.raises(OutOfBounds):
            changes.propose(name=name, value=5, reason=REASON, by=sam.user.pk, now=timezone.now())


def test_a_rung_is_chosen_by_its_name(sam: Person) -> None:
    page = sam.get("/en/thresholds/tripwires.decoy/change/")

    page.check()
    assert [option["value"] for option in page.all("select[name=value] option")] == ["2", "3"]


# Roles and step-up -----------------------------------------------------------------------------------------------


def test_an_auditor_looks_and_proposes_nothing(sam: Person) -> None:
    odo, change = make_person("odo", staff_role="auditor"), propose(sam)
    page = odo.get(AT)
    page.check()
    assert not page.all("main form")

    for path in (f"{AT}change/", f"{AT}tighten/", f"{AT}{change.pk}/"):
        assert odo.client.post(path, {"approve": "1", "value": 30, "reason": REASON}).status_code == 404
    for role in ("support", "postal"):
        assert make_person(role, staff_role=role).client.get(AT).status_code == 404

    assert state(change) == State.PROPOSED


def test_who_signed_in_a_while_ago_shows_first_who_they_are(sam: Person, una: Person) -> None:
    change = propose(sam)

    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        for client, path in (
            (sam.client, f"{AT}change/"),
            (una.client, f"{AT}{change.pk}/"),
            (una.client, f"{AT}tighten/"),
        ):
            answer = client.post(path, {"approve": "1", "value": 30, "reason": REASON})
            assert "reauthenticate" in answer["Location"], path

    assert state(change) == State.PROPOSED


def test_a_change_of_another_threshold_is_not_found_here(sam: Person, una: Person) -> None:
    change = propose(sam)

    assert una.client.post(f"/en/thresholds/ladder.case/{change.pk}/", {"approve": "1"}).status_code == 404
    assert una.client.post(f"{AT}{uuid4()}/", {"approve": "1"}).status_code == 404


# The database ----------------------------------------------------------------------------------------------------

COPY = "SELECT gen_random_uuid(), 'ladder.case', 150, 80, wrapped_reason, proposed_by, proposed_at, expires_at"
TAMPERING = [
    "UPDATE watch.threshold_change SET state = 'holds', decided_by = gen_random_uuid()",
    "UPDATE watch.threshold_change SET value = 39",
    "DELETE FROM watch.threshold_change",
    f"INSERT INTO watch.threshold_change {COPY}, 'proposed', NULL, NULL FROM watch.threshold_change",
]


@pytest.mark.parametrize("alias", ["security", "default"])
def test_without_the_warrant_nobody_writes(sam: Person, alias: str) -> None:
    propose(sam)

    for statement in TAMPERING:
        with pytest.raises(DatabaseError, match=r"warrant|permission"), transaction.atomic(using=alias):
            connections[alias].cursor().execute(statement)


BROKEN = [
    "UPDATE watch.threshold_change SET state = 'holds', decided_by = proposed_by, decided_at = now()",
    "UPDATE watch.threshold_change SET state = 'holds', decided_at = now()",
    f"INSERT INTO watch.threshold_change {COPY}, 'holds', gen_random_uuid(), now() FROM watch.threshold_change",
]


def test_with_the_warrant_the_database_still_asks_for_two_people(sam: Person) -> None:
    propose(sam)

    for statement in BROKEN:
        with pytest.raises((IntegrityError, DatabaseError), match=r"two_people|write guard"), changes._warranted():
            connections["security"].cursor().execute(statement)


def test_what_was_decided_is_not_decided_again(sam: Person, una: Person) -> None:
    change = propose(sam)
    press(una, change, "refuse")

    with pytest.raises(DatabaseError, match="decided once"), changes._warranted():
        ThresholdChange.objects.using("security").filter(pk=change.pk).update(state=State.HOLDS)


def test_what_the_typed_file_does_not_allow_is_not_believed(sam: Person, una: Person) -> None:
    """The owner can write anything; a wall does not fall by it."""
    press(una, propose(sam), "approve")
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE watch.threshold_change DISABLE TRIGGER USER")
        cursor.execute("UPDATE watch.threshold_change SET value = 1e9")
        cursor.execute("ALTER TABLE watch.threshold_change ENABLE TRIGGER USER")

    tuning.refresh(at_once=True)

    assert holding() == 20
    assert "20.0 points" in sam.get(AT).text


# Detection uses it -------------------------------------------------------------------------------------------------


def guess(person: Person, times: int) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    for _time in range(times):
        person.client.get(f"/en/contacts/{uuid4()}/", headers=headers)
    settle()


def test_detection_slows_down_by_the_value_that_holds(sam: Person, una: Person, alice: Person, charlie: Person) -> None:
    free, points = DEFAULTS.points.unknown_free, DEFAULTS.points.unknown
    guess(alice, free + 4)  # 8 points
    assert state_of(alice.user.pk) == LiveState.State.ACTIVE
    assert 8 / points == 4

    press(una, propose(sam, 6), "approve")
    guess(charlie, free + 4)

    assert state_of(charlie.user.pk) == LiveState.State.THROTTLED


def test_another_process_takes_it_up_within_seconds(
    sam: Person, una: Person, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(una, propose(sam), "approve")
    monkeypatch.setattr(tuning._held, "thresholds", DEFAULTS)  # as in a process that has not heard of it
    asked: list[int] = []
    monkeypatch.setattr(tuning._held, "until", 0.0)
    real = tuning._changed

    def counted() -> dict[str, float]:
        asked.append(1)
        return real()

    monkeypatch.setattr(tuning, "_changed", counted)

    for _time in range(3):
        alice.client.get("/en/account/")

    assert holding() == 30
    assert len(asked) == 1, "one question in some seconds, not one a request"
    assert tuning.HELD_SECONDS <= 10


def test_a_database_that_does_not_answer_leaves_what_held(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> dict[str, float]:
        raise DatabaseError

    monkeypatch.setattr(tuning, "_changed", gone)

    tuning.refresh(at_once=True)

    assert holding() == 20
