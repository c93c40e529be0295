"""Signing up: no password before the mailbox is shown, a link that works once, and what it says when it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts import services, sign_ups, tasks
from accounts.models import Account, Invitation, Member, OutgoingMail, SignUp, User
from accounts.roles import Role
from security import scope
from security.models import AccountKey
from tests.conftest import PASSWORD, Person, make_person
from tests.mailbox import deliver, link
from tests.pages import Page

pytestmark = pytest.mark.django_db
GetPage = Callable[..., Page]
EMAIL = "new@example.com"
STRANGERS = "the password of a stranger"
CHOSEN = {"kind": "business", "account_name": "Harbour Trading", "password": PASSWORD}


def ask(email: str = EMAIL, **typed: str) -> str:
    """Sign up, and return the path of the link that was mailed."""
    Client().post("/en/sign-in/signup/", {"email": email, "kind": "personal", "account_name": "Mine", **typed})
    return link(deliver()[-1])


def ask_again(**typed: str) -> str:
    """Sign up once more, when the first mail is no longer fresh."""
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=True):
        return ask(**typed)


def sign_in(client: Client, password: str, email: str = EMAIL) -> bool:
    client.post("/en/sign-in/login/", {"login": email, "password": password})
    return is_in(client)


def is_in(client: Client) -> bool:
    return client.get("/en/account/you/").status_code == 200


def people() -> int:
    with scope.identity():
        return sum(model._default_manager.count() for model in (User, Account, Member, EmailAddress))


def wishes() -> int:
    with scope.identity():
        return SignUp.objects.count()


# Nobody lies in wait ---------------------------------------------------------------------------------------------


def test_a_stranger_who_signed_up_first_has_no_way_in(client: Client) -> None:
    stranger = Client()
    stranger.post(
        "/en/sign-in/signup/",
        {"email": EMAIL, "kind": "personal", "account_name": "", "password": STRANGERS, "password1": STRANGERS},
    )
    address = link(deliver()[-1])
    assert not sign_in(stranger, STRANGERS), "before the link is opened"

    client.post(address, CHOSEN)

    assert is_in(client)
    assert not sign_in(stranger, STRANGERS)
    assert sign_in(Client(), PASSWORD)


def test_the_holder_who_signs_up_too_shares_nothing_with_the_stranger(client: Client) -> None:
    strangers = ask(account_name="Strange Trading")
    holders = ask_again(account_name="Harbour Trading", kind="business")

    page = Page(client.get(holders))
    client.post(holders, CHOSEN)

    assert page.one("#id_account_name")["value"] == "Harbour Trading"
    assert Client().post(strangers, {**CHOSEN, "password": STRANGERS}).status_code == 404
    assert not sign_in(Client(), STRANGERS)
    assert wishes() == 0


def test_asking_opens_nothing_until_the_link_is_used() -> None:
    ask()

    assert people() == 0
    assert wishes() == 1


def test_no_link_to_set_a_password_goes_to_somebody_who_has_no_account() -> None:
    ask()
    Client().post("/en/sign-in/password/reset/", {"email": EMAIL})

    assert link(deliver()[-1]).startswith("/en/account/activate/"), "the way on is the link that activates"


def test_sessions_on_the_browser_that_activates_are_the_new_persons(alice: Person) -> None:
    address = ask()

    alice.client.post(address, CHOSEN)

    assert EMAIL in alice.client.get("/en/sign-in/email/").content.decode()
    assert "alice@example.com" not in alice.client.get("/en/sign-in/email/").content.decode()


# The link --------------------------------------------------------------------------------------------------------


def test_looking_at_the_link_activates_nothing(client: Client) -> None:
    address = ask()

    for method in (client.get, client.head, client.options):
        method(address)

    assert people() == 0
    assert client.post(address, CHOSEN).status_code == 302


def test_activating_opens_the_account_and_signs_in(client: Client) -> None:
    address = ask(kind="personal", account_name="Wrong")

    response = client.post(address, CHOSEN, follow=True)

    assert response.redirect_chain == [("/en/", 302)]
    with scope.identity():
        user, account = User.objects.get(), Account.objects.get()
        assert (account.kind, account.name) == ("business", "Harbour Trading")
        assert Member.objects.get(user=user, account=account).role == Role.OWNER
        assert EmailAddress.objects.get(user=user, email=EMAIL).verified
    assert "Harbour Trading" in client.get("/en/account/").content.decode()


def test_the_link_works_once_and_says_what_to_do_afterwards(client: Client, get_page: GetPage) -> None:
    address = ask()
    client.post(address, CHOSEN)

    again = Client().post(address, {**CHOSEN, "password": STRANGERS})
    page = get_page(address, status=404)

    assert again.status_code == 404
    assert not sign_in(Client(), STRANGERS)
    assert [tag["href"] for tag in page.all("main a")] == ["/en/sign-in/login/", "/en/sign-in/password/reset/"]


@pytest.mark.parametrize(("days", "status"), [(29.9, 200), (30.1, 404)])
def test_the_link_lives_thirty_days(client: Client, days: float, status: int) -> None:
    address = ask()

    with time_machine.travel(timezone.now() + timedelta(days=days), tick=True):
        page = Page(client.get(address))
        page.check(status)
        activated = client.post(address, CHOSEN).status_code

    assert (activated == 302) is (status == 200)
    if status == 404:
        assert [tag["href"] for tag in page.all("main a")] == ["/en/sign-in/signup/"]


@pytest.mark.parametrize("cut", ["x", "", "nonsense"])
def test_a_damaged_link_says_so(client: Client, cut: str) -> None:
    address = ask()

    page = Page(client.get(f"{address[:-6]}{cut}/"))

    page.check(404)
    assert "Part of it is missing" in page.text
    assert client.post(f"{address[:-6]}{cut}/", CHOSEN).status_code == 404
    assert people() == 0


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_pages_are_whole_in_three_languages(client: Client, get_page: GetPage, language: str) -> None:
    client.post(f"/{language}/sign-in/signup/", {"email": EMAIL, "kind": "personal"})
    address = link(deliver()[-1])

    page = get_page(address)
    assert address.startswith(f"/{language}/")
    client.post(address, CHOSEN)

    assert page.one("#id_mailbox")["value"] == EMAIL
    assert page.one("#id_mailbox")["autocomplete"] == "username"
    assert page.one("#id_password")["autocomplete"] == "new-password"
    get_page(address, status=404)


@pytest.mark.parametrize("password", ["short", "password123456", "new@example.com", ""])
def test_a_bad_password_is_refused_and_nothing_else_is_lost(client: Client, password: str) -> None:
    address = ask()

    page = Page(client.post(address, {"kind": "business", "account_name": "Kept", "password": password}))

    page.check()
    assert page.all(".govuk-error-summary")
    assert page.one("#id_account_name")["value"] == "Kept"
    assert page.one("input[name=kind][checked]")["value"] == "business"
    assert not page.one("#id_password").get("value")
    assert people() == 0


def test_two_links_used_at_once_open_one_account() -> None:
    ask()
    ask_again()
    with scope.identity():
        found = [sign_ups.find(wish.token, now=timezone.now()) for wish in SignUp.objects.all()]
        sign_ups.activate(found[0], password=PASSWORD, kind="personal", name="")
        with pytest.raises(sign_ups.LinkInvalid):
            sign_ups.activate(found[1], password=STRANGERS, kind="personal", name="")

    with scope.identity():
        assert (User.objects.count(), Account.objects.count()) == (1, 1)


def test_a_link_is_used_up_when_its_address_became_somebodys_further_one(alice: Person) -> None:
    address = ask()
    with scope.identity():
        EmailAddress.objects.create(user=alice.user, email=EMAIL, verified=True)

    assert Client().post(address, CHOSEN).status_code == 404


def test_the_password_is_hashed_once_and_only_for_a_good_link(client: Client, hashes: list[str]) -> None:
    address = ask()
    client.post("/en/account/activate/nonsense/", CHOSEN)
    client.get(address)
    assert hashes == []

    client.post(address, CHOSEN)

    assert hashes == ["encode"]


# What is never activated -------------------------------------------------------------------------------------------


def test_what_was_never_activated_goes_after_thirty_days() -> None:
    ask("old@example.com")
    with time_machine.travel(timezone.now() + timedelta(days=20), tick=True):
        ask("young@example.com")

    with time_machine.travel(timezone.now() + timedelta(days=31), tick=True):
        assert expired("--dry-run") == "1 sign-up due\n"
        assert wishes() == 2
        assert expired() == "1 sign-up deleted\n"
        tasks.expire_sign_ups()

    with scope.identity():
        assert [wish.email for wish in SignUp.objects.all()] == ["young@example.com"]


def expired(*options: str) -> str:
    out = StringIO()
    call_command("expire_sign_ups", *options, stdout=out)
    return out.getvalue()


def test_somebody_whose_sign_up_is_gone_signs_up_again(client: Client) -> None:
    address = ask()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=True):
        tasks.expire_sign_ups()
        assert client.post(address, CHOSEN).status_code == 404
        assert client.post(ask(), CHOSEN).status_code == 302


def test_an_account_sees_no_sign_ups(alice: Person) -> None:
    ask()

    with alice.scope(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_signup")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "owner"])
def test_the_upgrade_removes_who_was_never_activated_and_nobody_else() -> None:
    forwards = import_module("accounts.migrations.0015_never_activated").FORWARDS
    alice, never, guest = make_person("alice"), make_person("never"), make_person("guest")
    with scope.identity():
        EmailAddress.objects.filter(user=never.user).update(verified=False)
        User.objects.filter(pk=never.user.pk).update(last_login=None)
        EmailAddress.objects.create(user=guest.user, email="waits@example.com", verified=False)
        OutgoingMail.objects.all().delete()

    owner = connections["owner"]
    with owner.cursor() as cursor:
        for statement in ("BEGIN", forwards, "COMMIT"):
            cursor.execute(statement)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'accounts_user' AND relforcerowsecurity")
        assert cursor.fetchone() == (1,)

    with scope.identity():
        assert set(User.objects.values_list("email", flat=True)) == {"alice@example.com", "guest@example.com"}
        assert set(Account.objects.all()) == {alice.account, guest.account}
    for person, keys in ((alice, 1), (never, 0)):
        with person.scope():
            assert AccountKey.objects.count() == keys


# Invited, and new here -----------------------------------------------------------------------------------------------


def invited(alice: Person, email: str = EMAIL) -> str:
    alice.client.post("/en/account/invite/", {"email": email, "role": "clerk"})
    return link(next(letter for letter in reversed(deliver()) if letter.to == [email]))


def test_somebody_new_joins_with_a_password_chosen_behind_the_link(alice: Person, client: Client) -> None:
    address = invited(alice)

    page = Page(client.get(address))
    response = client.post(address, {"name": "Nelly", "password": PASSWORD}, follow=True)

    page.check()
    assert {"Alice Trading", "alice@example.com"} <= {tag.get_text(strip=True) for tag in page.all("dd")}
    assert "You are now a member of “Alice Trading”." in response.content.decode()
    with scope.identity():
        user = User.objects.get(email=EMAIL)
        member = Member.objects.get(user=user)
        assert (member.account_id, member.role, user.name) == (alice.account.pk, Role.CLERK, "Nelly")
        assert EmailAddress.objects.get(user=user).verified
        assert not Invitation.objects.exists()
    assert client.get("/en/account/").status_code == 200
    assert sign_in(Client(), PASSWORD)
    assert "Somebody joined your account" in [letter.subject for letter in deliver()]


def test_an_invitation_works_once_for_somebody_new(alice: Person, client: Client) -> None:
    address = invited(alice)
    client.post(address, {"password": PASSWORD})

    assert Client().post(address, {"password": STRANGERS}).status_code == 404
    assert not sign_in(Client(), STRANGERS)


def test_joining_ends_what_a_stranger_has_asked_for(alice: Person, client: Client) -> None:
    strangers = ask()
    client.post(invited(alice), {"password": PASSWORD})

    assert Client().post(strangers, {**CHOSEN, "password": STRANGERS}).status_code == 404


def test_somebody_who_has_an_account_signs_in_first(alice: Person, charlie: Person) -> None:
    address, browser = invited(alice, "charlie@example.com"), Client()

    page = Page(browser.get(address))
    browser.post(address, {"password": STRANGERS})
    assert not sign_in(Client(), STRANGERS, "charlie@example.com")
    browser.post(str(page.one("main a.govuk-button")["href"]), {"login": "charlie@example.com", "password": PASSWORD})

    assert browser.post(address).status_code == 302
    with scope.identity():
        assert Member.objects.filter(user=charlie.user, account=alice.account).exists()


def test_an_invitation_to_a_further_address_of_ones_own_is_ones_own(alice: Person, charlie: Person) -> None:
    with scope.identity():
        EmailAddress.objects.create(user=charlie.user, email="second@example.com", verified=True)
        EmailAddress.objects.create(user=charlie.user, email="third@example.com", verified=False)

    second, third = invited(alice, "second@example.com"), invited(alice, "third@example.com")

    assert charlie.client.post(third).status_code == 404
    assert charlie.client.post(second).status_code == 302


def test_a_bad_password_does_not_join_and_keeps_the_name(alice: Person, client: Client) -> None:
    address = invited(alice)

    page = Page(client.post(address, {"name": "Nelly", "password": "short"}))

    page.check()
    assert page.one("#id_name")["value"] == "Nelly"
    with scope.identity():
        assert Invitation.objects.count() == 1
        assert not User.objects.filter(email=EMAIL).exists()


def test_a_withdrawn_or_expired_invitation_makes_nobody(alice: Person, client: Client) -> None:
    address = invited(alice)
    with time_machine.travel(timezone.now() + services.INVITATION_LIFETIME + timedelta(hours=1), tick=True):
        assert client.post(address, {"password": PASSWORD}).status_code == 404
    with scope.identity():
        Invitation.objects.all().delete()

    page = Page(client.get(address))

    page.check(404)
    assert client.post(address, {"password": PASSWORD}).status_code == 404
    assert not any(letter.subject == "Somebody joined your account" for letter in mail.outbox)
