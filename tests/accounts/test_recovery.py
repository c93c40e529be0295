"""Coming in without a lost factor: asked for, waited for, objected to, finished; and what it does not open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import recovery
from accounts.models import FactorRecovery, User
from security import live, scope
from security.models import AccessEntry
from tests.accounts.factors import App, codes_of, give_app, show_code, show_password, sign_in
from tests.conftest import PASSWORD, Person, make_person
from tests.mailbox import deliver
from tests.pages import Page

pytestmark = pytest.mark.django_db
LOST = "/en/sign-in/2fa/lost/"
WAIT = timedelta(hours=72)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(clock: time_machine.Traveller, alice: Person) -> App:
    with scope.identity():
        EmailAddress.objects.create(user=alice.user, email="alice@home.example", verified=True, primary=False)
        EmailAddress.objects.create(user=alice.user, email="not.yet@home.example", verified=False, primary=False)
    return give_app(alice)


@pytest.fixture
def asked(alice: Person, app: App) -> Client:
    """A browser in which the password was shown, and the factor given up."""
    client = show_password(alice)
    Page(client.post(LOST)).check()
    return client


def mails(subject: str) -> list[EmailMessage]:
    return [letter for letter in deliver() if letter.subject == subject]


def links(letter: EmailMessage) -> dict[str, str]:
    """The paths of a mail's links, by what they do."""
    return {act: path for path, act in re.findall(r"(/en/sign-in/2fa/lost/(stop|finish)/\S+)", str(letter.body))}


def wish() -> FactorRecovery:
    with scope.identity():
        return FactorRecovery.objects.select_related("user").latest("asked_at")


def later(clock: time_machine.Traveller, by: timedelta) -> int:
    clock.shift(by)
    return recovery.tell_again(now=timezone.now())


def finish_link(clock: time_machine.Traveller) -> str:
    later(clock, WAIT)
    return links(mails("Remove your second factor")[-1])["finish"]


def has_factors(person: Person) -> bool:
    with scope.identity():
        return bool(Authenticator.objects.filter(user=person.user).exists())


# Asking ------------------------------------------------------------------------------------------------------


def test_only_who_has_shown_the_password_may_ask(alice: Person, app: App) -> None:
    for client in (Client(), sign_in(alice, app)):
        assert client.get(LOST).status_code == 302
        assert client.post(LOST).status_code == 302
    with scope.identity():
        assert not FactorRecovery.objects.exists()


def test_the_page_of_the_factor_leads_there_and_says_how_long(alice: Person, app: App) -> None:
    client = show_password(alice)

    assert Page(client.get("/en/sign-in/2fa/authenticate/")).one(f'a[href="{LOST}"]')
    page = Page(client.get(LOST))

    page.check()
    assert "we wait for 72 hours" in page.text
    with scope.identity():
        assert not FactorRecovery.objects.exists()


def test_every_verified_address_is_told_at_once_with_a_link_to_stop(asked: Client) -> None:
    found = mails("Somebody wants to remove your second factor")

    assert sorted(letter.to[0] for letter in found) == ["alice@example.com", "alice@home.example"]
    assert all(set(links(letter)) == {"stop"} for letter in found)
    assert "from 127.0.0.0/24" in str(found[0].body)


def test_asking_again_does_not_begin_a_second_one(asked: Client, clock: time_machine.Traveller) -> None:
    ready = wish().ready_at
    clock.shift(timedelta(hours=1))

    asked.post(LOST)

    with scope.identity():
        assert FactorRecovery.objects.count() == 1
    assert wish().ready_at == ready
    assert len(mails("Somebody wants to remove your second factor")) == 2


def test_the_database_takes_one_that_waits(asked: Client) -> None:
    one = wish()
    with pytest.raises(IntegrityError), scope.identity(), transaction.atomic():
        FactorRecovery.objects.create(user=one.user, asked_at=one.asked_at, ready_at=one.ready_at, told_at=one.told_at)


def test_it_is_told_again_each_day(asked: Client, clock: time_machine.Traveller) -> None:
    assert later(clock, timedelta(hours=1)) == 0
    assert later(clock, timedelta(hours=23)) == 1
    assert later(clock, timedelta(hours=1)) == 0
    assert later(clock, timedelta(hours=23)) == 1

    assert len(mails("Somebody wants to remove your second factor")) == 6


def test_whoever_is_stopped_again_and_again_has_to_write(alice: Person, app: App) -> None:
    for _time in range(recovery.MOST_WISHES):
        show_password(alice).post(LOST)
        with scope.identity():
            recovery.stop(recovery.waiting()[0], how="link", now=timezone.now())

    page = Page(show_password(alice).post(LOST))

    page.check(403)
    assert "Write to us" in page.text


def test_staff_and_people_without_factors_cannot(alice: Person, clock: time_machine.Traveller) -> None:
    with scope.identity(), pytest.raises(recovery.CannotRecover):
        recovery.ask(user=alice.user, source="", now=timezone.now())
    give_app(alice)
    with scope.identity():
        User.objects.filter(pk=alice.user.pk).update(staff_role="postal")
        with pytest.raises(recovery.CannotRecover):
            recovery.ask(user=User.objects.get(pk=alice.user.pk), source="", now=timezone.now())


# Stopping ----------------------------------------------------------------------------------------------------


def test_opening_the_link_stops_nothing_its_button_does(asked: Client, alice: Person) -> None:
    path = links(mails("Somebody wants to remove your second factor")[0])["stop"]

    Page(Client().get(path)).check()
    assert wish().state == "waiting"
    Page(Client().post(path)).check()

    assert (wish().state, wish().ended_how) == ("stopped", "link")
    assert len(mails("Your second factor stays")) == 2
    assert Client().post(path).status_code == 404


def test_signing_in_with_an_app_stops_it(asked: Client, alice: Person, app: App) -> None:
    sign_in(alice, app)

    assert (wish().state, wish().ended_how) == ("stopped", "factor")
    assert len(mails("Your second factor stays")) == 2


def test_signing_in_with_a_recovery_code_stops_it(asked: Client, alice: Person) -> None:
    assert show_code(show_password(alice), codes_of(alice)[0]) == 302

    assert wish().ended_how == "factor"


def test_a_stopped_one_can_not_be_finished(asked: Client, alice: Person, app: App, clock: Any) -> None:
    path = finish_link(clock)
    sign_in(alice, app)

    assert Client().post(path, {"password": PASSWORD}).status_code == 404

    assert has_factors(alice)


# Finishing ---------------------------------------------------------------------------------------------------


def test_no_link_comes_before_its_time(asked: Client, clock: time_machine.Traveller) -> None:
    later(clock, WAIT - timedelta(seconds=1))

    assert mails("Remove your second factor") == []


def test_even_a_right_link_does_nothing_before_its_time(asked: Client, alice: Person) -> None:
    path = f"{LOST}finish/{recovery.token_for(wish(), 'finish')}/"

    assert Client().get(path).status_code == 404
    assert Client().post(path, {"password": PASSWORD}).status_code == 404
    assert has_factors(alice)


def test_after_the_time_a_link_and_the_password_remove_all_factors(
    asked: Client, alice: Person, app: App, clock: time_machine.Traveller
) -> None:
    path, client = finish_link(clock), Client()
    page = Page(client.get(path))
    page.check()
    assert has_factors(alice)

    assert client.post(path, {"password": PASSWORD})["Location"] == "/en/sign-in/login/"

    assert not has_factors(alice)
    assert wish().state == "done"
    assert alice.client.get("/en/account/").status_code == 302
    assert len(mails("Your second factors were removed")) == 2
    client.post("/en/sign-in/login/", {"login": "alice@example.com", "password": PASSWORD})
    assert client.get("/en/account/").status_code == 200
    assert Client().post(path, {"password": PASSWORD}).status_code == 404


def test_a_link_to_stop_does_not_finish(asked: Client, alice: Person, clock: time_machine.Traveller) -> None:
    token = links(mails("Somebody wants to remove your second factor")[0])["stop"].rstrip("/").rsplit("/", 1)[-1]
    later(clock, WAIT)

    assert Client().post(f"{LOST}finish/{token}/", {"password": PASSWORD}).status_code == 404
    assert has_factors(alice)


def test_the_link_does_not_work_for_ever(asked: Client, alice: Person, clock: time_machine.Traveller) -> None:
    path = finish_link(clock)

    later(clock, recovery.LINK_LIVES)

    assert Client().post(path, {"password": PASSWORD}).status_code == 404
    assert (wish().state, wish().ended_how) == ("expired", "time")
    assert has_factors(alice)


@pytest.mark.parametrize("act", ["stop", "finish"])
@pytest.mark.parametrize("token", ["x", "eyJ:1:2", "a" * 400])
def test_a_made_up_link_does_nothing(asked: Client, act: str, token: str) -> None:
    page = Page(Client().post(f"{LOST}{act}/{token}/", {"password": PASSWORD}))

    page.check(404)
    assert wish().state == "waiting"


# What it does not open ---------------------------------------------------------------------------------------


def test_the_password_of_the_link_is_counted_like_any_other(
    asked: Client, alice: Person, clock: time_machine.Traveller, hashes: list[str]
) -> None:
    path = finish_link(clock)
    hashes.clear()

    answers = [
        Client().post(path, {"password": f"wrong {index}"}, REMOTE_ADDR=f"198.51.100.{index}").status_code
        for index in range(12)
    ]

    assert 1 <= len(hashes) <= 5
    assert 429 in answers
    assert Client().post(path, {"password": PASSWORD}).status_code != 302
    assert has_factors(alice)


def test_a_suspended_person_finishes_nothing(asked: Client, alice: Person, clock: time_machine.Traveller) -> None:
    path = finish_link(clock)
    live.suspend(alice.user.pk)

    page = Page(Client().post(path, {"password": PASSWORD}))

    assert page.status == 403
    assert has_factors(alice)
    assert wish().state == "waiting"


def test_the_count_of_codes_stays_closed(asked: Client, alice: Person, app: App, clock: time_machine.Traveller) -> None:
    for _time in range(5):
        show_code(show_password(alice), "123123")

    assert show_code(show_password(alice), app.code()) == 200


# Staff, and the trail ----------------------------------------------------------------------------------------


def test_staff_see_it_and_shorten_it(asked: Client, alice: Person) -> None:
    dana = make_person("dana", staff_role="support")
    with scope.identity():
        (found,) = recovery.waiting()
        recovery.confirm(found, by=dana.user.pk, ticket="T-1", reason="Met in person", now=timezone.now())

    path = links(mails("Remove your second factor")[0])["finish"]
    assert Client().post(path, {"password": PASSWORD}).status_code == 302
    assert wish().decided_by_id == dana.user.pk
    assert not has_factors(alice)


def test_staff_refuse_it(asked: Client, alice: Person) -> None:
    dana = make_person("dana", staff_role="support")
    with scope.identity():
        recovery.refuse(wish(), by=dana.user.pk, ticket="T-1", reason="Another voice", now=timezone.now())

        assert not recovery.waiting()
    assert (wish().state, wish().ended_how, wish().decided_by_id) == ("stopped", "staff", dana.user.pk)


def test_every_step_stands_in_the_access_log(asked: Client, alice: Person, clock: time_machine.Traveller) -> None:
    path = finish_link(clock)
    Client().post(path, {"password": PASSWORD})

    with alice.scope():
        entries = AccessEntry.objects.filter(kind="second_factor", user_id=alice.user.pk)
        assert entries.count() == 3  # asked, ready, done
        assert {tuple(entry.ids) for entry in entries} == {(str(wish().pk),)}


def test_a_stranger_learns_of_nothing(asked: Client, charlie: Person) -> None:
    from django.db import connection

    with charlie.scope(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_factorrecovery")
        assert cursor.fetchone() == (0,)
