"""Second factors: set up, shown, counted, used once, listed; recovery codes that are seen once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from accounts import lockout
from security import scope
from tests.accounts.factors import CODE, App, codes_of, give_app, show_code, show_password, sign_in
from tests.conftest import PASSWORD, Person, make_person
from tests.mailbox import deliver
from tests.pages import Page

pytestmark = pytest.mark.django_db(transaction=True)
SET_UP = "/en/sign-in/2fa/totp/activate/"
CODES = "/en/sign-in/2fa/recovery-codes/"
WRONG = "123123"


@pytest.fixture
def alice() -> Person:
    return make_person("alice")


@pytest.fixture
def app(alice: Person) -> App:
    return give_app(alice)


def is_in(client: Client) -> bool:
    return client.get("/en/account/").status_code == 200


def browser() -> Client:
    """A browser in which Alice has signed in with her password a moment ago."""
    client = Client()
    client.post("/en/sign-in/login/", {"login": "alice@example.com", "password": PASSWORD})
    return client


def subjects() -> list[str]:
    return [str(letter.subject) for letter in deliver()]


def set_up(client: Client) -> App:
    secret = Page(client.get(SET_UP)).one("#totp-secret").get_text(strip=True)
    app = App(secret)
    assert client.post(SET_UP, {"code": app.code()})["Location"] == CODES
    return app


def test_an_app_is_set_up_and_asked_for_from_then_on(alice: Person) -> None:
    app = set_up(browser())

    assert "An authenticator app was added" in subjects()
    client = show_password(alice)
    assert not is_in(client)
    assert show_code(client, WRONG) == 200
    assert not is_in(client)
    assert show_code(client, app.code(1)) == 302
    assert is_in(client)


def test_the_picture_for_the_app_has_no_style_and_no_prologue(alice: Person) -> None:
    page = Page(browser().get(SET_UP))

    page.check()
    svg = page.one(".app-qr svg")
    assert set(svg.attrs) == {"viewbox", "aria-hidden", "focusable"}
    assert "<?xml" not in page.response.content.decode()
    assert svg.select("path")[0]["d"]
    assert str(page.one('a[href^="otpauth://totp/"]')["href"]).endswith("issuer=ECShip")


def test_a_wrong_code_is_said_and_sets_up_nothing(alice: Person) -> None:
    client = browser()
    client.get(SET_UP)

    page = Page(client.post(SET_UP, {"code": WRONG}))

    page.check()
    assert "Incorrect code" in page.text
    with scope.identity():
        assert not Authenticator.objects.exists()


def test_the_first_factor_ends_all_older_sessions(alice: Person) -> None:
    here, elsewhere = browser(), browser()
    assert is_in(elsewhere)

    set_up(here)

    assert is_in(here)
    assert not is_in(elsewhere)


def test_a_further_factor_ends_no_session(alice: Person, app: App) -> None:
    here, elsewhere = sign_in(alice, app), sign_in(alice, app)
    with scope.identity():
        Authenticator.objects.filter(user=alice.user, type="totp").delete()
        Authenticator.objects.create(user=alice.user, type="webauthn", data={"name": "Key", "credential": {}})

    set_up_again = Page(here.get(SET_UP)).one("#totp-secret").get_text(strip=True)
    here.post(SET_UP, {"code": App(set_up_again).code()})

    assert is_in(elsewhere)


def test_a_code_works_once(alice: Person, app: App) -> None:
    code = app.code()
    assert show_code(show_password(alice), code) == 302

    assert show_code(show_password(alice), code) == 200


def test_the_code_that_set_an_app_up_is_not_taken_again(alice: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        app = set_up(browser())
        code = app.code()

        assert show_code(show_password(alice), code) == 200
        clock.shift(timedelta(seconds=40))  # the code is still one that an app may show
        assert show_code(show_password(alice), code) == 200
        assert show_code(show_password(alice), app.code()) == 302


def test_a_code_of_a_sign_in_is_not_taken_to_show_again_who_one_is(alice: Person, app: App) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        client, code = show_password(alice), app.code()
        assert show_code(client, code) == 302

        assert client.post("/en/sign-in/2fa/reauthenticate/", {"code": code}).status_code == 200
        assert client.post("/en/sign-in/2fa/reauthenticate/", {"code": app.code(1)}).status_code == 302
        assert client.post("/en/sign-in/2fa/reauthenticate/", {"code": app.code(1)}).status_code == 200


@pytest.mark.parametrize(("step", "works"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_half_a_minute(alice: Person, app: App, step: int, works: bool) -> None:
    with time_machine.travel(timezone.now().replace(second=10), tick=False):
        assert show_code(show_password(alice), app.code(step)) == (302 if works else 200)


def test_codes_are_guessed_five_times_at_most_from_wherever(alice: Person, app: App) -> None:
    for index in range(5):
        client = show_password(alice, Client(REMOTE_ADDR=f"192.0.2.{index}"))
        assert show_code(client, WRONG) == 200

    client = show_password(alice)
    page = Page(client.post(CODE, {"code": app.code()}))

    page.check()
    assert "Too many wrong codes. Try again in 15 minutes." in page.text
    assert not is_in(client)


def test_a_known_device_has_a_count_of_its_own(alice: Person, app: App) -> None:
    known = sign_in(alice, app)
    known.post("/en/sign-in/logout/")
    for _time in range(6):
        show_code(show_password(alice), WRONG)

    assert show_code(show_password(alice, known), app.code(1)) == 302


def test_the_right_code_gives_back_what_was_counted(alice: Person, app: App) -> None:
    for _time in range(4):
        show_code(show_password(alice), WRONG)
    sign_in(alice, app)

    assert lockout.reserve("code:" + lockout.subject_of(None, "alice@example.com")) == 0


def test_a_new_password_by_mail_does_not_open_the_count_of_codes(alice: Person, app: App) -> None:
    """Who has the mail could guess for ever otherwise."""
    from accounts.apps import forgive_guesses

    for _time in range(5):
        show_code(show_password(alice), WRONG)
    with scope.identity():
        forgive_guesses(None, None, alice.user)  # type: ignore[arg-type]

    assert show_code(show_password(alice), app.code()) == 200


# Recovery codes ----------------------------------------------------------------------------------------------


def shown(page: Page) -> list[str]:
    return [tag.get_text() for tag in page.all(".app-codes .app-secret:not([aria-hidden])")]


def test_codes_are_shown_for_ten_minutes_in_the_session_that_made_them(alice: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        here = browser()
        app = set_up(here)
        page = Page(here.get(CODES))
        page.check()
        assert [code.replace(" ", "") for code in shown(page)] == codes_of(alice)
        assert shown(Page(here.get(CODES))) == shown(page)
        clock.shift(timedelta(minutes=1))  # the app shows another code than the one that set it up
        assert shown(Page(sign_in(alice, app).get(CODES))) == []

        clock.shift(timedelta(minutes=3))
        text = here.get(CODES + "download/")
        assert text["Content-Disposition"] == 'attachment; filename="ecship-recovery-codes.txt"'
        assert all(code in text.content.decode() for code in shown(page))
        assert "alice@example.com" in text.content.decode()

        clock.shift(timedelta(minutes=7))
        here.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})
        later = Page(here.get(CODES))
        later.check()
        assert shown(later) == []
        assert not any(code in later.text.replace(" ", "") for code in codes_of(alice))
        assert here.get(CODES + "download/").status_code == 404


def test_codes_need_a_fresh_proof_of_who_one_is(alice: Person, app: App) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = sign_in(alice, app)
        clock.shift(timedelta(minutes=6))

        assert "/reauthenticate/" in client.get(CODES)["Location"]
        assert "/reauthenticate/" in client.get(CODES + "download/")["Location"]


def test_a_used_code_is_marked_told_by_mail_and_does_not_work_again(alice: Person, app: App) -> None:
    code = codes_of(alice)[2]
    client = show_password(alice)
    assert show_code(client, f"{code[:4]} {code[4:]}") == 302

    page = Page(client.get(CODES))
    used = [item for item in page.all(".app-codes__item") if "Used" in item.get_text()]
    assert page.all(".app-codes__item").index(used[0]) == 2
    assert len(used) == 1
    assert "9 codes are left." in str(next(one for one in deliver() if one.subject == "A recovery code was used").body)
    assert show_code(show_password(alice), code) == 200


def test_who_has_few_codes_left_is_warned(alice: Person, app: App) -> None:
    with scope.identity():
        codes = Authenticator.objects.get(user=alice.user, type="recovery_codes")
        codes.data["used_mask"] = 0b0000111111
        codes.save()
    client = show_password(alice)

    assert show_code(client, codes_of(alice)[9]) == 302

    assert "You have 3 recovery codes left." in Page(client.get("/en/account/")).text
    assert "You have 3 codes left. Make new ones" in Page(client.get("/en/sign-in/2fa/")).text


def test_new_codes_take_the_place_of_the_older_ones(alice: Person, app: App) -> None:
    client, before = sign_in(alice, app), codes_of(alice)
    Page(client.get(CODES + "generate/")).check()

    client.post(CODES + "generate/")

    page = Page(client.get(CODES))
    assert [code.replace(" ", "") for code in shown(page)] == codes_of(alice) != before
    assert "New recovery codes were made" in subjects()


def test_removing_the_last_factor_takes_the_codes_along(alice: Person, app: App) -> None:
    client = sign_in(alice, app)
    Page(client.get("/en/sign-in/2fa/totp/deactivate/")).check()

    client.post("/en/sign-in/2fa/totp/deactivate/")

    with scope.identity():
        assert not Authenticator.objects.exists()
    assert "The authenticator app was removed" in subjects()
    assert client.get(CODES)["Location"] == "/en/sign-in/2fa/"


def test_the_secrets_lie_sealed(alice: Person) -> None:
    app = set_up(browser())

    with scope.identity():
        held = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert app.secret not in held
    assert not any(code in held for code in codes_of(alice))


# Passkeys of others ------------------------------------------------------------------------------------------


def test_a_passkey_of_somebody_else_is_not_there(alice: Person) -> None:
    charlie = make_person("charlie")
    with scope.identity():
        key = Authenticator.objects.create(user=charlie.user, type="webauthn", data={"name": "C", "credential": {}})
    client = browser()

    for act in ("edit", "remove"):
        path = f"/en/sign-in/2fa/webauthn/keys/{key.pk}/{act}/"
        assert client.get(path).status_code == 404
        assert client.post(path, {"name": "Mine"}).status_code == 404
    with scope.identity():
        assert Authenticator.objects.get().data["name"] == "C"


@pytest.mark.parametrize(
    "credential",
    [
        "", "{}", "[]", '{"response": {"userHandle": "AAAA"}}', "no json",
        '{"id": "x"}', '{"id": "AAAA", "rawId": 7}', '["a"]', '"words"',
    ],
)  # fmt: skip
def test_a_made_up_passkey_opens_nothing(alice: Person, credential: str) -> None:
    client = Client()
    client.get("/en/sign-in/2fa/webauthn/login/", headers={"Accept": "application/json"})

    answer = client.post("/en/sign-in/2fa/webauthn/login/", {"credential": credential})

    assert answer.status_code == 302
    assert not is_in(client)


def test_a_made_up_passkey_is_not_added(alice: Person) -> None:
    client = browser()
    client.get("/en/sign-in/2fa/webauthn/add/")

    for credential in ('{"id": "x"}', '["a"]'):
        assert client.post("/en/sign-in/2fa/webauthn/add/", {"name": "K", "credential": credential}).status_code == 200
    with scope.identity():
        assert not Authenticator.objects.exists()


def test_without_script_the_pages_say_plainly_what_passkeys_need(alice: Person) -> None:
    page = BeautifulSoup(browser().get("/en/sign-in/2fa/webauthn/add/").content, "lxml")

    assert "Passkeys need JavaScript" in page.select(".app-without-script")[0].get_text()
    assert page.select("form.app-with-script #mfa_webauthn_add")
