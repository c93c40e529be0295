"""What our mails say, in three languages, and that allauth has no mail that we have no words for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import allauth
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone, translation

from accounts import letters, outbox, services
from accounts.integrators import services as services_of_integrators
from accounts.integrators.models import Integrator, IntegratorLink
from accounts.models import Account, FactorRecovery, OutgoingMail, SignUp, User
from accounts.roles import Role
from security import scope
from tests.accounts.integrated import integrator_of
from tests.conftest import PASSWORD, Person, make_person
from tests.mailbox import deliver, link

Kind = OutgoingMail.Kind
pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "zh-hant", "zh-hans"]
NOT_OURS = {
    "en": "not a service of Hongkong Post",
    "zh-hant": "並非香港郵政的服務",
    "zh-hans": "并非香港邮政的服务",
}
NOTICE = {"at": "2026-11-24T02:00:00+00:00", "address": "192.0.2.7", "browser": "Browser 1"}
IN_ACCOUNT = {**NOTICE, "account": "Harbour & Co", "who": "Alice", "about": "Shop <1>"}
# How allauth calls what we answer otherwise: codes are switched off, and the rest is decided in the worker.
ANSWERED = {
    "account_already_exists": Kind.EXISTS,
    "unknown_account": Kind.RESET,
    "password_reset_key": Kind.RESET,
    "email_confirmation": Kind.CONFIRM,
    "email_confirmation_signup": Kind.ACTIVATE,
    "login_code": None,
    "password_reset_code": None,
}


def waiting_address_of(person: Person) -> int:
    with scope.identity():
        return int(EmailAddress.objects.get_or_create(user=person.user, email="second@example.com")[0].pk)


def wish() -> str:
    with scope.identity():
        made = SignUp.objects.create(
            email="nobody@example.com", kind="personal", language="en", created_at=timezone.now()
        )
    return str(made.pk)


def invitation_of(person: Person) -> str:
    with person.scope():
        made = services.invite(email="new@example.com", role=Role.CLERK, by=person.user.pk, now=timezone.now())
    with scope.identity():
        OutgoingMail.objects.all().delete()
    return str(made.pk)


def lost(person: Person, state: str = "waiting", **decided: Any) -> dict[str, Any]:
    now = timezone.now()
    with scope.identity():
        FactorRecovery.objects.all().delete()
        times = {"asked_at": now, "ready_at": now, "told_at": now}
        made = FactorRecovery.objects.create(user=person.user, state=state, **times, **decided)
    return {"wish": str(made.pk)}


def closing_of(person: Person, *, owns: bool = True) -> dict[str, Any]:
    now = timezone.now()
    with scope.identity():
        Account.objects.filter(pk=person.account.pk).update(closing_at=now, closing_asked_at=now)
    who = person.user.pk if owns else uuid4()
    return {"account": str(person.account.pk), "user": str(who), "name": person.account.name}


def wish_of(person: Person) -> dict[str, Any]:
    """Let somebody ask for an integrator to act for them, which was made once."""
    with scope.identity():
        integrator = Integrator.objects.filter(name="shop").first()
    if integrator is None:
        integrator, _key = integrator_of(person, "shop")
    with person.scope():
        services_of_integrators.ask(name="shop", account=person.account, by=person.user, now=timezone.now())
    with scope.identity():
        OutgoingMail.objects.all().delete()
        return {"name": "shop", "link": str(IntegratorLink.objects.get(integrator=integrator).pk)}


# Every mail there is: its name, its kind, what it is about, and the start of its link below the language.
LETTERS: dict[str, tuple[OutgoingMail.Kind, Callable[[Person], dict[str, Any]], str]] = {
    "activate": (Kind.ACTIVATE, lambda _: {"sign_up": wish()}, "account/activate/"),
    "confirm": (Kind.CONFIRM, lambda alice: {"address": waiting_address_of(alice)}, "sign-in/confirm-email/"),
    "exists": (Kind.EXISTS, lambda _: {}, "sign-in/login/"),
    "reset": (Kind.RESET, lambda _: {}, "sign-in/password/reset/key/"),
    "unknown": (Kind.RESET, lambda _: {"unknown": True}, "sign-in/signup/"),
    "invitation": (Kind.INVITATION, lambda alice: {"invitation": invitation_of(alice)}, "account/join/"),
    "changed": (
        Kind.EMAIL_CHANGED,
        lambda _: {**NOTICE, "from_email": "old@example.com", "to_email": "new@example.com"},
        "sign-in/password/reset/",
    ),
    "suspended": (
        Kind.SUSPENDED,
        lambda _: {"at": NOTICE["at"], "until": "2026-03-03T04:00:00+00:00", "token": "token"},
        "suspension/",
    ),
    "released": (Kind.RELEASED, lambda _: {}, "sign-in/login/"),
    "appeal answered": (Kind.APPEAL_ANSWERED, lambda _: {"words": "Fine & good\n\nagain"}, "sign-in/login/"),
    "deleted": (
        Kind.EMAIL_DELETED,
        lambda _: {**NOTICE, "deleted_email": "old@example.com"},
        "sign-in/password/reset/",
    ),
    **{
        str(kind): (kind, lambda _: NOTICE, "sign-in/password/reset/")
        for kind in (
            Kind.PASSWORD_CHANGED,
            Kind.PASSWORD_SET,
            Kind.PASSWORD_RESET,
            Kind.EMAIL_CONFIRM,
            Kind.TOTP_ACTIVATED,
            Kind.TOTP_DEACTIVATED,
            Kind.WEBAUTHN_ADDED,
            Kind.WEBAUTHN_REMOVED,
            Kind.RECOVERY_CODES_GENERATED,
            Kind.COMPANY_LINKED,
        )
    },
    "code used": (Kind.RECOVERY_CODE_USED, lambda _: {**NOTICE, "codes_left": 3}, "sign-in/password/reset/"),
    "lost, asked": (Kind.RECOVERY_ASKED, lambda alice: lost(alice), "sign-in/2fa/lost/stop/"),
    "lost, ready": (Kind.RECOVERY_READY, lambda alice: lost(alice), "sign-in/2fa/lost/finish/"),
    "lost, stopped": (Kind.RECOVERY_STOPPED, lambda alice: lost(alice, "stopped"), "sign-in/password/reset/"),
    "lost, confirmed": (
        Kind.RECOVERY_READY,
        lambda alice: lost(alice, decided_by_id=alice.user.pk),
        "sign-in/2fa/lost/finish/",
    ),
    "lost, refused": (
        Kind.RECOVERY_STOPPED,
        lambda alice: lost(alice, "stopped", ended_how="staff"),
        "sign-in/password/reset/",
    ),
    "lost, done": (Kind.RECOVERY_DONE, lambda alice: lost(alice, "done"), "sign-in/password/reset/"),
    "closing, owner": (Kind.CLOSING_ASKED, lambda alice: closing_of(alice), "sign-in/keep/"),
    "closing, soon": (Kind.CLOSING_SOON, lambda alice: closing_of(alice), "sign-in/keep/"),
    "closing, clerk": (Kind.CLOSING_ASKED, lambda alice: closing_of(alice, owns=False), "account/"),
    "closing, stopped": (
        Kind.CLOSING_STOPPED,
        lambda _: {"account": "", "user": "", "name": "Alice Trading"},
        "account/",
    ),
    "sign-in closed": (Kind.SIGN_IN_CLOSED, lambda _: {}, "sign-in/signup/"),
    "new device": (Kind.NEW_DEVICE, lambda _: NOTICE, "sign-in/not-me/"),
    "integrator": (Kind.INTEGRATOR_ASKED, lambda alice: wish_of(alice), "account/integrators/confirm/"),
    "no integrator": (Kind.INTEGRATOR_ASKED, lambda _: {"name": "shop", "link": ""}, "account/integrators/let/"),
    **{str(kind): (kind, lambda _: IN_ACCOUNT, "account/") for kind in letters.ACCOUNT_NOTICES},
    str(Kind.FACTOR_REQUIRED): (Kind.FACTOR_REQUIRED, lambda _: {**IN_ACCOUNT, "about": NOTICE["at"]}, "account/"),
}


def written(person: Person, name: str, language: str) -> EmailMessage:
    kind, about, _start = LETTERS[name]
    data = about(person)
    with scope.identity():
        User.objects.filter(pk=person.user.pk).update(language=language)
    email = "nobody@example.com" if data.pop("unknown", False) else "alice@example.com"
    outbox.post(kind=kind, email=email, language=language, data=data)
    return deliver()[-1]


@pytest.mark.parametrize("name", LETTERS)
def test_every_mail_stands_in_three_languages_with_its_link(alice: Person, name: str) -> None:
    sent = {language: written(alice, name, language) for language in LANGUAGES}

    assert len({letter.subject for letter in sent.values()}) == 3
    assert len({letter.body for letter in sent.values()}) == 3
    for language, letter in sent.items():
        assert NOT_OURS[language] in letter.body
        assert link(letter).startswith(f"/{language}/{LETTERS[name][2]}")
        assert "\n" not in letter.subject
        assert "&#" not in letter.body
        assert letter.to in (["alice@example.com"], ["nobody@example.com"])


def test_every_kind_of_mail_is_written_here() -> None:
    assert {kind for kind, _about, _start in LETTERS.values()} == set(Kind) - {Kind.SIGN_UP}


def test_allauth_has_no_mail_that_we_have_no_words_for() -> None:
    folder = Path(allauth.__file__).parent / "templates"
    theirs = {
        path.name.removesuffix("_subject.txt")
        for app in ("account", "mfa")
        for path in (folder / app / "email").glob("*_subject.txt")
    }

    assert theirs - set(Kind) - set(ANSWERED) == set()


def test_an_unknown_page_language_does_not_matter_to_somebody_known(alice: Person) -> None:
    with scope.identity():
        User.objects.filter(pk=alice.user.pk).update(language="zh-hant")
    Client().post("/en/sign-in/password/reset/", {"email": "alice@example.com"})

    assert NOT_OURS["zh-hant"] in deliver()[0].body


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_new_is_written_to_in_the_language_of_the_page(language: str) -> None:
    data = {"email": "new@example.com", "kind": "personal", "account_name": ""}
    Client().post(f"/{language}/sign-in/signup/", data)

    assert NOT_OURS[language] in deliver()[0].body
    Client().post(link(deliver()[0]), {"kind": "personal", "account_name": "", "password": PASSWORD})
    with scope.identity():
        user = User.objects.get(email="new@example.com")
        assert user.language == language
        with translation.override(language):
            assert user.memberships.get().account.name == translation.gettext("My account")


def test_signing_up_again_says_that_there_is_an_account(alice: Person) -> None:
    Client().post("/en/sign-in/signup/", {"email": "alice@example.com", "kind": "personal"})

    assert deliver()[0].subject == "You already have an ECShip account"
    with scope.identity():
        assert User.objects.get(email="alice@example.com").check_password(PASSWORD)
        assert not SignUp.objects.exists()


def test_a_reset_link_sets_a_password_once_and_opens_a_locked_door(alice: Person) -> None:
    for index in range(5):
        Client().post("/en/sign-in/login/", {"login": "alice@example.com", "password": f"wrong {index}"})
    browser, new = Client(), {"password1": "another long passphrase", "password2": "another long passphrase"}
    browser.post("/en/sign-in/password/reset/", {"email": "alice@example.com"})
    address = link(deliver()[-1])
    form = browser.get(address, follow=True).request["PATH_INFO"]

    browser.post(form, new)
    browser.cookies.pop("sessionid", None)
    signed_in = browser.post(
        "/en/sign-in/login/", {"login": "alice@example.com", "password": "another long passphrase"}
    )

    assert signed_in.status_code == 302
    assert [letter.subject for letter in deliver()][-1] == "Your password was reset"
    assert alice.client.get("/en/account/").status_code == 302, "the older session lives on"


def test_a_deactivated_account_has_nothing_to_reset(alice: Person) -> None:
    with scope.identity():
        User.objects.filter(pk=alice.user.pk).update(is_active=False)
    Client().post("/en/sign-in/password/reset/", {"email": "alice@example.com"})

    assert deliver()[0].subject == "No ECShip account with this address"


def test_links_begin_with_the_sites_address_whatever_the_host_header_says(alice: Person) -> None:
    Client(headers={"host": "localhost"}).post("/en/sign-in/password/reset/", {"email": "alice@example.com"})

    assert f"{settings.SITE_ADDRESS}/en/" in deliver()[0].body
    assert "localhost" not in mail.outbox[0].body.replace(settings.SITE_ADDRESS, "")


@pytest.mark.django_db(transaction=True)
def test_a_second_factor_is_told_to_the_holder() -> None:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    alice = make_person("alice")
    alice.client.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})
    alice.client.get("/en/sign-in/2fa/totp/activate/")
    secret = alice.client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))

    response = alice.client.post("/en/sign-in/2fa/totp/activate/", {"code": code})

    assert response.status_code == 302
    assert [letter.subject for letter in deliver()] == ["An authenticator app was added"]
    assert "127.0.0.1" in mail.outbox[0].body


# Staff -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*letters.NOTICES, Kind.RELEASED])
def test_staff_are_sent_nowhere_on_the_customers_site(dana: Person, kind: Kind, language: str) -> None:
    with scope.identity():
        letter = letters.write(OutgoingMail(kind=kind, email=dana.user.email, language=language, data=NOTICE))

    assert letter is not None
    assert settings.SITE_ADDRESS not in str(letter.body)
    assert f"{settings.CONSOLE_ADDRESS}/{language}/" in str(letter.body)


def test_staff_are_told_whom_to_tell(dana: Person, alice: Person) -> None:
    with scope.identity():
        staff, customer = (
            str(letters.write(OutgoingMail(kind=Kind.PASSWORD_CHANGED, email=one.user.email, data=NOTICE)).body)  # type: ignore[union-attr]
            for one in (dana, alice)
        )

    assert "tell a colleague of the security team at once" in staff
    assert "/en/sign-in/password/reset/" in customer
    assert "colleague" not in customer
