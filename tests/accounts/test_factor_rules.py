"""A business asks a second factor of all its members: grace, the way out, and what rests meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import keys
from accounts.models import Account
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
    assert bob.client.post("/en/account/leave/").status_code == 404
    assert bob.client.get("/en/sign-in/2fa/").status_code == 200
    assert bob.client.get("/en/account/you/").status_code == 200
    assert alice.client.get("/en/account/").status_code == 200


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
