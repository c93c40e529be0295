"""The key of keys is exchanged: what is somebody's is wrapped anew while the site serves, and the old key taken out."""

from __future__ import annotations

from base64 import b64encode
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import hashers, rewrapping
from accounts.models import User
from addressbook import services as books
from addressbook.models import Contact
from security import kek, scope
from security.models import AccountKey
from tests.accounts.factors import App, give_app
from tests.conftest import PASSWORD, Person, make_person
from tests.security.test_cases import ANN

pytestmark = pytest.mark.django_db(transaction=True)
NEW = b64encode(b"n" * 32).decode()


@pytest.fixture
def app(alice: Person) -> App:
    return give_app(alice)


@pytest.fixture
def contact(alice: Person) -> Contact:
    with alice.scope():
        return books.save_contact(book=books.default_book(now=timezone.now()), details=ANN, now=timezone.now())


@pytest.fixture
def exchanged(alice: Person, app: App, contact: Contact, settings: Any) -> str:
    """Set a new key, with the one that all of it was made under beside it; return that one."""
    settings.ECSHIP_OLD_KEKS = [before := settings.ECSHIP_KEK]
    settings.ECSHIP_KEK = NEW
    return str(before)


def works(person: Person, contact: Contact, app: App) -> bool:
    """Tell whether the session lives, the book opens, and a sign-in with password and factor succeeds."""
    page = person.client.get(f"/en/contacts/{contact.pk}/")
    assert page.status_code == 200
    client = Client()
    client.post("/en/sign-in/login/", {"login": person.user.email, "password": PASSWORD})
    answer = client.post("/en/sign-in/2fa/authenticate/", {"code": app.code()})
    return "Ann Kanarie" in page.content.decode() and answer.status_code == 302


def run() -> str:
    said = StringIO()
    call_command("rewrap_keys", stdout=said)
    return said.getvalue()


def test_the_site_serves_on_and_then_without_the_old_key(
    alice: Person, app: App, contact: Contact, exchanged: str, settings: Any
) -> None:
    alice.client.get("/en/contacts/")

    said = run()
    settings.ECSHIP_OLD_KEKS = []

    assert works(alice, contact, app)
    assert "account keys: 1 wrapped anew" in said
    assert "passwords: 1 wrapped anew" in said
    assert "factors: 2 wrapped anew" in said or "factors: 1 wrapped anew" in said


def test_before_it_the_old_key_still_opens(alice: Person, app: App, contact: Contact, exchanged: str) -> None:
    assert works(alice, contact, app)


def test_without_it_and_without_the_old_key_nothing_opens(
    alice: Person, app: App, contact: Contact, exchanged: str, settings: Any
) -> None:
    """So the tests above prove something."""
    settings.ECSHIP_OLD_KEKS = []

    with pytest.raises(InvalidTag):
        alice.client.get(f"/en/contacts/{contact.pk}/")


def test_what_comes_new_is_under_the_new_key(alice: Person, exchanged: str, settings: Any) -> None:
    dora = make_person("dora")
    settings.ECSHIP_OLD_KEKS = []

    with dora.scope():
        assert books.default_book(now=timezone.now())


def test_a_second_run_has_nothing_to_do(alice: Person, exchanged: str) -> None:
    run()
    with alice.scope():
        before = bytes(AccountKey.objects.get().wrapped)

    assert "account keys: 0 wrapped anew\npasswords: 0 wrapped anew\nfactors: 0 wrapped anew" in run()

    with alice.scope():
        assert bytes(AccountKey.objects.get().wrapped) == before


def test_a_password_that_changes_meanwhile_stays_as_it_was_changed(
    alice: Person, exchanged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrap = rewrapping._rewrapped

    def slowly(text: str, bound_to: bytes) -> str | None:
        if bound_to == hashers.BOUND_TO:
            User.objects.filter(pk=alice.user.pk).update(password="changed meanwhile")
        return wrap(text, bound_to)

    monkeypatch.setattr(rewrapping, "_rewrapped", slowly)
    assert "passwords: 0 wrapped anew" in run()

    with scope.identity():
        assert User.objects.get(pk=alice.user.pk).password == "changed meanwhile"


def test_batches_leave_nobody_out(exchanged: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        make_person(f"person{number}")
    monkeypatch.setattr(rewrapping, "BATCH", 2)
    with scope.identity():
        count = User.objects.filter(password__startswith=rewrapping.SEALED).count()
        factors = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).count()

    told: list[tuple[str, int]] = []
    rewrapping.everything(lambda name, seen: told.append((name, seen)))

    assert max(seen for name, seen in told if name == "passwords") == count
    assert max(seen for name, seen in told if name == "factors") == factors


def test_without_an_older_key_the_command_says_what_to_set(settings: Any) -> None:
    with pytest.raises(CommandError, match="ECSHIP_OLD_KEKS"):
        call_command("rewrap_keys")


def test_a_file_holds_the_new_key_first_and_older_ones_below(settings: Any, tmp_path: Path) -> None:
    wrapped = kek.provider().wrap(b"secret", bound_to=b"x")
    file = tmp_path / "kek"
    file.write_text(f"{NEW}\n{settings.ECSHIP_KEK}\n")
    settings.ECSHIP_KEK_FILE = str(file)

    assert (kek.encoded(), kek.older()) == (NEW, (settings.ECSHIP_KEK,))
    anew = kek.provider().rewrapped(wrapped, bound_to=b"x")
    assert anew is not None
    assert kek.provider().unwrap(anew, bound_to=b"x") == b"secret"
    assert kek.provider().rewrapped(anew, bound_to=b"x") is None
    with pytest.raises(InvalidTag):
        kek.provider().unwrap(wrapped, bound_to=b"y")
