"""Nobody can have mail sent without end: limits for who asks, for the account, and for the address that gets it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone
from redis import Redis

from accounts import form_account, mail_limits
from accounts.models import Account, Invitation, OutgoingMail
from accounts.roles import Role
from security import scope
from security.limits import Limit
from tests.conftest import PASSWORD, Person, make_person
from tests.mailbox import deliver
from tests.pages import Page

pytestmark = pytest.mark.django_db
INVITE, EMAILS = "/en/account/invite/", "/en/sign-in/email/"
GUEST = "guest@example.com"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def invite(person: Person, email: str = GUEST) -> Page:
    return Page(person.client.post(INVITE, {"email": email, "role": Role.CLERK}))


def sent_to(email: str) -> int:
    deliver()
    return sum(email in letter.to for letter in mail.outbox)


def queued(kind: OutgoingMail.Kind) -> int:
    with scope.identity():
        return OutgoingMail.objects.filter(kind=kind).count()


# Invitations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", [GUEST, "known@example.com"])
def test_forty_invitations_to_one_address_are_three_mails(alice: Person, email: str) -> None:
    make_person("known")

    pages = [invite(alice, email) for _time in range(40)]

    assert [page.status for page in pages] == [302] * 3 + [429] * 37
    assert sent_to(email) == 3
    assert sent_to("alice@example.com") == 3, "the owner is told of those that went"
    pages[-1].check(429)
    assert "several times" in pages[-1].text
    assert "8 hours" in pages[-1].text
    assert pages[-1].one("#id_email")["value"] == email


def test_the_limit_of_an_address_is_each_accounts_own(alice: Person, charlie: Person) -> None:
    for _time in range(4):
        invite(alice)

    assert invite(charlie).status == 302, "nobody learns whom another account invites"


def test_one_person_invites_so_many_in_all_accounts(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Limit("invitations-person", items=2, seconds=mail_limits.DAY)
    monkeypatch.setattr(mail_limits, "BY_PERSON", few)
    bob = make_person("bob", account=alice.account, role=Role.MANAGER)
    for number in range(2):
        assert invite(alice, f"guest{number}@example.com").status == 302
    alice.client.post("/en/account/open/", {"kind": "personal", "name": "Second"})

    with scope.identity():
        second = Account.objects.get(name="Second")
    third = {"email": "guest3@example.com", "role": Role.CLERK, form_account.FIELD: form_account.sign(second.pk)}

    page = Page(alice.client.post(INVITE, third))

    page.check(429)
    assert "as many mails as one may in a day" in page.text
    assert invite(bob, "guest4@example.com").status == 302


def test_one_account_invites_so_many_by_all_its_people(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Limit("invitations-account", items=2, seconds=mail_limits.DAY)
    monkeypatch.setattr(mail_limits, "IN_ACCOUNT", few)
    bob = make_person("bob", account=alice.account, role=Role.MANAGER)
    assert [invite(alice, "a@example.com").status, invite(bob, "b@example.com").status] == [302, 302]

    assert invite(bob, "c@example.com").status == 429
    with scope.identity():
        assert Invitation.objects.count() == 2


def test_what_is_refused_counts_nowhere(alice: Person) -> None:
    for _time in range(60):
        invite(alice)

    assert invite(alice, "another@example.com").status == 302


def test_many_accounts_together_reach_an_address_five_times_a_day(clock: time_machine.Traveller) -> None:
    people = [make_person(f"owner{number}") for number in range(7)]

    assert {invite(person).status for person in people} == {302}, "nobody is told that others invite the same address"
    assert sent_to(GUEST) == 5
    assert queued(OutgoingMail.Kind.INVITATION) == 2, "the others wait"
    clock.shift(timedelta(hours=5))
    assert sent_to(GUEST) == 6
    clock.shift(timedelta(hours=5))
    assert sent_to(GUEST) == 7


def test_the_limits_let_go_again(alice: Person, clock: time_machine.Traveller) -> None:
    for _time in range(4):
        page = invite(alice)
    assert page.status == 429

    clock.shift(timedelta(hours=8, minutes=1))
    alice.client.post("/en/sign-in/login/", {"login": "alice@example.com", "password": PASSWORD})

    assert invite(alice).status == 302


# Signing up and reset ---------------------------------------------------------------------------------------------


def sign_up(email: str, source: str = "192.0.2.1") -> Page:
    data = {"email": email, "kind": "business", "account_name": "Kept Trading"}
    return Page(Client().post("/en/sign-in/signup/", data, REMOTE_ADDR=source))


def reset(email: str, source: str = "192.0.2.1") -> Page:
    return Page(Client().post("/en/sign-in/password/reset/", {"email": email}, REMOTE_ADDR=source))


@pytest.mark.parametrize("email", ["known@example.com", GUEST])
@pytest.mark.parametrize(("ask", "most"), [(sign_up, 4), (reset, 5)])
def test_an_address_is_mailed_a_few_times_from_wherever_it_is_asked_for(ask: Any, most: int, email: str) -> None:
    make_person("known")

    pages = [ask(email, f"192.0.2.{number}") for number in range(1, 21)]

    assert sent_to(email) == most
    assert "Look for the latest mail" in pages[-1].text
    assert pages[-1].one("#id_email")["value"] == email
    assert not pages[0].all(".govuk-error-summary")


def test_nothing_typed_is_lost_when_a_sign_up_is_refused() -> None:
    page = [sign_up(GUEST) for _time in range(5)][-1]

    page.check()
    assert page.one("#id_account_name")["value"] == "Kept Trading"
    assert page.one("input[name=kind][checked]")["value"] == "business"


def test_a_full_count_of_sign_ups_leaves_the_reset_open() -> None:
    make_person("known")
    for number in range(9):
        sign_up("known@example.com", f"192.0.2.{number}")

    assert not reset("known@example.com").all(".govuk-error-summary")


def test_one_source_has_so_many_mails_for_all_addresses_together(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Limit("mails-source", items=3, seconds=mail_limits.DAY)
    monkeypatch.setattr(mail_limits, "STRANGERS", few)

    asked = [sign_up("a@example.com"), reset("b@example.com"), sign_up("c@example.com"), reset("d@example.com")]

    assert [bool(page.all(".govuk-error-summary")) for page in asked] == [False, False, False, True]
    assert not sign_up("e@example.com", "198.51.100.1").all(".govuk-error-summary")


# Further addresses, and what others are told ------------------------------------------------------------------------


@pytest.fixture
def fresh(alice: Person) -> Person:
    """Alice, who has just shown again who she is."""
    alice.client.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})
    return alice


def add(person: Person, email: str) -> Page:
    return Page(person.client.post(EMAILS, {"action_add": "", "email": email}))


def send_again(person: Person, email: str) -> Page:
    return Page(person.client.post(EMAILS, {"action_send": "", "email": email}, follow=True))


@pytest.mark.parametrize("email", [GUEST, "known@example.com"])
def test_a_link_for_a_further_address_is_mailed_a_few_times(fresh: Person, email: str) -> None:
    make_person("known")
    add(fresh, email)

    pages = [send_again(fresh, email) for _time in range(8)]

    assert sent_to(email) == 4
    assert "We have mailed" in pages[-1].text
    pages[-1].check()


def test_removing_and_adding_again_does_not_begin_anew(fresh: Person) -> None:
    for _time in range(5):
        page = add(fresh, GUEST)
        deliver()
        fresh.client.post(EMAILS, {"action_remove": "", "email": GUEST})

    assert sent_to(GUEST) == 4
    assert page.one("#id_email")["value"] == GUEST
    assert page.all(".govuk-error-summary")


def test_one_person_adds_so_many_addresses(fresh: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Limit("addresses-person", items=2, seconds=mail_limits.DAY)
    monkeypatch.setattr(mail_limits, "ADDING", few)

    pages = [add(fresh, f"guest{number}@example.com") for number in range(3)]

    assert [bool(page.all(".govuk-error-summary")) for page in pages] == [False, False, True]


def test_a_role_cannot_be_changed_to_and_fro_without_end(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Limit("changes-told", items=3, seconds=mail_limits.DAY)
    monkeypatch.setattr(mail_limits, "TELLING", few)
    with scope.identity():
        member = bob.user.memberships.get()
    address = f"/en/account/members/{member.pk}/role/"

    answers = [alice.client.post(address, {"role": role}) for role in ("viewer", "clerk", "viewer", "clerk")]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    with scope.identity():
        member.refresh_from_db()
    assert member.role == Role.VIEWER
    assert sent_to("bob@example.com") == 3


def test_redis_learns_no_address(alice: Person, settings: Any) -> None:
    invite(alice)
    sign_up("stranger@example.com")
    reset("stranger@example.com")
    redis = Redis.from_url(settings.REDIS_URL)

    keys = b"".join(redis.scan_iter("limit:*"))

    assert b"invitations-address" in keys
    assert b"example.com" not in keys
