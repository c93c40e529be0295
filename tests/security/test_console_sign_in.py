"""The console is apart: its own sign-in with a second factor, its own cookies; customers and staff never meet."""

from __future__ import annotations

import logging
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import lockout, staff
from accounts.models import Enrolment, User
from accounts.roles import STAFF_RIGHTS, StaffRole
from security import scope
from security.permissions import Permission
from tests.conftest import PASSWORD, Person, make_person
from tests.console import ConsoleClient, as_console, code_now
from tests.mailbox import deliver
from tests.pages import Page

pytestmark = pytest.mark.django_db(databases=["default", "trail", "security"])
LOGIN, DASHBOARD = "/en/sign-in/login/", "/en/"
ROLES = [role for role in StaffRole.values if role]


def created(email: str = "erin@example.com", role: str = "security") -> str:
    """Make a staff account as an operator does; return the path of its link."""
    said = StringIO()
    call_command("create_staff", email=email, role=role, stdout=said)
    link = said.getvalue().strip()
    assert link.startswith("http://127.0.0.1:9000/en/enrol/")
    return link.removeprefix("http://127.0.0.1:9000")


def begin(client: ConsoleClient, link: str, password: str = PASSWORD) -> Page:
    """Use a link as a person does; return the page with the recovery codes."""
    page = Page(client.get(link))
    page.check()
    secret = page.one("code.app-secret").get_text(strip=True)
    code = totp.format_hotp_value(totp.hotp_value(secret, int(timezone.now().timestamp()) // 30))
    return Page(client.post(link, {"password": password, "code": code}))


def is_in(client: Client) -> bool:
    return client.get("/en/you/").status_code == 200


# Beginning -----------------------------------------------------------------------------------------------------


def test_a_link_lets_one_choose_a_password_and_an_app_and_shows_recovery_codes_once() -> None:
    client, link = ConsoleClient(), created()

    page = begin(client, link)

    page.check()
    codes = [tag.get_text(strip=True) for tag in page.all("li.app-secret")]
    assert len(codes) == 10
    assert not is_in(client), "the link lets nobody in by itself"
    answer = client.post(LOGIN, {"login": "erin@example.com", "password": PASSWORD})
    assert answer["Location"] == "/en/sign-in/2fa/authenticate/"
    assert client.post(answer["Location"], {"code": codes[0]})["Location"] == DASHBOARD
    assert is_in(client)


def test_a_link_ends_a_lockout_that_others_have_caused() -> None:
    link, client = created(), ConsoleClient()
    subject = lockout.subject_of(None, "erin@example.com")
    for _guess in range(6):
        wait = lockout.reserve(subject)
    assert wait

    begin(client, link)

    assert lockout.reserve(subject) == 0


def test_a_link_works_once() -> None:
    client, link = ConsoleClient(), created()
    begin(client, link)

    page = Page(client.get(link))

    page.check(404)
    assert "This link cannot be used" in page.text
    assert client.post(link, {"password": PASSWORD, "code": "1"}).status_code == 404


def test_a_link_ends_after_a_day_and_only_its_hash_is_stored() -> None:
    link = created()
    token = link.rstrip("/").rsplit("/", 1)[1]

    with scope.identity():
        kept = bytes(Enrolment.objects.get().token_hash)
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1), tick=False):
        answer = ConsoleClient().get(link)

    assert token.encode() not in kept
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("typed", "field"), [({"password": "1234567890", "code": "123"}, "password"), ({"password": PASSWORD}, "code")]
)
def test_a_common_password_or_a_wrong_code_is_explained_and_uses_nothing_up(typed: dict[str, str], field: str) -> None:
    client, link = ConsoleClient(), created()
    client.get(link)

    page = Page(client.post(link, typed))

    page.check(400)
    assert page.all(f".govuk-error-summary a[href='#id_{field}']")
    assert client.get(link).status_code == 200


def test_a_new_link_ends_what_was_before_it(dana: Person) -> None:
    link = created("dana@example.com", "support")
    assert is_in(dana.client), "nothing ends before the link is used"

    begin(ConsoleClient(), link, password="another correct horse battery")

    assert not is_in(dana.client)
    answer = ConsoleClient().post(LOGIN, {"login": "dana@example.com", "password": PASSWORD})
    assert answer.status_code == 200, "the old password opens nothing"
    with scope.identity():
        assert User.objects.get(pk=dana.user.pk).staff_role == "support"
        kinds = sorted(Authenticator.objects.filter(user=dana.user).values_list("type", flat=True))
    assert kinds == ["recovery_codes", "totp"]


def test_a_customer_does_not_become_staff(alice: Person) -> None:
    with pytest.raises(CommandError, match="customer"):
        created("alice@example.com")


def test_an_ended_account_comes_in_no_more(dana: Person) -> None:
    with scope.identity():
        staff.end(user=dana.user)

    assert not is_in(dana.client)
    client = ConsoleClient()
    client.sign_in("dana@example.com", PASSWORD)
    assert not is_in(client)


# Signing in ----------------------------------------------------------------------------------------------------


def test_a_password_alone_lets_nobody_in(dana: Person) -> None:
    client = ConsoleClient()

    answer = client.post(LOGIN, {"login": "dana@example.com", "password": PASSWORD})

    assert answer["Location"] == "/en/sign-in/2fa/authenticate/"
    assert not is_in(client)
    assert client.post(answer["Location"], {"code": "000000"}).status_code == 200
    assert not is_in(client)


def test_somebody_whose_factors_are_gone_is_not_let_in_by_the_password(dana: Person) -> None:
    with scope.identity():
        Authenticator.objects.filter(user=dana.user).delete()
    client = ConsoleClient()

    client.sign_in("dana@example.com", PASSWORD)

    assert not is_in(client)


def test_the_last_factor_cannot_be_taken_away(dana: Person) -> None:
    client = ConsoleClient()
    client.sign_in("dana@example.com", PASSWORD)

    client.post("/en/sign-in/2fa/totp/deactivate/")

    with scope.identity():
        assert Authenticator.objects.filter(user=dana.user, type="totp").exists()


def test_customers_do_not_come_into_the_console(alice: Person) -> None:
    client = ConsoleClient()

    answer = client.post(LOGIN, {"login": "alice@example.com", "password": PASSWORD})

    assert answer.status_code == 200
    assert not is_in(client)


def test_staff_do_not_come_into_the_customers_site(dana: Person) -> None:
    client = Client()

    answer = client.post(LOGIN, {"login": "dana@example.com", "password": PASSWORD})

    assert answer.status_code == 200
    assert client.get("/en/account/you/").status_code == 302


def test_a_session_of_the_one_is_none_in_the_other(alice: Person, dana: Person) -> None:
    in_console, on_site = ConsoleClient(), Client()
    in_console.cookies["console"] = alice.client.cookies["sessionid"].value
    on_site.cookies["sessionid"] = dana.client.cookies["console"].value

    assert not is_in(in_console)
    assert on_site.get("/en/account/you/").status_code == 302


def test_the_cookies_have_other_names_and_are_strict(dana: Person) -> None:
    client = ConsoleClient()
    client.sign_in("dana@example.com", PASSWORD)

    assert {"sessionid", "csrftoken"}.isdisjoint(client.cookies)
    assert client.cookies["console"]["samesite"] == "Strict"
    assert client.cookies["console"]["httponly"]


def test_no_reset_by_mail_reaches_a_staff_account(dana: Person) -> None:
    Client().post("/en/sign-in/password/reset/", {"email": "dana@example.com"})

    letters = deliver()

    assert "password/reset/key" not in "".join(str(letter.body) for letter in letters)
    assert ConsoleClient().get("/en/sign-in/password/reset/").status_code == 404


# Rights ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
def test_each_role_finds_its_pages_and_no_entry_leads_to_a_refusal() -> None:
    for role in ROLES:
        person = make_person(role, staff_role=role)
        page = person.get(DASHBOARD)
        page.check()
        entries = {str(tag["href"]) for tag in page.all(".app-navigation a")}
        assert {address for address in entries if person.client.get(address).status_code != 200} == set(), role
        assert ("/en/tracking/events/" in entries) == (role == "postal")


def test_the_rights_of_staff_say_who_sees_people() -> None:
    people = {Permission.STAFF_CASE, Permission.STAFF_ACCOUNTS}

    assert not STAFF_RIGHTS[StaffRole.AUDITOR] & (people | {Permission.STAFF_SOURCE, Permission.STAFF_RELEASE})
    assert not STAFF_RIGHTS[StaffRole.POSTAL] & people
    assert all(Permission.STAFF_CONSOLE in rights for rights in STAFF_RIGHTS.values())
    of_customers = {right for right in Permission if not right.value.startswith("staff.")}
    assert all(not rights & of_customers for rights in STAFF_RIGHTS.values())


def test_no_link_of_the_console_leads_out_of_it(dana: Person) -> None:
    for path in (DASHBOARD, "/en/you/", "/en/nowhere/", "/en/sign-in/2fa/"):
        page = dana.get(path)
        found = {str(tag["href"]) for tag in page.all("a[href^='/']:not([hreflang])")}
        assert {link for link in found if dana.client.get(link, follow=True).status_code != 200} == set(), path


def test_the_settings_of_the_console_are_those_of_its_process() -> None:
    from django.conf import settings

    with as_console():
        assert (settings.ROOT_URLCONF, settings.SESSION_COOKIE_AGE) == ("ecship.console_urls", 8 * 3600)
    assert settings.ROOT_URLCONF == "ecship.urls"


def test_the_apps_code_is_taken_once(dana: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        code = code_now()
        assert ConsoleClient().sign_in("dana@example.com", PASSWORD, code).status_code == 302
        again = ConsoleClient()
        again.sign_in("dana@example.com", PASSWORD, code)
        assert not is_in(again)


def test_the_code_of_an_enrolment_is_not_taken_again() -> None:
    with time_machine.travel(timezone.now(), tick=False):
        link, client = created(), ConsoleClient()
        secret = Page(client.get(link)).one("code.app-secret").get_text(strip=True)
        typed = {"password": PASSWORD, "code": code_now(secret)}
        assert client.post(link, {**typed, "password": "1234567890"}).status_code == 400
        assert client.post(link, typed).status_code == 200, "what was refused has used no code up"

        client.sign_in("erin@example.com", PASSWORD, code_now(secret))

        assert not is_in(client)


def test_nothing_of_an_enrolment_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        link = created()
        begin(ConsoleClient(), link)

    said: Any = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert "erin@" not in said
    assert link.rsplit("/", 2)[1] not in said
    assert not mail.outbox
