"""Signing in with one's company: members come in, into that company's account alone, and nobody else does.

The provider is a real one on loopback (`tests.accounts.oidc`); a dishonest one is the honest one with a thing changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt
import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, CompanyIdentity, Member, OutgoingMail
from accounts.roles import Role
from ecship import companies
from security import alarms, live, scope
from security.warrants import Warrant
from tests.accounts.factors import CODE, App, give_app, show_code
from tests.accounts.oidc import CLIENT, SECRET, Company, key, running, signed
from tests.conftest import PASSWORD, Person, make_person
from tests.mailbox import deliver
from tests.pages import Page

pytestmark = pytest.mark.django_db
START = "/en/sign-in/company/"
BACK = "/company-sign-in/sample/"
OWN_PAGES = [
    "account_email", "account_change_password", "account_set_password", "mfa_index", "mfa_activate_totp",
    "usersessions_list", "accounts:you", "accounts:open", "mfa_view_recovery_codes",
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Company]:
    with running() as company:
        yield company


def settings_of(company: Company, person: Person, **more: Any) -> dict[str, Any]:
    return {
        "name": "sample", "label": "Sample Trading", "issuer": company.issuer, "client_id": CLIENT,
        "client_secret": SECRET, "account": str(person.account.pk), "domains": ["example.com"], **more,
    }  # fmt: skip


@pytest.fixture
def company(server: Company, alice: Person, settings: Any) -> Company:
    """The provider of Alice's business, honest again."""
    server.document, server.answers, server.sign = {}, {}, signed
    server.asked_for.clear()
    settings.OIDC_PROVIDERS = [settings_of(server, alice)]
    return server


def leave(client: Client, email: str = "alice@example.com", **more: str) -> str:
    """Return the address that somebody is sent to."""
    page = Page(client.post(START, {"email": email, **more}))
    assert page.status == 200
    return str(page.one("main a.govuk-button")["href"])


def come_in(company: Company, client: Client | None = None, **claims: Any) -> tuple[Client, Any]:
    """Sign in at the provider, and come back."""
    client = client or Client()
    return client, client.get(f"{BACK}?{company.sign_in(leave(client), **claims)}")


def is_in(client: Client) -> bool:
    return client.get("/en/address-books/").status_code == 200


NOTED: list[str] = []


def reasons() -> list[str]:
    """Return why those were refused whom this test saw refused, as the security events have it."""
    return NOTED


@pytest.fixture(autouse=True)
def _noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at what is noted on its way: the role that may read it sees no test's uncommitted rows."""
    NOTED.clear()
    note = alarms.note

    def look(**event: Any) -> None:
        if event["kind"] == "sign_in.failed":
            NOTED.append(event["data"]["reason"])
        note(**event)

    monkeypatch.setattr(alarms, "note", look)


# The honest way ----------------------------------------------------------------------------------------------


def test_a_member_comes_in_and_is_told_the_first_time(company: Company, alice: Person) -> None:
    client, answer = come_in(company)

    assert answer.status_code == 302, NOTED
    assert is_in(client)
    with scope.identity():
        assert CompanyIdentity.objects.get().user_id == alice.user.pk
        assert OutgoingMail.objects.filter(kind="company_linked").count() == 1

    again, _ = come_in(company)
    assert is_in(again)
    with scope.identity():
        assert OutgoingMail.objects.filter(kind="company_linked").count() == 1
    assert "You signed in with your company for the first time" in [letter.subject for letter in deliver()]


def test_what_is_asked_of_the_provider_is_bound_to_this_browser_and_this_wish(company: Company) -> None:
    one, other = (parse_qs(urlsplit(leave(Client())).query) for _ in range(2))

    assert one["response_type"] == ["code"]
    assert one["scope"] == ["openid email"]
    assert one["code_challenge_method"] == ["S256"]
    assert one["redirect_uri"] == other["redirect_uri"] == [f"http://127.0.0.1:8000{BACK}"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name][0]) >= 43
        assert one[name] != other[name]


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_one_comes_back_in_ones_language_to_where_one_was_going(company: Company, language: str) -> None:
    client = Client()
    page = Page(client.post(f"/{language}/sign-in/company/", {"email": "alice@example.com"}))
    page.check()
    address = str(page.one("main a.govuk-button")["href"])

    assert client.get(f"{BACK}?{company.sign_in(address)}")["Location"] == f"/{language}/"


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_each_page_is_whole_in_each_language(company: Company, language: str) -> None:
    start, at = f"/{language}/sign-in/company/", f"/{language}/sign-in/company/sample/"
    for answer, status in (
        (Client().get(start), 200),
        (Client().post(start, {"email": "alice@elsewhere.example"}), 200),
        (Client().get(at), 200),
        (Client().get(BACK, headers={"accept-language": language}), 403),
        (come_in(company)[0].get(f"/{language}/sign-in/email/"), 403),
    ):
        Page(answer).check(status)
    company.answers["/.well-known/openid-configuration"] = (500, b"", {})
    cache.clear()
    Page(Client().get(at)).check(503)


def test_one_goes_on_where_one_was_going_and_nowhere_else(company: Company) -> None:
    for page, leads_to in (("/en/address-books/", "/en/address-books/"), ("https://evil.example/", "/en/")):
        client = Client()
        address = leave(client, next=page)
        assert client.get(f"{BACK}?{company.sign_in(address)}")["Location"] == leads_to


def test_it_is_off_until_it_is_set(company: Company, settings: Any) -> None:
    assert "Sign in with your company" in Client().get("/en/sign-in/login/").content.decode()
    settings.OIDC_PROVIDERS = []

    assert "Sign in with your company" not in Client().get("/en/sign-in/login/").content.decode()
    for address in (START, f"{START}sample/", BACK):
        assert Client().get(address).status_code == 404


def test_an_address_tells_its_domain_and_nothing_more(company: Company) -> None:
    known, unknown = (Client().post(START, {"email": f"{name}@example.com"}) for name in ("alice", "nobody"))
    elsewhere = Page(Client().post(START, {"email": "alice@elsewhere.example"}))

    assert known.status_code == unknown.status_code == 200
    assert len(known.content) - len("alice") == len(unknown.content) - len("nobody")
    assert "No company has set this up" in elsewhere.text
    assert company.asked_for.count("/.well-known/openid-configuration") == 1, "it is asked once in ten minutes"


def test_a_company_has_an_address_of_its_own_to_begin_at(company: Company) -> None:
    client = Client()
    page = Page(client.get(f"{START}sample/"))
    answer = client.get(f"{BACK}?{company.sign_in(str(page.one('main a.govuk-button')['href']))}")

    assert answer.status_code == 302
    assert is_in(client)


# Dishonest ways ----------------------------------------------------------------------------------------------

NOW = int(time.time())
LIES: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"iss": "https://elsewhere.example"}, "token"),
    "the issuer with a slash more": ({"iss": "{issuer}/"}, "token"),
    "another client": ({"aud": "somebody else"}, "token"),
    "several clients": ({"aud": [CLIENT, "somebody else"]}, "audience"),
    "for another client": ({"aud": [CLIENT, "somebody else"], "azp": "somebody else"}, "audience"),
    "another wish": ({"nonce": "another"}, "nonce"),
    "no wish": ({"nonce": None}, "nonce"),
    "over": ({"exp": NOW - 3600}, "token"),
    "made long ago": ({"iat": NOW - 3600}, "old"),
    "nobody": ({"sub": None}, "token"),
    "an empty nobody": ({"sub": ""}, "subject"),
    "an address that is not verified": ({"email_verified": False}, "unverified"),
    "an address of which it is not said": ({"email_verified": None}, "unverified"),
    "an address that is said to be verified in words": ({"email_verified": "true"}, "unverified"),
    "no address": ({"email": None}, "unverified"),
    "an address of another domain": ({"email": "alice@elsewhere.example"}, "domain"),
    "an address of a domain below": ({"email": "alice@mail.example.com"}, "domain"),
    "an address nobody has": ({"email": "nobody@example.com"}, "nobody"),
    "a stranger": ({"email": "charlie@example.com"}, "no_member"),
    "staff": ({"email": "dana@example.com"}, "nobody"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_true_lets_nobody_in(company: Company, charlie: Person, dana: Person, lie: str) -> None:
    claims, reason = LIES[lie]
    filled: dict[str, Any] = {
        k: v.format(issuer=company.issuer) if isinstance(v, str) else v for k, v in claims.items()
    }
    client, answer = come_in(company, **filled)

    assert answer.status_code == 403
    assert "did not lead to a member" in answer.content.decode()
    assert not is_in(client)
    assert reasons() == [reason]
    with scope.identity():
        assert not CompanyIdentity.objects.exists()


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "", algorithm="none")


def by_the_clients_secret(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, SECRET * 3, algorithm="HS256", headers={"kid": "first"})


def cut(claims: dict[str, Any]) -> str:
    return signed(claims).rpartition(".")[0] + "."


def changed(claims: dict[str, Any]) -> str:
    head, _, rest = signed({**claims, "sub": "other"}).partition(".")
    return f"{head}.{signed(claims).split('.')[1]}.{rest.rpartition('.')[2]}"


def with_a_key_inside(claims: dict[str, Any]) -> str:
    public = jwt.algorithms.ECAlgorithm.to_jwk(key("thief").public_key(), as_dict=True)
    return jwt.encode(claims, key("thief"), algorithm="ES256", headers={"kid": "thief", "jwk": public})


@pytest.mark.parametrize(
    ("sign", "reason"),
    [
        (unsigned, "algorithm"),
        (by_the_clients_secret, "algorithm"),
        (lambda claims: signed(claims, by="thief"), "token"),
        (lambda claims: signed(claims, by="thief", kid="thief"), "key"),
        (with_a_key_inside, "key"),
        (cut, "token"),
        (changed, "token"),
        (lambda claims: "no token", "token"),
    ],
    ids=["unsigned", "secret", "other key", "unknown key", "key inside", "cut", "changed", "none"],
)
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    company: Company, sign: Callable[[dict[str, Any]], str], reason: str
) -> None:
    company.sign = sign
    client, answer = come_in(company)

    assert (answer.status_code, is_in(client)) == (403, False)
    assert reasons() == [reason]


def test_everybody_who_is_refused_reads_the_same(company: Company, charlie: Person) -> None:
    pages = {come_in(company, **LIES[lie][0])[1].content for lie in ("a stranger", "an address nobody has", "staff")}

    assert len({page.partition(b"<main")[2].partition(b"</main>")[0] for page in pages}) == 1


def test_an_answer_is_taken_once_and_in_its_own_browser(company: Company) -> None:
    client = Client()
    query = company.sign_in(leave(client))
    assert client.get(f"{BACK}?{query}").status_code == 302

    thief = Client()
    assert thief.get(f"{BACK}?{query}").status_code == 403  # no wish at all
    address = leave(thief)
    state = parse_qs(urlsplit(address).query)["state"][0]
    code = parse_qs(query)["code"][0]
    assert thief.get(f"{BACK}?code={code}&state={state}").status_code == 403  # the code was used, and is another's
    assert thief.get(f"{BACK}?{company.sign_in(address)}").status_code == 403  # the wish was used up
    assert not is_in(thief)
    assert reasons() == ["no_wish", "answer", "no_wish"]


def test_a_code_of_another_browser_does_not_fit_this_ones_wish(company: Company) -> None:
    victim, thief = Client(), Client()
    stolen = parse_qs(company.sign_in(leave(victim)))["code"][0]
    state = parse_qs(urlsplit(leave(thief)).query)["state"][0]

    assert thief.get(f"{BACK}?code={stolen}&state={state}").status_code == 403
    assert reasons() == ["answer"]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("code=x&state=wrong", "state"), ("code=x", "state"), ("state={state}", "cancelled"),
        ("error=access_denied&state={state}", "cancelled"),
        ("code=x&state={state}&iss=https://elsewhere.example", "issuer"),
    ],
)  # fmt: skip
def test_what_does_not_answer_the_wish_is_refused_unasked(company: Company, query: str, reason: str) -> None:
    client = Client()
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]

    assert client.get(f"{BACK}?{query.format(state=state)}").status_code == 403
    assert reasons() == [reason]
    assert "/token" not in company.asked_for


def test_an_answer_that_comes_late_is_refused(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.views.company.WISH_SECONDS", -1)

    assert come_in(company)[1].status_code == 403
    assert reasons() == ["late"]


# Providers that are not well ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://elsewhere.example"}, {"authorization_endpoint": "ftp://127.0.0.1/"},
        {"authorization_endpoint": None}, {"authorization_endpoint": "javascript:alert(1)"},
    ],
)  # fmt: skip
def test_a_provider_that_is_not_who_it_should_be_is_not_gone_to(company: Company, document: dict[str, Any]) -> None:
    company.document = document

    assert Client().post(START, {"email": "alice@example.com"}).status_code == 503


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"{}", {}), (200, b"no json", {}), (200, b"[]", {}), (200, b"[" * 300_000, {}),
        (302, b"", {"Location": "http://127.0.0.1:1/elsewhere"}),
    ],
)  # fmt: skip
def test_a_provider_that_is_not_well_is_not_asked_again_at_once(
    company: Company, answer: tuple[int, bytes, dict[str, str]]
) -> None:
    company.answers["/.well-known/openid-configuration"] = answer
    for _ in range(2):
        assert Client().post(START, {"email": "alice@example.com"}).status_code == 503

    assert company.asked_for == ["/.well-known/openid-configuration"]


# Who somebody is ---------------------------------------------------------------------------------------------


def test_a_member_is_known_by_the_providers_id_whatever_their_address_becomes(company: Company) -> None:
    come_in(company)

    assert is_in(come_in(company, email="alice.wong@elsewhere.example", email_verified=False)[0])


def test_somebody_new_with_an_old_address_is_not_who_had_it(company: Company) -> None:
    come_in(company)
    client, answer = come_in(company, sub="sub-2")

    assert (answer.status_code, is_in(client)) == (403, False)
    assert reasons() == ["another_subject"]


def test_the_operator_can_let_it_be_bound_anew(company: Company) -> None:
    come_in(company)
    call_command("unlink_company", email="alice@example.com", verbosity=0)

    assert is_in(come_in(company, sub="sub-2")[0])


def test_one_companys_provider_vouches_for_no_other_company(
    company: Company, alice: Person, charlie: Person, settings: Any
) -> None:
    """Both use the same provider; the same id there opens each company's own account, and only to its members."""
    other = settings_of(company, charlie, name="other", domains=["other.example"])
    settings.OIDC_PROVIDERS = [settings_of(company, alice), other]
    come_in(company)

    client = Client()
    address = str(Page(client.get(f"{START}other/")).one("main a.govuk-button")["href"])
    assert client.get(f"/company-sign-in/other/?{company.sign_in(address)}").status_code == 403
    assert not is_in(client)

    mixed = Client()
    query = company.sign_in(leave(mixed))
    assert mixed.get(f"/company-sign-in/other/?{query}").status_code == 403
    assert not is_in(mixed)


# What such a session may do ----------------------------------------------------------------------------------


@pytest.fixture
def both(alice: Person) -> Person:
    """Works for Alice, and has an account of her own."""
    erin = make_person("erin")
    with scope.identity():
        Member.objects.create(account=alice.account, user=erin.user, role=Role.MANAGER)
        erin.user.active_account_id = erin.account.pk
        erin.user.save(update_fields=["active_account_id"])
    return erin


def test_it_acts_in_the_companys_account_alone(company: Company, both: Person, alice: Person) -> None:
    client, _ = come_in(company, email="erin@example.com")

    assert client.get("/api/v1/me/").json()["account"]["id"] == str(alice.account.pk)
    assert client.post(reverse("accounts:switch", args=[both.account.pk])).status_code == 403
    assert client.get("/api/v1/me/").json()["account"]["id"] == str(alice.account.pk)
    assert both.account.name not in client.get("/en/").content.decode()


@pytest.mark.parametrize("name", OWN_PAGES)
def test_what_belongs_to_the_person_is_closed(company: Company, both: Person, name: str) -> None:
    client, _ = come_in(company, email="erin@example.com")

    for answer in (client.get(reverse(name)), client.post(reverse(name), {"email": "thief@example.com"})):
        assert answer.status_code in {403, 405}, answer.request["PATH_INFO"]


def test_every_page_about_oneself_is_closed_but_for_those_that_take_nothing(company: Company) -> None:
    from accounts.company import sessions
    from security.marks import Door
    from tests.walls.corpus import addresses

    own = {address.name for address in addresses() if (mark := address.mark("POST")) and mark.door is Door.IDENTITY}
    assert {name for name in own if name in sessions.OPEN} == sessions.OPEN
    assert len(own) > 15


def test_it_is_no_proof_of_who_one_is_where_that_is_asked_again(company: Company, both: Person) -> None:
    client, _ = come_in(company, email="erin@example.com")
    invite = reverse("accounts:invite")
    asked = client.post(invite, {"email": "friend@example.com", "role": "clerk"})
    assert "reauthenticate" in asked["Location"]

    client.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})
    assert client.post(invite, {"email": "friend@example.com", "role": "clerk"})["Location"] == "/en/account/"
    assert client.get(reverse("account_email")).status_code == 403, "it stays the company's session"


def test_who_leaves_the_company_has_nothing_left(company: Company, both: Person, alice: Person) -> None:
    client, _ = come_in(company, email="erin@example.com")
    assert is_in(client)
    with scope.identity():
        Member.objects.filter(user=both.user, account=alice.account).delete()

    assert not is_in(client)
    assert come_in(company, email="erin@example.com")[1].status_code == 403


def test_a_suspended_member_does_not_come_in_and_does_not_stay_in(company: Company, alice: Person) -> None:
    client, _ = come_in(company)
    with scope.identity():
        live.suspend(alice.user.pk)

    assert client.get("/en/address-books/").status_code == 403
    again, _ = come_in(company)
    assert again.get("/en/address-books/").status_code == 403


def test_a_deactivated_member_does_not_come_in(company: Company, alice: Person) -> None:
    with scope.identity():
        type(alice.user).objects.filter(pk=alice.user.pk).update(is_active=False)

    assert come_in(company)[1].status_code == 403


def test_a_session_begun_with_the_password_afterwards_is_the_persons_own(company: Company, both: Person) -> None:
    client, _ = come_in(company, email="erin@example.com")
    client.post("/en/sign-in/logout/")
    client.post("/en/sign-in/login/", {"login": "erin@example.com", "password": PASSWORD})

    assert client.get(reverse("account_email")).status_code == 200


# Second factors ----------------------------------------------------------------------------------------------


@pytest.fixture
def app(alice: Person) -> App:
    return give_app(alice)


def test_ones_own_factor_is_asked_for_as_after_a_password(company: Company, app: App) -> None:
    client, answer = come_in(company, amr=["pwd", "mfa"])
    assert answer["Location"] == CODE
    assert not is_in(client)

    show_code(client, app.code())
    assert is_in(client)
    assert client.get(reverse("mfa_index")).status_code == 403, "it is the company's session still"


def test_it_is_not_asked_for_where_the_companys_counts_and_was_shown(
    company: Company, app: App, alice: Person, settings: Any
) -> None:
    settings.OIDC_PROVIDERS = [settings_of(company, alice, second_factor=["mfa", "urn:sample:strong"])]

    assert is_in(come_in(company, amr=["pwd", "mfa"])[0])
    assert is_in(come_in(company, acr="urn:sample:strong")[0])
    for weak in ({"amr": ["pwd"]}, {"amr": "mfa"}, {"acr": ["mfa"]}, {}):
        assert come_in(company, **weak)[1]["Location"] == CODE


def test_a_business_that_asks_for_a_factor_asks_it_here_too(company: Company, alice: Person, settings: Any) -> None:
    with alice.scope(), scope.warrant(Warrant.ACCOUNT):
        Account.objects.filter(pk=alice.account.pk).update(factor_required_from=timezone.now())
    closed = come_in(company)[0].get("/en/address-books/")
    settings.OIDC_PROVIDERS = [settings_of(company, alice, second_factor=["mfa"])]

    assert (closed.status_code, "Set up a second factor" in closed.content.decode()) == (403, True)
    assert is_in(come_in(company, amr=["mfa"])[0])


def test_who_has_not_shown_the_password_cannot_say_that_the_factor_is_lost(company: Company, app: App) -> None:
    client, _ = come_in(company)

    assert client.get("/en/sign-in/2fa/lost/").status_code == 403
    assert client.post("/en/sign-in/2fa/lost/").status_code == 403


# The setting -------------------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {
    "name": "sample", "label": "Sample Trading", "issuer": "https://login.sample.example", "client_id": "ecship",
    "client_secret": "secret", "account": str(uuid4()), "domains": ["sample.example"],
}  # fmt: skip


def read(*items: dict[str, Any], production: bool = True) -> list[dict[str, Any]]:
    import json

    return companies.read(json.dumps(items), "", production=production)


def test_what_is_right_is_read(tmp_path: Any) -> None:
    assert read(GOOD) == [GOOD]
    assert companies.read("", "", production=True) == []
    (tmp_path / "providers.json").write_text("[]")
    assert companies.read("", str(tmp_path / "providers.json"), production=True) == []
    local = {**GOOD, "issuer": "http://127.0.0.1:9999"}
    assert read(local, production=False) == [local]


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://login.sample.example"}, {"issuer": "http://127.0.0.1:9999"}, {"issuer": "https://10.0.0.7"},
        {"issuer": "https://127.0.0.1"}, {"issuer": "https://[::1]"}, {"issuer": "https://localhost"},
        {"issuer": "https://metadata.google.internal"}, {"issuer": "https://169.254.169.254"},
        {"issuer": "https://a@login.sample.example"}, {"issuer": "https://login.sample.example?x=1"}, {"issuer": "x"},
        {"issuer": ""}, {"name": "Sample"}, {"name": "a/b"}, {"account": "7"}, {"domains": []}, {"domains": "x.org"},
        {"domains": ["Sample.example"]}, {"domains": ["example"]}, {"client_secret": ""}, {"second_factor": "mfa"},
        {"secret": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_stops_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured, match="OIDC_PROVIDERS"):
        read({**GOOD, **wrong})


def test_nothing_stands_there_twice() -> None:
    other = {**GOOD, "name": "other", "account": str(uuid4()), "domains": ["other.example"]}
    assert len(read(GOOD, other)) == 2
    for same in ("name", "account", "domains"):
        with pytest.raises(ImproperlyConfigured, match="twice"):
            read(GOOD, {**other, same: GOOD[same]})
    for text in ("{", "{}", "[1]"):
        with pytest.raises(ImproperlyConfigured, match="JSON"):
            companies.read(text, "", production=True)


def test_a_secret_is_never_shown(company: Company) -> None:
    from accounts.company import providers

    assert SECRET not in repr(providers.every())
