"""The ladder of suspensions, who may end one, and that the runtime role may not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import ProgrammingError, connection, connections, transaction
from django.test import Client
from psycopg.errors import InsufficientPrivilege

from security import context, scope, suspension
from security.appeals import APPEALS
from security.chain import audit
from security.chain.proof import Finding
from security.detection.models import Appeal, Cause, Suspension
from security.models import LiveState, SecurityEvent
from security.suspension import SamePerson
from security.thresholds import Rung
from tests.conftest import Person
from tests.pages import Page
from tests.security.chain import seal, tamper, with_security_role
from tests.security.watching import DATABASES, state_of, suspensions

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
NOW = datetime(2026, 3, 27, 4, 0, tzinfo=UTC)
STAFF, OTHER_STAFF = UUID(int=1), UUID(int=2)


def suspend(person: UUID, *, now: datetime = NOW, **more: object) -> Suspension:
    values = {"cause": Cause.SCORE, "account_id": None, **more}
    made = suspension.suspend(person=person, now=now, **values)  # type: ignore[arg-type]
    return Suspension.objects.using("security").get(pk=made.id)


def test_each_suspension_is_a_rung_higher_until_staff_must_release_it() -> None:
    person, now, found = uuid4(), NOW, []
    for _time in range(5):
        held = suspend(person, now=now)
        found.append(held.until - now if held.until else None)
        now += timedelta(days=2)

    assert found[:4] == [timedelta(minutes=15), timedelta(hours=1), timedelta(days=1), None]
    assert found[4] is None


def test_it_counts_for_a_month_and_for_the_account_too() -> None:
    account = uuid4()

    first = suspend(uuid4(), account_id=account)
    colleague = suspend(uuid4(), account_id=account, now=NOW + timedelta(days=1))
    later = suspend(uuid4(), account_id=account, now=NOW + timedelta(days=40))

    assert [Rung(one.rung) for one in (first, colleague, later)] == [Rung.MINUTES, Rung.HOUR, Rung.MINUTES]


def test_one_who_is_suspended_for_as_long_already_stays_so() -> None:
    person = uuid4()

    first = suspend(person)
    again = suspend(person, now=NOW + timedelta(minutes=1))
    worse = suspend(person, now=NOW + timedelta(minutes=2), cause=Cause.EGRESS, first=Rung.LOCKED)

    assert again == first
    assert (worse == first, worse.until) == (False, None)


def test_staff_end_one_that_statistics_began_alone() -> None:
    held = suspend(uuid4())

    assert suspension.release(held, by=STAFF, now=NOW)
    assert state_of(held.person) == "active"


def test_after_a_tripwire_it_takes_two_people() -> None:
    held = suspend(uuid4(), cause=Cause.EGRESS, first=Rung.LOCKED)

    asked = suspension.release(held, by=STAFF, now=NOW)
    with pytest.raises(SamePerson):
        suspension.release(held, by=STAFF, now=NOW)
    before = state_of(held.person)
    done = suspension.release(held, by=OTHER_STAFF, now=NOW)

    assert (asked, before, done) == (False, "suspended", True)
    assert state_of(held.person) == "active"
    held.refresh_from_db(using="security")
    assert (held.release_asked_by, held.released_by) == (STAFF, OTHER_STAFF)


def test_a_request_for_release_can_be_taken_back() -> None:
    held = suspend(uuid4(), cause=Cause.DECOY, first=Rung.LOCKED)
    suspension.release(held, by=STAFF, now=NOW)

    suspension.withdraw_request(held)

    assert not suspension.release(held, by=OTHER_STAFF, now=NOW), "the second one only asks again"


def test_who_is_held_by_another_suspension_is_not_let_go() -> None:
    person = uuid4()
    short, long = suspend(person), suspend(person, cause=Cause.STAFF, first=Rung.LOCKED)

    suspension.release(short, by=STAFF, now=NOW)
    still = state_of(person)
    suspension.release(long, by=STAFF, now=NOW)

    assert (still, state_of(person)) == ("suspended", "active")


def test_a_release_leaves_no_later_end_than_what_else_holds() -> None:
    person = uuid4()
    tripped = suspend(person, cause=Cause.ELSEWHERE)
    locked = suspend(person, cause=Cause.STAFF, first=Rung.LOCKED)

    for staff in (STAFF, OTHER_STAFF):
        suspension.release(locked, by=staff, now=NOW)

    live = LiveState.objects.using("security").get(actor_id=person)
    assert (live.state, live.until) == ("suspended", tripped.until)


def test_a_shorter_suspension_ends_no_longer_one() -> None:
    person = uuid4()
    suspend(person, cause=Cause.STAFF, first=Rung.LOCKED)

    tripped = suspend(person, key=uuid4(), cause=Cause.ELSEWHERE)

    assert tripped.until is not None
    assert LiveState.objects.using("security").get(actor_id=person).until is None


@pytest.mark.parametrize("order", [[Cause.ELSEWHERE, Cause.STAFF], [Cause.STAFF, Cause.ELSEWHERE]])
def test_a_lock_is_no_way_around_two_people(order: list[Cause]) -> None:
    person = uuid4()
    for cause in order:
        suspend(person, cause=cause, first=Rung.LOCKED if cause is Cause.STAFF else Rung.MINUTES)
    later = NOW + timedelta(days=2)  # the tripwire's own time is over

    held = {one.cause: one for one in Suspension.objects.using("security").filter(person=person)}
    assert set(held) == {Cause.ELSEWHERE, Cause.STAFF}, "a tripwire is one whatever else holds"
    assert not suspension.release(held[Cause.STAFF], by=STAFF, now=later)
    with pytest.raises(SamePerson):
        suspension.release(held[Cause.STAFF], by=STAFF, now=later)
    assert suspension.release(held[Cause.STAFF], by=OTHER_STAFF, now=later)
    assert state_of(person) == "active"


# What the runtime role may not --------------------------------------------------------------------------------

FORBIDDEN = {
    "let somebody go": "UPDATE security_livestate SET state = 'active'",
    "forget that somebody was suspended": "DELETE FROM security_livestate",
    "begin anew": "INSERT INTO security_livestate VALUES (gen_random_uuid(), 1, 'active', NULL, now())",
    "read scores": "SELECT * FROM watch.score",
    "read decoys": "SELECT * FROM watch.decoy",
    "read suspensions": "SELECT * FROM watch.suspension",
    "end a suspension": "UPDATE watch.suspension SET released_at = now()",
    "suspend by hand": "SELECT walls.stop(gen_random_uuid(), NULL, now())",
    "suspend without an order": "SELECT walls.suspend('order|suspend|x|1|9999999999|00')",
    "read an order": "SELECT walls.ordered('order|suspend|x|1|9999999999|00', 'suspend')",
    "read appeals": "SELECT * FROM watch.appeal",
}


@pytest.mark.parametrize("statement", list(FORBIDDEN.values()), ids=list(FORBIDDEN))
@pytest.mark.parametrize("where", ["account", "identity"])
def test_the_runtime_role_may_not(alice: Person, statement: str, where: str) -> None:
    entered = alice.scope() if where == "account" else scope.identity()
    with entered, pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert isinstance(refused.value.__cause__, InsufficientPrivilege)


def test_an_order_counts_for_its_verb_and_its_server_process_alone(alice: Person) -> None:
    here, elsewhere = context.backend(), context.backend(using="security")
    orders = [
        context.order("appeal", str(alice.user.pk), "0", backend=here),
        context.order("suspend", "x", backend=elsewhere),
        context.order("suspend", "x", backend=here)[:-1] + "x",
    ]
    for order in orders:
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM walls.suspend(%s)", [order])

    assert suspensions() == []


def test_the_runtime_role_has_no_way_into_the_schema() -> None:
    with connections["security"].cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege('ecship_app', 'watch', 'USAGE')")
        assert cursor.fetchone() == (False,)


# Appeals -----------------------------------------------------------------------------------------------------


def address_of(held: Suspension) -> str:
    return f"/en/suspension/{suspension.link_token(held.pk)}/"


def test_an_appeal_is_kept_sealed_and_read_by_staff(alice: Person) -> None:
    held = suspend(alice.user.pk, cause=Cause.EGRESS, first=Rung.LOCKED)

    answer = alice.client.post(address_of(held), {"words": "I only printed labels"}, follow=True)

    assert "We have received what you wrote" in answer.content.decode()
    (kept,) = Appeal.objects.using("security").all()
    assert b"labels" not in bytes(kept.words)
    assert suspension.words_of(kept) == "I only printed labels"


def test_there_are_three_appeals_at_most_and_the_page_says_that_a_fourth_was_not_kept(
    client: Client, alice: Person
) -> None:
    held = suspend(alice.user.pk, cause=Cause.EGRESS, first=Rung.LOCKED)
    answers = [Page(client.post(address_of(held), {"words": f"Again <{number}>"})) for number in range(4)]

    assert Appeal.objects.using("security").count() == 3
    assert "Send appeal" not in client.get(address_of(held)).content.decode()
    assert ["We have received" in page.text for page in answers] == [True, True, True, False]
    answers[3].check(409)
    assert "You have written three times" in answers[3].text
    assert "Again <3>" in answers[3].text


def test_received_is_said_by_no_address(client: Client, alice: Person) -> None:
    held = suspend(alice.user.pk, cause=Cause.EGRESS, first=Rung.LOCKED)

    assert "received" not in client.get(f"{address_of(held)}?sent=1").content.decode()


def test_after_too_many_tries_the_page_says_that_nothing_was_kept_and_keeps_what_was_typed(
    client: Client, alice: Person
) -> None:
    held, other = (suspend(who, cause=Cause.EGRESS, first=Rung.LOCKED) for who in (alice.user.pk, uuid4()))
    for _time in range(APPEALS.allowed):
        client.post(address_of(other), {"words": ""})

    answer = client.post(address_of(held), {"words": "It was my son."})
    page = Page(answer)

    page.check(429)
    assert "nothing of this was kept" in page.text
    assert "You can try again in" in page.text
    assert int(answer["Retry-After"]) > 0
    assert page.one("main textarea").get_text().strip() == "It was my son."
    assert not Appeal.objects.using("security").exists()


def test_an_appeal_against_what_is_over_is_not_said_to_be_received(client: Client, alice: Person) -> None:
    held = suspend(alice.user.pk, cause=Cause.EGRESS, first=Rung.LOCKED)
    Suspension.objects.using("security").filter(pk=held.pk).update(released_by=STAFF, released_at=NOW)

    page = Page(client.post(address_of(held), {"words": "It was my son."}))

    page.check(409)
    assert "over already, so nothing of this was kept" in page.text
    assert "It was my son." in page.text
    assert not Appeal.objects.using("security").exists()


def test_an_appeal_says_nothing_to_somebody_without_its_link(client: Client, alice: Person) -> None:
    held = suspend(alice.user.pk)

    assert client.get(address_of(held).replace(":", "x", 1)).status_code == 404
    assert client.get("/en/suspension/nothing/").status_code == 404
    assert client.post(address_of(held), {"words": ""}).status_code == 200
    assert not Appeal.objects.using("security").exists()


def test_after_its_end_the_page_says_so(client: Client, alice: Person) -> None:
    held = suspend(alice.user.pk)  # long ago: it is over

    page = client.get(address_of(held)).content.decode()

    assert "The suspension is over" in page


# In the trail ---------------------------------------------------------------------------------------------------


def told() -> list[tuple[str, str, object]]:
    """Return each step of suspensions that the trail holds: kind, whose, by whom."""
    events = SecurityEvent.objects.using("security").filter(kind__startswith="suspension.").order_by("at")
    return [(event.kind, event.actor, event.data["by"]) for event in events]


def test_every_step_of_a_suspension_is_in_the_trail_with_who_took_it() -> None:
    person = uuid4()
    held = suspend(person, cause=Cause.DECOY)
    suspension.release(held, by=STAFF, now=NOW)
    suspension.withdraw_request(held)
    suspension.release(held, by=STAFF, now=NOW)
    suspension.release(held, by=OTHER_STAFF, now=NOW)
    Suspension.objects.using("security").update(told_at=NOW)

    whose = f"user:{person}"
    assert told() == [
        ("suspension.made", whose, None),
        ("suspension.asked", whose, str(STAFF)),
        ("suspension.withdrawn", whose, str(STAFF)),
        ("suspension.asked", whose, str(STAFF)),
        ("suspension.released", whose, str(OTHER_STAFF)),
    ]
    made = SecurityEvent.objects.using("security").get(kind="suspension.made")
    assert (made.data["cause"], made.data["suspension"], made.endpoint) == ("decoy", str(held.pk), held.endpoint)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE watch.suspension SET until = now()", "suspension.changed"),
        ("UPDATE watch.suspension SET released_at = now()", "suspension.released"),
        ("DELETE FROM watch.suspension", "suspension.gone"),
    ],
)
def test_who_holds_the_security_role_lets_nobody_go_past_the_trail(statement: str, kind: str) -> None:
    suspend(uuid4())

    with connections["security"].cursor() as cursor:
        cursor.execute(statement)

    assert [one for one, _whose, _by in told()] == ["suspension.made", kind]


@with_security_role
def test_what_the_trail_says_of_one_is_chained() -> None:
    suspend(uuid4())
    seal()
    assert findings() == []

    tamper("DELETE FROM security_securityevent WHERE kind = 'suspension.made'", "security_securityevent")

    assert findings() != []


def findings() -> list[Finding]:
    found: list[Finding] = []
    audit.audit(heads=[], now=datetime.now(UTC), say=found.append)
    return found
