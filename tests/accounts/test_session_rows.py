"""What a session's rows give to whoever reads them: nothing to sign in with."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, override_settings

from accounts.sessions import row_key
from security import scope
from tests.accounts.test_kept_forms import sign_in
from tests.conftest import Person

pytestmark = pytest.mark.django_db
PAGE, SESSIONS = "/en/account/leave/", "/en/sign-in/sessions/"


@pytest.fixture
def browser(alice: Person) -> Client:
    client = Client()
    sign_in(client, "alice")
    assert is_in(client)
    return client


def is_in(browser: Client) -> bool:
    return browser.get(PAGE).status_code == 200


def key_of(browser: Client) -> str:
    return browser.cookies["sessionid"].value


def rows() -> list[tuple[str, ...]]:
    """Return key and data of every session, and the keys of the list of them, as they lie there."""
    with scope.identity(), connection.cursor() as cursor:
        cursor.execute("SELECT session_key, session_data FROM django_session")
        found = cursor.fetchall()
        cursor.execute("SELECT session_key FROM usersessions_usersession")
        return [*found, *cursor.fetchall()]


def test_the_rows_hold_no_key_that_a_browser_could_send(browser: Client) -> None:
    stored = [str(value) for row in rows() for value in row]

    assert str(row_key(key_of(browser))) in stored
    assert not [value for value in stored if key_of(browser) in value]
    for value in stored:
        thief = Client()
        thief.cookies["sessionid"] = value
        assert not is_in(thief), "what stands in a row is a key"


def test_the_data_tells_nothing(browser: Client, alice: Person) -> None:
    """What Django signs can be read by anybody: whose it is, and by which e-mail they signed in."""
    with scope.identity():
        row = Session.objects.get(session_key=key_of(browser))
        readable = browser.session

    assert readable["_auth_user_id"] == str(alice.user.pk)
    assert readable.decode(row.session_data)["_auth_user_id"] == str(alice.user.pk)
    assert DatabaseStore(key_of(browser)).decode(row.session_data) == {}


def test_data_copied_into_another_session_does_not_open(browser: Client, charlie: Person) -> None:
    own = key_of(charlie.client)
    assert is_in(charlie.client)
    with scope.identity():
        victims = Session.objects.get(session_key=key_of(browser)).session_data
        Session.objects.filter(session_key=own).update(session_data=victims)

    assert not is_in(charlie.client)
    assert is_in(browser)


def test_data_that_is_no_data_is_an_empty_session(browser: Client) -> None:
    for nonsense in ("", "é", "AAAA", "e30:1abc:def"):
        with scope.identity():
            Session.objects.filter(session_key=key_of(browser)).update(session_data=nonsense)
        assert not is_in(browser)


@pytest.mark.parametrize(("known", "outlives"), [(True, True), (False, False)])
def test_a_session_outlives_a_new_secret_while_the_old_one_is_known(
    browser: Client, known: bool, outlives: bool
) -> None:
    with override_settings(SECRET_KEY="x" * 60, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY] if known else []):
        assert is_in(browser) is outlives


def test_the_list_knows_this_session_and_ends_the_others(browser: Client, alice: Person) -> None:
    other = Client()
    sign_in(other, "alice")
    assert is_in(other)
    assert browser.get(SESSIONS).content.decode().count("This session") == 1

    browser.post(SESSIONS)

    assert is_in(browser)
    assert not is_in(other)
    with scope.identity():
        kept = [session.session_key for session in UserSession.objects.filter(user=alice.user)]
    assert kept == [row_key(key_of(browser))]


def test_the_casts_session_is_what_django_makes_of_a_sign_in(alice: Person) -> None:
    """Tests sign people in by less work; what the rows then hold must not differ."""
    other = Client()
    with scope.identity():
        other.force_login(alice.user, backend="accounts.backends.EmailBackend")

    assert without_moments(alice.client) == without_moments(other)
    mine, theirs = (str(one.cookies["sessionid"]).split("; ")[1:] for one in (alice.client, other))
    assert mine == theirs


def without_moments(client: Client) -> Any:
    """Return what a session holds, but for when it began."""
    return re.sub(r"\b1\d{9}(\.\d+)?\b", "now", repr(sorted(client.session.items())))
