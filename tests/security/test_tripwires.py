"""Certain signs suspend by themselves, for every session and key of the person; and nobody else."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from accounts import services
from accounts.delivery import deliver
from accounts.models import Account, Member, OutgoingMail
from accounts.roles import Role
from addressbook.models import Contact
from security import context, egress, scope
from security.detection import freeze
from security.detection.models import Cause, Finding, Freeze, Score
from security.refusals import EgressBlocked
from security.thresholds import Rung
from security.walls import Wall
from tests.api.calling import CONTACT, call, is_problem
from tests.conftest import Person, make_person
from tests.security.watching import (
    DATABASES,
    FROM_ELSEWHERE,
    ON_SITE,
    events,
    key_of,
    settle,
    state_of,
    suspensions,
)
from tests.walls.attacks import Prey, make_prey
from tests.walls.switches import without

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=[*DATABASES, "owner"]),
    pytest.mark.filterwarnings("ignore:.*never awaited"),
]
PIERCED = (Wall.PERMISSION, Wall.SCOPE, Wall.RLS)


@pytest.fixture
def prey() -> Prey:
    return make_prey(make_person("charlie"), make_person("alice"))


@pytest.fixture
def pierced(request: pytest.FixtureRequest) -> Any:
    """Charlie meets a page with a planted mistake, and the walls before the egress check are away."""
    with without(*PIERCED, Wall.ENCRYPTION, watched=True):
        request.getfixturevalue("prey")  # what is sealed is sealed as the walls stand
        with override_settings(ROOT_URLCONF="tests.walls.planted"):
            yield


def second_session(person: Person) -> Client:
    client = Client()
    with scope.identity():
        client.force_login(person.user, backend="accounts.backends.EmailBackend")
    return client


def test_an_egress_alarm_suspends_in_the_same_request(pierced: None, prey: Prey) -> None:
    elsewhere, key = second_session(prey.attacker), key_of(prey.attacker)

    answer = prey.attacker.client.get(f"/planted/get/{prey.contact}")

    assert answer.status_code == 500
    assert state_of(prey.attacker.user.pk) == "suspended"
    with override_settings(ROOT_URLCONF="ecship.urls"):
        assert prey.attacker.client.get("/en/account/").status_code == 403
        assert elsewhere.get("/en/account/").status_code == 403, "another session of the same person"
        refused = key.get("/api/v1/me/")
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:ecship:problem:suspended")
        assert prey.victim.client.get("/en/account/").status_code == 200
    (held,) = suspensions()
    assert (held.cause, held.rung, held.until) == (Cause.EGRESS, Rung.LOCKED, None)
    assert [event.data["suspension"] for event in events("suspended")] == [str(held.pk)]


def test_a_wrong_key_suspends_even_where_the_egress_check_is_away(prey: Prey) -> None:
    with override_settings(ROOT_URLCONF="tests.walls.planted"), without(*PIERCED, Wall.EGRESS, watched=True):
        prey.attacker.client.get(f"/planted/get/{prey.contact}")

    assert [held.cause for held in suspensions()] == [Cause.WRONG_KEY]
    assert prey.attacker.client.get("/en/account/").status_code == 403


def test_a_damaged_row_of_ones_own_raises_an_alarm_and_suspends_nobody(prey: Prey) -> None:
    with prey.victim.scope():
        Contact.objects.filter(pk=prey.contact).update(key_version=7)

    answer = prey.victim.client.get(f"/en/contacts/{prey.contact}/")

    assert answer.status_code == 200
    assert len(events("damaged")) >= 1
    assert suspensions() == []


def test_two_alarms_of_one_request_make_one_suspension(pierced: None, prey: Prey) -> None:
    prey.attacker.client.get("/planted/list")

    assert len(suspensions()) == 1


FORGING = {
    "invented": "SELECT set_config('walls.context', 'account|{account}||0|9999999999|0', true)",
    "no context at all": "SELECT set_config('walls.context', 'x', true)",
    "hushed up": "SELECT set_config('client_min_messages', 'error', true), set_config('walls.context', 'x', true)",
}


@pytest.mark.parametrize("forging", list(FORGING.values()), ids=list(FORGING))
def test_a_forged_context_suspends_when_a_wall_next_looks_at_it(prey: Prey, forging: str) -> None:
    with prey.attacker.scope(), connection.cursor() as cursor:
        cursor.execute(forging.format(account=prey.victim.account.pk))
        assert not Contact.objects.exists()
        with pytest.raises(EgressBlocked):
            egress.check()

    assert [held.cause for held in suspensions()] == [Cause.FORGED_CONTEXT]
    assert prey.attacker.client.get("/en/account/").status_code == 403
    assert len(events("forged_context")) == 1


def test_a_context_copied_from_another_server_process_is_forged(prey: Prey) -> None:
    elsewhere = context.backend(using="trail")
    copied = context.signed(kind="account", account_id=prey.victim.account.pk, user_id=None, backend=elsewhere)
    with prey.attacker.scope(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('walls.context', %s, true)", [copied])
        assert not Contact.objects.exists()
        with pytest.raises(EgressBlocked):
            egress.check()

    assert [held.cause for held in suspensions()] == [Cause.FORGED_CONTEXT]


def test_an_expired_context_is_no_forged_one(prey: Prey) -> None:
    with override_settings(SECURITY_CONTEXT_SECONDS=-5), prey.victim.scope():
        assert not Contact.objects.exists()

    assert events("forged_context") == []


def test_with_detection_off_nobody_is_suspended(prey: Prey) -> None:
    with override_settings(ROOT_URLCONF="tests.walls.planted"), without(*PIERCED):
        prey.attacker.client.get(f"/planted/get/{prey.contact}")

    assert suspensions() == [], "so that the walls are proven without it"


def test_the_holder_is_told_by_mail_and_can_appeal(pierced: None, prey: Prey) -> None:
    prey.attacker.client.get(f"/planted/get/{prey.contact}")
    settle()

    with override_settings(ROOT_URLCONF="ecship.urls"):
        with scope.identity():
            (waiting,) = OutgoingMail.objects.all()
        deliver(waiting.pk, now=timezone.now())
        (letter,) = mail.outbox
        link = next(word for word in str(letter.body).split() if "/suspension/" in word)
        page = prey.attacker.client.get(link.removeprefix("http://127.0.0.1:8000"))

    assert letter.to == [prey.attacker.user.email]
    assert page.status_code == 200, "the dead session that comes along is no obstacle"


def test_what_a_tripwire_leaves_behind_is_written_by_the_worker(pierced: None, prey: Prey) -> None:
    prey.attacker.client.get(f"/planted/get/{prey.contact}")
    settle()
    settle()

    assert list(Finding.objects.using("security").filter(rule="egress").values_list("rule", flat=True)) == ["egress"]
    kinds = set(Score.objects.using("security").values_list("kind", flat=True))
    assert {"actor", "account", "endpoint"} <= kinds


# Ids of other accounts ---------------------------------------------------------------------------------------


def test_asking_for_an_id_of_another_account_suspends_afterwards(prey: Prey) -> None:
    answer = prey.attacker.client.get(f"/en/contacts/{prey.contact}/", headers=ON_SITE)
    before = suspensions()
    settle()

    assert answer.status_code == 404
    assert before == []
    (held,) = suspensions()
    assert (held.cause, held.rung, held.person) == (Cause.ELSEWHERE, Rung.MINUTES, prey.attacker.user.pk)
    assert held.until is not None
    assert prey.attacker.client.get("/en/account/").status_code == 403


def test_an_id_that_exists_nowhere_suspends_nobody(prey: Prey) -> None:
    prey.attacker.client.get(f"/en/contacts/{uuid4()}/", headers=ON_SITE)
    settle()

    assert suspensions() == []
    assert [found.rule for found in Finding.objects.using("security").all()] == ["unknown"]


@pytest.mark.parametrize("headers", [FROM_ELSEWHERE, {"Sec-Fetch-Site": "none"}, {}], ids=["site", "mail", "unknown"])
def test_nobody_is_framed_by_a_link(prey: Prey, headers: dict[str, str]) -> None:
    for _time in range(3):
        prey.attacker.client.get(f"/en/contacts/{prey.contact}/", headers=headers)
    settle()

    assert suspensions() == []
    found = list(Finding.objects.using("security").values_list("rule", "points"))
    assert ("framed", 2.0) in found
    assert sum(points for _rule, points in found) == 2.0, "the same link again says nothing new"


def test_a_key_is_never_led_by_a_link(prey: Prey) -> None:
    key = key_of(prey.attacker)

    key.get(f"/api/v1/contacts/{prey.contact}/", headers=FROM_ELSEWHERE)
    settle()

    assert [held.cause for held in suspensions()] == [Cause.ELSEWHERE]
    assert key.get("/api/v1/me/").status_code == 403


@pytest.mark.parametrize("how", [str, lambda found: found.hex, lambda found: f"{{{str(found).upper()}}}"])
def test_an_id_is_known_however_it_is_written(prey: Prey, how: Any) -> None:
    key_of(prey.attacker).get(f"/api/v1/contacts/{how(prey.contact)}/")
    settle()

    assert len(suspensions()) == 1


def test_an_id_in_a_refused_body_counts_too(prey: Prey) -> None:
    body = {"draft": True, "recipient": {"contact": str(prey.contact)}}

    answer = key_of(prey.attacker).post("/api/v1/shipments/", body, content_type="application/json")
    settle()

    assert answer.status_code in {400, 404}
    assert [held.cause for held in suspensions()] == [Cause.ELSEWHERE]


def test_an_id_in_a_query_counts_too(prey: Prey) -> None:
    key_of(prey.attacker).get(f"/api/v1/contacts/?address_book={prey.contact}")
    settle()

    assert [held.cause for held in suspensions()] == [Cause.ELSEWHERE]


@pytest.mark.parametrize("text", ["gate {}", "{}"], ids=["within", "alone"])
@pytest.mark.parametrize("field", ["name", "lines", "reference"])
def test_nobody_is_framed_by_what_they_pass_on(prey: Prey, field: str, text: str) -> None:
    """A shop's program books what its customers typed, and is refused for the postcode."""
    typed = text.format(prey.contact)
    recipient = {"name": "Ann", "lines": ["12 Sample Road"], "city": "Oxford", "postcode": "?", "country": "GB"}
    body: dict[str, Any] = {"draft": False, "reference": "", "recipient": recipient}
    (body if field == "reference" else recipient)[field] = [typed] if field == "lines" else typed

    answer = key_of(prey.attacker).post("/api/v1/shipments/", body, content_type="application/json")
    settle()

    assert answer.status_code == 400
    assert suspensions() == []
    assert not Finding.objects.using("security").exists()


def test_nobody_is_framed_by_what_they_search_for(prey: Prey) -> None:
    client = prey.attacker.client
    answers = [
        client.post("/en/shipments/", {"q": str(prey.contact)}, headers=ON_SITE),
        client.post("/en/shipments/search/", {"q": str(prey.contact)}, headers=ON_SITE),
        client.get("/en/shipments/", {"q": f"see {prey.contact}"}, headers=ON_SITE),
    ]
    settle()

    assert 200 in [answer.status_code for answer in answers]
    assert suspensions() == []


def test_ids_of_ones_other_account_count_for_nothing(prey: Prey) -> None:
    with scope.identity():
        Member.objects.create(account=prey.victim.account, user=prey.attacker.user, role=Role.VIEWER)

    prey.attacker.client.get(f"/en/contacts/{prey.contact}/", headers=ON_SITE)
    settle()

    assert suspensions() == []
    assert not Finding.objects.using("security").exists()


def test_two_accounts_at_it_freeze_the_feature_for_their_cohort(prey: Prey) -> None:
    other = make_person("mallory")
    for person in (prey.attacker, other):
        person.client.get(f"/en/contacts/{prey.contact}/", headers=ON_SITE)
    settle()

    frozen = list(Freeze.objects.using("security").values_list("feature", "size"))
    assert frozen == [("addressbook", "young")]
    with prey.victim.scope():
        assert scope.frozen() == ("addressbook:young",)
    assert prey.victim.client.get(f"/en/address-books/{prey.book}/").status_code == 503, "a young account too"
    assert prey.victim.client.get(f"/en/contacts/{prey.contact}/").status_code == 200, "what is needed goes on"
    with scope.identity():
        Account.objects.filter(pk=prey.victim.account.pk).update(created_at="2020-01-01T00:00:00+00:00")
    assert prey.victim.client.get(f"/en/address-books/{prey.book}/").status_code == 200, "not for one of long ago"


@pytest.mark.parametrize(
    ("feature", "path", "adding"),
    [
        ("addressbook", "/api/v1/address-books/{book}/contacts/", CONTACT),
        ("shipments", "/api/v1/shipments/", {"draft": True}),
    ],
)
def test_a_frozen_list_of_the_api_still_takes_what_is_added(
    prey: Prey, feature: str, path: str, adding: dict[str, Any]
) -> None:
    address = path.format(book=prey.book)
    shop = key_of(prey.victim)
    freeze.freeze(feature, size=Freeze.Size.ALL, cause=Cause.STAFF, now=timezone.now())

    assert is_problem(call(shop, "get", address), 503)
    assert call(shop, "post", address, adding).status_code == 201


def test_two_people_of_one_account_at_tripwires_stop_the_account(prey: Prey) -> None:
    bob = make_person("bob", account=prey.attacker.account, role=Role.CLERK)
    innocent = make_person("ivy", account=prey.attacker.account, role=Role.CLERK)
    prey.attacker.client.get(f"/en/contacts/{prey.contact}/", headers=ON_SITE)
    settle()
    assert innocent.client.get("/en/account/").status_code == 200, "one of them stops nobody else"

    bob.client.get(f"/en/contacts/{prey.contact}/", headers=ON_SITE)
    settle()

    assert innocent.client.get("/en/account/").status_code == 403
    assert suspensions()[-1].with_account
    with scope.account(account_id=prey.attacker.account.pk, actor="system:expire"):
        pass  # the site's own jobs go on
    assert services.current_epoch(innocent.user.pk) == 1


def test_staff_are_not_suspended_for_the_ids_they_work_with(prey: Prey) -> None:
    """Their pages name customers' ids in queries, forms that have a mistake, and addresses that are not there."""
    people = {role: make_person(role, staff_role=role) for role in ("support", "security", "auditor")}
    account, contact = prey.victim.account.pk, prey.contact
    support, watch, auditor = (people[role].client for role in ("support", "security", "auditor"))
    answers = [
        support.get(f"/en/cases/open/?account={account}", headers=ON_SITE),
        support.post("/en/cases/open/", {"account_id": account, "ticket": "", "reason": ""}, headers=ON_SITE),
        support.get(f"/en/cases/{contact}/contact/{contact}/", headers=ON_SITE),
        watch.get(f"/en/audit/?which=access&account_id={account}", headers=ON_SITE),
        auditor.get(f"/en/audit/?account={account}", headers=ON_SITE),
        watch.post("/en/accounts/", {"q": str(account)}, headers=ON_SITE),
        watch.post("/en/incidents/open/", {"title": "", "actor": f"user:{prey.victim.user.pk}"}, headers=ON_SITE),
    ]
    settle()

    assert {answer.status_code for answer in answers} >= {200, 400}
    assert suspensions() == []
    assert not Finding.objects.using("security").filter(rule="elsewhere").exists()
