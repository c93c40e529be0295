"""The console's pages about suspicious actors, suspensions and their release, freezes, figures and health."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connections
from django.utils import timezone

from security import live, suspension
from security.console import figures, health, tasks, watch
from security.detection.models import Cause, Finding, Freeze, Score, Subject, Suspension
from security.models import SecurityEvent
from tests.conftest import Person, make_person
from tests.mailbox import deliver
from tests.pages import Page

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]


@pytest.fixture
def sam(db: None) -> Person:
    return make_person("sam", staff_role="security")


@pytest.fixture
def una(db: None) -> Person:
    """The second person of the security team."""
    return make_person("una", staff_role="security")


@pytest.fixture
def odo(db: None) -> Person:
    return make_person("odo", staff_role="auditor")


def suspend(person: Person, cause: str = Cause.ELSEWHERE) -> Suspension:
    made = suspension.suspend(
        cause=cause, person=person.user.pk, account_id=person.account.pk, now=timezone.now(), endpoint="labels:label"
    )
    return Suspension.objects.using("security").get(pk=made.id)


def is_in(person: Person) -> bool:
    return person.client.get("/en/account/").status_code == 200


# Suspensions ----------------------------------------------------------------------------------------------------


def test_after_a_tripwire_one_asks_and_another_one_confirms(sam: Person, una: Person, alice: Person) -> None:
    held = suspend(alice)
    address = f"/en/suspensions/{held.pk}/"
    for page in (sam.get("/en/suspensions/"), sam.get(address)):
        page.check()
        assert "Something of another account was asked for" in page.text

    sam.client.post(f"{address}release/")
    sam.client.post(f"{address}release/")  # the same person again confirms nothing
    asked = una.get(address)
    still = Suspension.objects.using("security").get(pk=held.pk)
    una.client.post(f"{address}release/")

    assert still.released_at is None
    asked.check()
    assert "Confirm the release" in asked.text
    assert "Sam asked for the release" in asked.text
    assert "Released" in sam.get(address).text
    kinds = set(
        SecurityEvent.objects.using("security").filter(kind__startswith="staff.").values_list("kind", flat=True)
    )
    assert {"staff.ask", "staff.release"} <= kinds


def test_a_request_for_a_release_can_be_taken_back(sam: Person, una: Person, alice: Person) -> None:
    address = f"/en/suspensions/{suspend(alice).pk}/"
    sam.client.post(f"{address}release/")

    sam.client.post(f"{address}withdraw/")
    una.client.post(f"{address}release/")

    assert Suspension.objects.using("security").get().released_at is None, "hers is the first one again"


def test_without_a_tripwire_one_person_releases(sam: Person, alice: Person) -> None:
    held = suspend(alice, cause=Cause.SCORE)

    sam.client.post(f"/en/suspensions/{held.pk}/release/")

    assert Suspension.objects.using("security").get().released_by == sam.user.pk
    deliver()
    assert [(one.subject, one.to) for one in mail.outbox] == [
        ("Your access to ECShip works again", ["alice@example.com"])
    ]


def test_staff_suspend_somebody_at_once(sam: Person, alice: Person) -> None:
    assert is_in(alice)

    sam.client.post(f"/en/actors/user/{alice.user.pk}/suspend/")

    assert not is_in(alice)
    assert Suspension.objects.using("security").get().until is None


def test_those_that_are_over_are_shown_when_asked_for(sam: Person, alice: Person) -> None:
    held = suspend(alice, cause=Cause.SCORE)
    suspension.release(held, by=sam.user.pk, now=timezone.now())

    assert "Nobody is suspended" in sam.get("/en/suspensions/").text
    assert "Released" in sam.get("/en/suspensions/?which=all").text


def test_the_list_says_who_is_held(odo: Person, alice: Person) -> None:
    key = uuid4()
    suspend(alice)
    suspension.suspend(cause=Cause.SCORE, key=key, now=timezone.now(), using="security")

    page = odo.get("/en/suspensions/")

    page.check()
    assert {tag["href"]: tag.get_text() for tag in page.all("main td a")} == {
        f"/en/actors/user/{alice.user.pk}/": f"user:{alice.user.pk}",
        f"/en/actors/key/{key}/": f"key:{key}",
    }


def test_an_auditor_looks_and_changes_nothing(odo: Person, alice: Person) -> None:
    held = suspend(alice)
    page = odo.get(f"/en/suspensions/{held.pk}/")

    page.check()
    assert not page.all("main form")
    for path in (f"suspensions/{held.pk}/release/", f"suspensions/{held.pk}/withdraw/", "suspensions/freeze/",
                 f"actors/user/{alice.user.pk}/suspend/"):  # fmt: skip
        assert odo.client.post(f"/en/{path}").status_code == 404, path
    assert Suspension.objects.using("security").get().release_asked_by is None


def test_what_a_holder_wrote_is_read_by_security_alone_and_that_is_noted(
    sam: Person, odo: Person, alice: Person
) -> None:
    held = suspend(alice)
    suspension.appeal(held.pk, words="It was my son.", now=timezone.now())

    assert "It was my son." in sam.get(f"/en/suspensions/{held.pk}/").text
    assert "It was my son." not in odo.get(f"/en/suspensions/{held.pk}/").text
    noted = SecurityEvent.objects.using("security").get(kind="staff.appeal")
    assert noted.actor == f"user:{sam.user.pk}"


def test_a_feature_is_frozen_and_thawed(sam: Person) -> None:
    sam.client.post("/en/suspensions/freeze/", {"feature": "addressbook", "size": "young"})
    frozen = Freeze.objects.using("security").get()
    page = sam.get("/en/suspensions/")
    sam.client.post(f"/en/suspensions/freeze/{frozen.pk}/end/")
    sam.client.post("/en/suspensions/freeze/", {"feature": "x", "size": "young"})

    page.check()
    assert "Address books: Young accounts" in page.text
    assert watch.freezes(now=timezone.now()) == []


# Actors ---------------------------------------------------------------------------------------------------------


def suspicious(person: Person, points: float, *, days_ago: int = 0, rule: str = "sequence") -> None:
    name, at = f"user:{person.user.pk}", timezone.now() - timedelta(days=days_ago)
    Score.objects.using("security").create(kind=Subject.ACTOR, subject=name, points=points, at=at)
    Finding.objects.using("security").create(
        at=at, rule=rule, actor=name, person=person.user.pk, source="", device="", endpoint="labels:label",
        request_id=uuid4().hex, points=points,
    )  # fmt: skip


def test_suspicious_actors_stand_with_their_reasons_in_words_worst_first(
    odo: Person, alice: Person, charlie: Person
) -> None:
    suspicious(alice, 30)
    suspicious(charlie, 60, rule="elsewhere")

    page = odo.get("/en/actors/")

    page.check()
    rows = [row.get_text(" ", strip=True) for row in page.all("tbody tr")][-2:]
    assert str(charlie.user.pk) in rows[0]
    assert "Something of another account was asked for (1)" in rows[0]
    assert "Went through numbers one after another (1)" in rows[1]


def test_points_decay_until_nobody_needs_to_look(odo: Person, alice: Person) -> None:
    suspicious(alice, 30, days_ago=15)

    assert "Nobody is suspicious" in odo.get("/en/actors/").text


def test_an_actor_shows_the_requests_behind_it(odo: Person, alice: Person) -> None:
    suspicious(alice, 30)
    request_id = Finding.objects.using("security").get().request_id

    page = odo.get(f"/en/actors/user/{alice.user.pk}/")

    page.check()
    assert request_id in page.text
    assert page.all(f"a[href*='request_id={request_id}']")
    assert not page.all("main form")
    assert odo.client.get(f"/en/actors/nobody/{alice.user.pk}/").status_code == 404


def test_thresholds_are_shown(odo: Person) -> None:
    page = odo.get("/en/thresholds/")

    page.check()
    assert "ladder.step_up" in page.text


# Figures and health ----------------------------------------------------------------------------------------------


def test_the_dashboard_counts_and_its_charts_get_the_same(sam: Person, alice: Person) -> None:
    suspend(alice)
    suspicious(alice, 30)

    page, told = sam.get("/en/"), sam.client.get("/en/figures.json").json()

    page.check()
    assert len(told["hours"]) == figures.HOURS
    counts = {series["name"]: series["counts"] for series in told["series"]}
    assert (counts["suspensions"][-1], counts["findings"][-1]) == (1, 1)
    assert len(page.all("canvas[role=img][aria-label]")) == len(figures.COUNTED)
    assert len(page.all("#day ~ details tbody tr")) == figures.HOURS
    assert all("style" not in tag.attrs for tag in page.all("*"))


def test_each_role_has_its_own_panels(sam: Person) -> None:
    postal = make_person("dana", staff_role="postal").get("/en/")

    assert postal.all("#number-ranges")
    assert not postal.all("#day, #attention")
    assert sam.get("/en/").all("#attention")
    assert sam.get("/en/").all("#queues")


def test_a_queue_that_answers_is_well_until_it_does_not(sam: Person) -> None:
    now = timezone.now()
    for queue in health.QUEUES[1:]:
        tasks.answer_queue(queue=queue, sent_at=(now - timedelta(seconds=2)).isoformat())

    looked: dict[str, Any] = {one.queue: one for one in health.look(now=timezone.now())}
    page = sam.get("/en/health/")
    late = health.look(now=now + health.LATE + timedelta(seconds=5))

    page.check()
    assert "Does not answer" in page.text
    assert looked["security"].is_well
    assert looked["security"].seconds == pytest.approx(2, abs=1)
    assert not looked[health.QUEUES[0]].is_well
    assert not any(one.is_well for one in late)


def test_every_queue_is_asked_every_minute(settings: Any) -> None:
    asked = settings.CELERY_BEAT_SCHEDULE["security.ask_queues"]

    assert asked["schedule"] == timedelta(minutes=1)
    used = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert used | {settings.CELERY_TASK_DEFAULT_QUEUE} == set(health.QUEUES)


def test_support_and_postal_staff_find_neither_actors_nor_suspensions(alice: Person) -> None:
    for role in ("support", "postal"):
        client = make_person(role, staff_role=role).client
        for path in ("actors/", "suspensions/", "thresholds/", "figures.json", f"actors/user/{alice.user.pk}/"):
            assert client.get(f"/en/{path}").status_code == 404, (role, path)


def test_a_suspended_member_of_staff_is_out_too(sam: Person) -> None:
    live.suspend(sam.user.pk)

    page = Page(sam.client.get("/en/"))

    page.check(403)
    assert "Access is suspended" in page.text
