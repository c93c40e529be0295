"""A business asks a second factor of all its members: grace, the way out, and what rests meanwhile."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import form_account, keys
from accounts.keys import create_api_key
from accounts.models import Account, ApiKey, Member
from accounts.roles import KEY_SCOPES, Role
from security import scope
from security.models import AccessEntry
from tests.accounts.factors import App, give_app, sign_in
from tests.conftest import Person, make_person
from tests.mailbox import deliver
from tests.pages import Page

pytestmark = pytest.mark.django_db
RULE = "/en/account/second-factor/"
ASKED = {"required": "on", "grace_days": "14"}


@pytest.fixture
def app(alice: Person) -> App:
    return give_app(alice)


def ask_for_factor(person: Person, *, days: int) -> None:
    with scope.identity():
        Account.objects.filter(pk=person.account.pk).update(factor_required_from=timezone.now() + timedelta(days=days))


def starts_at(person: Person) -> object:
    with scope.identity():
        return Account.objects.get(pk=person.account.pk).factor_required_from


def test_an_owner_asks_for_it_and_every_member_is_told(alice: Person, bob: Person, app: App) -> None:
    mail.outbox.clear()

    assert alice.post(RULE, ASKED).status_code == 302

    assert starts_at(alice) is not None
    letters = {letter.to[0]: letter for letter in deliver()}
    assert set(letters) == {"alice@example.com", "bob@example.com"}
    assert "set up a passkey or an authenticator app" in str(letters["bob@example.com"].body)
    with alice.scope():
        assert AccessEntry.objects.filter(kind="account", action="change").exists()


def test_the_page_says_who_has_none_yet(alice: Person, bob: Person, app: App) -> None:
    page = alice.get(RULE)

    page.check()
    rows = [row.get_text(" ", strip=True) for row in page.all(".govuk-summary-list__row")]
    assert rows == ["Alice Has a second factor", "Bob Has none yet"]


def test_who_asks_it_of_others_has_one(alice: Person) -> None:
    page = Page(alice.post(RULE, ASKED))

    page.check()
    assert "Set up a second factor of your own first." in page.text
    assert starts_at(alice) is None


def test_it_is_asked_no_more(alice: Person, app: App) -> None:
    ask_for_factor(alice, days=-1)

    assert alice.post(RULE, {"grace_days": "14"}).status_code == 302

    assert starts_at(alice) is None


def test_a_clerk_a_stranger_and_a_personal_account_have_no_such_page(alice: Person, bob: Person) -> None:
    assert bob.client.get(RULE).status_code == 403
    assert bob.post(RULE, ASKED).status_code == 403
    with scope.identity():
        Account.objects.update(kind=Account.Kind.PERSONAL)
    assert alice.client.get(RULE).status_code == 404


def test_during_the_grace_a_member_works_and_is_reminded(alice: Person, bob: Person, app: App) -> None:
    ask_for_factor(alice, days=3)

    page = bob.get("/en/account/")

    page.check()
    assert "is open only to members with a second factor." in page.text
    assert "is open only" not in alice.get("/en/account/").text


def test_after_it_a_member_without_one_can_do_nothing_but_set_one_up(alice: Person, bob: Person, app: App) -> None:
    ask_for_factor(alice, days=-1)

    for path in ("/en/account/", "/en/address-books/", "/en/shipments/", "/en/contacts/add/"):
        page = bob.get(path)
        page.check(403)
        assert "Set up a second factor to go on" in page.text
        assert "Alice Trading" in page.text
        assert bob.client.post(path, {"name": "X"}).status_code == 403
    assert bob.client.get("/en/sign-in/2fa/").status_code == 200
    assert bob.client.get("/en/account/you/").status_code == 200
    assert alice.client.get("/en/account/").status_code == 200


def leave_form(person: Person) -> dict[str, str]:
    """What the form of the page to leave carries."""
    page = person.get("/en/account/leave/")
    page.check()
    return {str(tag["name"]): str(tag["value"]) for tag in page.all("main form input[type=hidden]")}


def accounts_of(person: Person) -> set[str]:
    with scope.identity():
        return set(Member.objects.filter(user=person.user).values_list("account__name", flat=True))


def test_who_is_kept_out_may_leave_as_the_invitation_said(alice: Person, bob: Person, app: App) -> None:
    ask_for_factor(alice, days=-1)
    door = bob.get("/en/account/")
    assert door.all('main a[href="/en/account/leave/"]')
    assert "Alice Trading" in bob.get("/en/account/leave/").text

    answer = bob.client.post("/en/account/leave/", leave_form(bob), follow=True)

    assert "You have left the account." in Page(answer).text
    assert accounts_of(bob) == set()
    assert bob.client.get("/en/address-books/").status_code == 403
    with alice.scope():
        (entry,) = AccessEntry.objects.filter(kind="member", action="delete")
    assert (entry.actor, entry.source) == (f"user:{bob.user.pk}", "127.0.0.1")
    assert alice.client.get("/en/account/").status_code == 200


def test_who_is_kept_out_takes_their_keys_along(alice: Person, bob: Person, app: App) -> None:
    with bob.scope():
        create_api_key(account=alice.account, by=bob.user, name="Shop", scopes=["contacts:read"])
    ask_for_factor(alice, days=-1)

    bob.client.post("/en/account/leave/", leave_form(bob))

    with alice.scope():
        assert not ApiKey.objects.filter(account_id=alice.account.pk).exists()


def test_leaving_shows_and_does_nothing_else(alice: Person, bob: Person, app: App) -> None:
    """Looking changes nothing, and a form of nowhere or of another account does not either."""
    ask_for_factor(alice, days=-1)
    bob.get("/en/account/leave/")
    foreign = {form_account.FIELD: form_account.sign(uuid4())}

    for typed in ({}, {"account": str(alice.account.pk)}, {form_account.FIELD: str(alice.account.pk)}, foreign):
        answer = bob.client.post("/en/account/leave/", typed)
        assert answer.status_code == 409, typed

    assert accounts_of(bob) == {"Alice Trading"}


def test_a_form_drawn_at_one_door_does_not_leave_another_account(alice: Person, bob: Person, app: App) -> None:
    second = make_person("carol")
    with scope.identity():
        Member.objects.create(account=second.account, user=bob.user, role=Role.CLERK)
    ask_for_factor(alice, days=-1)
    drawn = leave_form(bob)
    bob.client.post(f"/en/account/switch/{second.account.pk}/")

    assert bob.client.post("/en/account/leave/", drawn).status_code == 409

    assert len(accounts_of(bob)) == 2


def test_the_last_owner_who_is_kept_out_stays(alice: Person, app: App) -> None:
    """Whose factor is gone meanwhile: they set one up again, and nobody else can."""
    ask_for_factor(alice, days=-1)
    with scope.identity():
        Authenticator.objects.filter(user=alice.user).delete()

    page = Page(alice.client.post("/en/account/leave/", leave_form(alice), follow=True))

    assert "An account keeps at least one owner." in page.text
    assert accounts_of(alice) == {"Alice Trading"}


def test_who_is_kept_out_of_one_account_works_in_another(alice: Person, bob: Person, app: App) -> None:
    second = make_person("carol")
    with scope.identity():
        Member.objects.create(account=second.account, user=bob.user, role=Role.CLERK)
    ask_for_factor(alice, days=-1)
    (button,) = bob.get("/en/account/").all(f'main form[action="/en/account/switch/{second.account.pk}/"] button')
    assert " ".join(button.get_text(" ").split()) == f"Switch to {second.account.name}"

    assert bob.client.post(f"/en/account/switch/{second.account.pk}/").status_code == 302

    assert bob.client.get("/en/account/").status_code == 200
    bob.client.post(f"/en/account/switch/{alice.account.pk}/")
    assert bob.client.get("/en/account/").status_code == 403, "and the door is where it was"


def test_whoever_belongs_nowhere_has_nothing_to_leave(charlie: Person) -> None:
    with scope.identity():
        Member.objects.filter(user=charlie.user).delete()

    assert charlie.client.get("/en/account/leave/").status_code == 404
    assert charlie.client.post("/en/account/leave/").status_code == 404


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_the_door_is_whole_in_chinese(alice: Person, bob: Person, app: App, language: str) -> None:
    ask_for_factor(alice, days=-1)

    bob.get(f"/{language}/account/").check(403)
    bob.get(f"/{language}/account/leave/").check()


@pytest.mark.django_db(transaction=True)
def test_with_a_factor_the_account_is_open_again() -> None:
    alice = make_person("alice")
    give_app(alice)
    bob = make_person("bob", account=alice.account, role=Role.CLERK)
    ask_for_factor(alice, days=-1)
    secret = bob.get("/en/sign-in/2fa/totp/activate/").one("#totp-secret").get_text()

    bob.post("/en/sign-in/2fa/totp/activate/", {"code": App(secret).code()})

    assert bob.client.get("/en/account/").status_code == 200


def test_it_is_no_offence_to_have_none_yet(alice: Person, bob: Person, app: App) -> None:
    """Detection counts refusals; this one is not of the visitor's making."""
    from django.db import connections

    ask_for_factor(alice, days=-1)
    with connections["trail"].execute_wrapper(_fail):
        assert bob.client.get("/en/account/").status_code == 403


def _fail(execute: object, sql: str, *rest: object) -> None:
    raise AssertionError(sql)


def test_who_has_another_account_goes_on_there(alice: Person, bob: Person, app: App) -> None:
    with scope.identity():
        from accounts import services

        services.open_account(user=bob.user, kind="personal", name="Bob at home")
    ask_for_factor(alice, days=-1)

    page = bob.get("/en/account/")
    form = page.one('main form[action*="/switch/"]')
    bob.client.post(str(form["action"]))

    assert "Bob at home" in bob.get("/en/account/").text


def test_keys_of_members_without_one_rest_and_work_again(alice: Person, bob: Person, app: App) -> None:
    with scope.identity():
        _key, bobs = keys.create_api_key(account=alice.account, by=bob.user, name="Shop", scopes=sorted(KEY_SCOPES))
        _key, alices = keys.create_api_key(account=alice.account, by=alice.user, name="Own", scopes=sorted(KEY_SCOPES))

    def answers(token: str) -> int:
        return Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/me/").status_code

    ask_for_factor(alice, days=1)
    assert (answers(alices), answers(bobs)) == (200, 200)
    ask_for_factor(alice, days=-1)
    assert (answers(alices), answers(bobs)) == (200, 401)
    page = Page(sign_in(alice, app).get("/en/account/keys/"))
    assert "Shop" in page.one("tr:has(.govuk-tag)").get_text()
    give_app(bob)
    assert answers(bobs) == 200


def test_without_the_rule_nothing_more_is_asked_of_the_database(alice: Person) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    alice.get("/en/account/")
    with CaptureQueriesContext(connection) as queries:
        alice.get("/en/account/")

    assert not [query for query in queries.captured_queries if "mfa_authenticator" in query["sql"]]
