"""Every change of how one signs in, or of who acts for an account, is told by mail: each is done on its page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import letters
from accounts.integrators.models import Integrator, IntegratorLink
from accounts.models import ApiKey, Invitation, Member, OutgoingMail
from accounts.roles import Role
from security import scope
from tests.accounts.factors import App, codes_of, give_app, show_code, show_password, sign_in
from tests.conftest import PASSWORD, Person, make_person
from tests.mailbox import deliver, link

Kind = OutgoingMail.Kind
pytestmark = pytest.mark.django_db(transaction=True)
NEW = "nine purple kettles sing"
KEY = {"name": "Shop", "scopes": ["contacts:read"], "lifetime_days": "30", "allowed_addresses": ""}


def change_password(alice: Person) -> None:
    alice.post("/en/sign-in/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})


def reset_password(alice: Person) -> None:
    client = Client()
    client.post("/en/sign-in/password/reset/", {"email": alice.user.email})
    form = client.get(link(deliver()[-1]))["Location"]
    client.post(form, {"password1": NEW, "password2": NEW})


def second_address(alice: Person) -> None:
    with scope.identity():
        EmailAddress.objects.create(user=alice.user, email="alice@home.example", verified=True, primary=False)


def change_address(alice: Person) -> None:
    second_address(alice)
    alice.post("/en/sign-in/email/", {"email": "alice@home.example", "action_primary": ""})


def remove_address(alice: Person) -> None:
    second_address(alice)
    alice.post("/en/sign-in/email/", {"email": "alice@home.example", "action_remove": ""})


def confirm_address(alice: Person) -> None:
    alice.post("/en/sign-in/email/", {"email": "alice@home.example", "action_add": ""})
    alice.client.post(link(deliver()[-1]))


def add_app(alice: Person) -> None:
    secret = alice.get("/en/sign-in/2fa/totp/activate/").one("#totp-secret").get_text(strip=True)
    alice.post("/en/sign-in/2fa/totp/activate/", {"code": App(secret).code()})


def remove_app(alice: Person) -> None:
    give_app(alice)
    alice.post("/en/sign-in/2fa/totp/deactivate/")


def remove_passkey(alice: Person) -> None:
    with scope.identity():
        data = {"name": "Laptop", "credential": {}}
        passkey = Authenticator.objects.create(user=alice.user, type="webauthn", data=data)
    alice.post(f"/en/sign-in/2fa/webauthn/keys/{passkey.pk}/remove/")


def new_codes(alice: Person) -> None:
    give_app(alice)
    alice.post("/en/sign-in/2fa/recovery-codes/generate/")


def use_code(alice: Person) -> None:
    give_app(alice)
    assert show_code(show_password(alice), codes_of(alice)[0]) == 302


def new_browser(alice: Person) -> None:
    sign_in(alice, give_app(alice))


def make_key(alice: Person) -> None:
    alice.post(reverse("accounts:add-key"), KEY)


def end_key(alice: Person) -> None:
    make_key(alice)
    with scope.identity():
        key = ApiKey.objects.get()
    alice.post(reverse("accounts:end-key", args=[key.pk]))


def invite(alice: Person) -> None:
    alice.post(reverse("accounts:invite"), {"email": "charlie@example.com", "role": "clerk"})


def join(alice: Person) -> None:
    charlie = make_person("charlie")
    invite(alice)
    with scope.identity():
        token = Invitation.objects.get().token
    charlie.client.post(reverse("accounts:join", args=[token]))


def bobs_membership(alice: Person) -> Member:
    bob = make_person("bob", account=alice.account, role=Role.CLERK)
    with scope.identity():
        return Member.objects.get(user=bob.user)


def remove_member(alice: Person) -> None:
    alice.post(reverse("accounts:remove", args=[bobs_membership(alice).pk]))


def change_role(alice: Person) -> None:
    alice.post(reverse("accounts:role", args=[bobs_membership(alice).pk]), {"role": "manager"})


def ask_for_factor(alice: Person) -> None:
    give_app(alice)
    alice.post(reverse("accounts:factor-rule"), {"required": "on", "grace_days": "14"})


def ask_for_none(alice: Person) -> None:
    ask_for_factor(alice)
    alice.post(reverse("accounts:factor-rule"), {"grace_days": "14"})


def make_integrator(alice: Person) -> None:
    alice.post(reverse("accounts:add-integrator"), {"name": "my.shop", "fresh_minutes": "0"})


def own_integrator(alice: Person) -> Integrator:
    make_integrator(alice)
    with scope.identity():
        return Integrator.objects.get()


def new_integrator_key(alice: Person) -> None:
    alice.post(reverse("accounts:integrator-key", args=[own_integrator(alice).pk]))


def end_integrator(alice: Person) -> None:
    alice.post(reverse("accounts:end-integrator", args=[own_integrator(alice).pk]))


def let_integrator(alice: Person) -> None:
    own_integrator(alice)
    alice.post(reverse("accounts:let-integrator"), {"name": "my.shop"})
    wishes = [letter for letter in deliver() if letter.subject == "Confirm that an integrator may act for you"]
    alice.client.post(link(wishes[-1]))


def unlet_integrator(alice: Person) -> None:
    let_integrator(alice)
    with scope.identity():
        held = IntegratorLink.objects.get()
    alice.post(reverse("accounts:end-integrator-link", args=[held.pk]))


CHANGES: dict[OutgoingMail.Kind, tuple[Callable[[Person], None], str]] = {
    Kind.PASSWORD_CHANGED: (change_password, "Your password was changed"),
    Kind.PASSWORD_RESET: (reset_password, "Your password was reset"),
    Kind.EMAIL_CHANGED: (change_address, "Your e-mail address was changed"),
    Kind.EMAIL_DELETED: (remove_address, "An e-mail address was removed"),
    Kind.EMAIL_CONFIRM: (confirm_address, "A further e-mail address is confirmed"),
    Kind.TOTP_ACTIVATED: (add_app, "An authenticator app was added"),
    Kind.TOTP_DEACTIVATED: (remove_app, "The authenticator app was removed"),
    Kind.WEBAUTHN_REMOVED: (remove_passkey, "A passkey was removed"),
    Kind.RECOVERY_CODES_GENERATED: (new_codes, "New recovery codes were made"),
    Kind.RECOVERY_CODE_USED: (use_code, "A recovery code was used"),
    Kind.NEW_DEVICE: (new_browser, "New sign-in to your ECShip account"),
    Kind.KEY_MADE: (make_key, "An API key was made"),
    Kind.KEY_ENDED: (end_key, "An API key was ended"),
    Kind.MEMBER_INVITED: (invite, "Somebody was invited to your account"),
    Kind.MEMBER_JOINED: (join, "Somebody joined your account"),
    Kind.MEMBER_GONE: (remove_member, "A member was removed"),
    Kind.ROLE_CHANGED: (change_role, "A role was changed"),
    Kind.FACTOR_REQUIRED: (ask_for_factor, "A second factor is asked for"),
    Kind.INTEGRATOR_MADE: (make_integrator, "An integrator was made"),
    Kind.INTEGRATOR_KEY: (new_integrator_key, "An integrator has a new key"),
    Kind.INTEGRATOR_ENDED: (end_integrator, "An integrator was ended"),
    Kind.INTEGRATOR_LINKED: (let_integrator, "An integrator may act for somebody"),
    Kind.INTEGRATOR_UNLINKED: (unlet_integrator, "An integrator may not act any more"),
    Kind.FACTOR_NOT_REQUIRED: (ask_for_none, "A second factor is not asked for any more"),
}
ELSEWHERE = {
    Kind.COMPANY_LINKED: "tests/accounts/test_company_sign_in.py: it takes a company's provider",
    Kind.ACCOUNT_DELETED: "tests/accounts/test_delete_account.py: it takes two weeks",
    Kind.ACCOUNT_COPIED: "tests/accounts/test_copies.py: it takes a task",
    Kind.CONTACTS_EXPORTED: "tests/addressbook/exports/test_running.py: it takes a book and a task",
    Kind.WEBHOOK_MADE: "tests/tracking/test_webhooks.py: a program does it",
    Kind.WEBHOOK_CHANGED: "tests/tracking/test_webhooks.py: a program does it",
    Kind.WEBHOOK_DELETED: "tests/tracking/test_webhooks.py: a program does it",
    Kind.WEBHOOK_OFF: "tests/tracking/test_webhooks.py: it takes a receiver that fails",
    Kind.WEBAUTHN_ADDED: "tests/journeys/test_second_factor.py: it takes a device",
    Kind.PASSWORD_SET: "nobody is without a password here, so none is set for the first time",
}


def test_every_change_that_is_told_is_done_here() -> None:
    told = {*letters.NOTICES, *letters.ACCOUNT_NOTICES, Kind.NEW_DEVICE}
    assert told == CHANGES.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("kind", CHANGES)
def test_the_holder_is_told(kind: OutgoingMail.Kind) -> None:
    alice = make_person("alice")
    change, subject = CHANGES[kind]
    mail.outbox.clear()

    change(alice)

    told = [letter for letter in deliver() if letter.subject == subject]
    assert "alice@example.com" in {letter.to[0] for letter in told}, [letter.subject for letter in mail.outbox]
