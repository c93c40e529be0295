"""Every page, mail, refusal and document in a language of brackets: what stands outside of them is not translated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as site_settings
from django.contrib.auth import SESSION_KEY
from django.db import connections
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client
from django.urls import clear_url_caches
from django.utils import timezone, translation

from accounts import keys
from accounts import services as accounts
from accounts.models import FactorRecovery, Member, SignUp
from accounts.roles import KEY_SCOPES, Role, StaffRole
from accounts.sessions import SessionStore
from accounts.teams import services as teams
from addressbook import countries, team_sharing
from addressbook import services as books
from addressbook.districts import DISTRICTS
from addressbook.imports.models import Import, State
from addressbook.imports.reading.encodings import CHOICES as ENCODINGS
from addressbook.models import AddressBook, Contact
from ecship import messages_build
from ecship.templatetags import site
from security import live, scope
from security.problems import TITLES, problem
from shipments import services as shipments
from shipments.models import Batch, BatchState, Destination, Shipment, TariffEdition
from shipments.together import services as together
from tests.accounts.copies_made import made_copy
from tests.accounts.integrated import integrator_of, link_to
from tests.accounts.test_letters import LETTERS, written
from tests.addressbook.exports.made import made_export
from tests.addressbook.imports.made import upload_read
from tests.conftest import PASSWORD, Person, make_person
from tests.console import SETTINGS, ConsoleClient
from tests.labels.reading import one_line
from tests.shipments.booking import LONDON, NEW_YORK, SENDER, make_booked, make_draft
from tests.site.pseudo import CODE, TAG, Escapes
from tests.tracking.hooks import made_webhook, told, waiting
from tests.walls.corpus import Address, addresses, console_addresses
from tracking import services as tracking

pytestmark = pytest.mark.django_db
HOME = f"/{CODE}/"
CONSOLE_COOKIE = str(SETTINGS["SESSION_COOKIE_NAME"])
STEPS = ("sender", "recipient", "contents", "customs", "service")


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pseudo")
    messages_build.build_pseudo(folder)
    return folder


@pytest.fixture
def brackets(catalogue: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The site with one more language, which only tests add."""
    settings.LANGUAGES = [*settings.LANGUAGES, (CODE, "Brackets")]
    settings.LOCALE_PATHS = [catalogue, *settings.LOCALE_PATHS]
    monkeypatch.setitem(site.NAMES, CODE, "⟦Brackets⟧")
    monkeypatch.setitem(site.TAGS, CODE, TAG)
    clear_url_caches()
    with translation.override(CODE):
        yield
    clear_url_caches()


def test_the_language_of_tests_is_not_the_sites() -> None:
    assert [code for code, _name in site_settings.LANGUAGES] == ["en", "zh-hant", "zh-hans"]
    assert Client().get(HOME).status_code == 404


# What there is to walk -----------------------------------------------------------------------------------------


class Furnished:
    """Alice's account with something of everything, and whoever else looks at pages."""

    def __init__(self) -> None:
        self.alice = make_person("alice")
        self.staff = {role: make_person(role, staff_role=role) for role in StaffRole.values if role}
        bob = make_person("bob", account=self.alice.account, role=Role.CLERK)
        now = timezone.now()
        with self.alice.scope() as active:
            book = books.default_book(now=now)
            few = books.create_book(name="Few", access=AddressBook.Access.RESTRICTED, now=now)
            books.share_book(book=few, email=bob.user.email, level="manage")
            team = teams.create_team(name="Warehouse", now=now)
            teams.put_in(team=team, members=list(Member.objects.filter(user=bob.user)), now=now)
            team_sharing.share_with_team(book=few, team_id=team.pk, level="view", now=now)
            contact = Contact(book=book, country="HK", can_send=True, created_at=now, updated_at=now)
            contact.name, contact.lines, contact.tags = SENDER["name"], SENDER["lines"], ["Friends"]
            contact.save()
            self.booked = make_booked(now=now)
            self.draft = make_draft(now=now)
            self.empty = make_draft({}, now=now)
            self.cancelled = make_booked(now=now)
            shipments.cancel_shipment(shipment_id=self.cancelled.pk, now=now)
            key, self.token = keys.create_api_key(
                account=self.alice.account, by=self.alice.user, name="Warehouse", scopes=list(KEY_SCOPES)
            )
            integrator, _secret = integrator_of(self.alice, "warehouse")
            invitation = accounts.invite(email="guest@example.net", role=Role.CLERK, by=self.alice.user.pk, now=now)
            member = Member.objects.get(account_id=active.account, user_id=bob.user.pk)
            run = upload_read(book, "Warehouse", now)
            export = made_export(book, "Warehouse", now, by=self.alice.user.pk)
            open_batch, self.made_batch = self._batches(contact, now)
            hook = made_webhook("https://hooks.example.com/", now, by=self.alice.user.pk, failing_since=now)
            off = {"state": "off", "reason": "failing"}
            made_webhook("https://hooks.example.com/", now, by=self.alice.user.pk, description="Warehouse", **off)
            delivery = told(hook, now, shipment=self.booked)
            waiting(hook, now, attempts=1, failure="status", status_code=500)
            self.values: dict[str, Any] = {
                "batch_id": open_batch,
                "book_id": book.pk, "contact_id": contact.pk, "shipment_id": self.booked.pk, "user_id": bob.user.pk,
                "account_id": active.account, "member_id": member.pk, "invitation_id": invitation.pk, "key_id": key.pk,
                "import_id": run.pk,
                "integrator_id": integrator.pk,
                "team_id": team.pk,
                "export_id": export.pk,
                "webhook_id": hook.pk,
                "delivery_id": delivery.pk,
                "copy_id": made_copy("Warehouse", now, by=self.alice.user.pk).pk,
                "number": self.booked.item_number, "key": "sender", "token": invitation.token,
            }  # fmt: skip
        self.values["wish_id"] = self._lost(now)
        self.values["link_id"] = link_to(self.alice, integrator)
        self.book, self.few = book, few
        number = str(self.booked.item_number)
        for code, at in (("EMA", now - timedelta(hours=5)), ("EMC", now - timedelta(hours=3))):
            tracking.record_event(item_number=number, code=code, at=at, place="HKG", reason="", by="test", now=now)

    def _batches(self, contact: Contact, now: datetime) -> tuple[UUID, UUID]:
        """What is put together for Alice's contact, and what was made: a draft that was not booked, and an item."""
        begun = together.begin(contacts=[contact], now=now)
        made = Batch(state=BatchState.MADE, rows=2, created_at=now, updated_at=now)
        draft, booked = make_draft(now=now), make_booked(now=now)
        made.failures = {str(draft.pk): "no_numbers"}
        made.save()
        Shipment.objects.filter(pk__in=[draft.pk, booked.pk]).update(batch=made)
        return begun.pk, made.pk

    def _lost(self, now: datetime) -> UUID:
        """Bob has lost a factor, and waits."""
        told = [{"kind": "recovery_asked", "at": now.isoformat(), "count": 2}]
        with scope.identity():
            bob = Member.objects.select_related("user").get(user__email="bob@example.com").user
            ready = now + timedelta(hours=72)
            return FactorRecovery.objects.create(
                user=bob, asked_at=now, ready_at=ready, told_at=now, letters=told, source_block="192.0.2.0/24"
            ).pk

    def data(self) -> set[str]:
        """What people typed, and the names that tables hold in each language: no catalogue has them."""
        typed = {
            "Chan Tai Man",
            *("hooks.example.com", "https://hooks.example.com/"),
            "Few",
            "Friends",
            "Warehouse",
            "warehouse",
            "alice@example.com",
            *("Warehouse.csv", "Warehouse 1", "Warehouse 2"),
            *ENCODINGS.values(),
            "guest@example.net",
            "Alice Trading",
            "T-4711",
            "Asked to look.",
            "Alice",
            "Bob",
            "B•••",
            "Fine & good",
            "again",
            "b•••@e•••",
            *(role.title() for role in StaffRole.values),
        }
        for party in (SENDER, LONDON, NEW_YORK):
            typed |= {value for value in party.values() if isinstance(value, str) and len(value) > 3}
            typed |= set(party["lines"])
        typed.add("Cotton shirt for men")
        named = {str(name) for _code, name in countries.choices()} | {item.name for item in DISTRICTS}
        named |= {place.english for place in Destination.objects.all()}
        named |= set(TariffEdition.objects.values_list("source", flat=True))
        # Addresses are written with the country in capitals, and the town where its country does so (UPU S42).
        return typed | named | {name.upper() for name in typed | named}


@pytest.fixture
def house(brackets: None) -> Furnished:
    return Furnished()


@pytest.fixture
def escapes(house: Furnished) -> Escapes:
    return Escapes(data=house.data())


def pages(*, of_console: bool = False) -> list[Address]:
    listed = console_addresses() if of_console else addresses()
    return [address for address in listed if address.route.startswith("en/")]


def path_of(address: Address, values: dict[str, Any]) -> str:
    return filled(address, values).replace("/en/", HOME, 1)


def filled(address: Address, values: dict[str, Any]) -> str:
    """Fill in what there is; a parameter that nothing here has gets what no row has."""
    return address.fill({**dict.fromkeys(address.parameters, "x"), **values})


def visit(escapes: Escapes, client: Client, path: str, method: str = "GET", data: Any = None) -> int:
    client.raise_request_exception = False
    response = client.generic(
        method, path, data or "", content_type="application/x-www-form-urlencoded", headers={"Accept-Language": CODE}
    )
    body = response.content.decode("utf-8", "replace") if not response.streaming else ""
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("text/html"):
        escapes.look_at_page(f"{method} {path} {response.status_code}", body)
    elif kind.startswith("text/plain") and path not in {"/healthz", "/robots.txt"}:
        escapes.look_at_text(f"{method} {path} {response.status_code}", body)
    return response.status_code


# Pages -----------------------------------------------------------------------------------------------------


def sign_in(person: Person) -> Client:
    """Sign in by the page, so that pages which ask for a fresh password are open too."""
    client = Client()
    client.post(f"{HOME}sign-in/login/", {"login": person.user.email, "password": PASSWORD})
    return client


def has_session(client: Client, cookie: str) -> bool:
    """Tell whether somebody is signed in still, without asking for a page."""
    return cookie in client.cookies and SESSION_KEY in SessionStore(client.cookies[cookie].value)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("who", ["nobody", "owner"])
def test_every_page_is_translated(house: Furnished, escapes: Escapes, who: str, method: str) -> None:
    person = {"nobody": None, "owner": house.alice}[who]
    client = sign_in(person) if person else Client()
    seen = 0
    for address in pages():
        if address.name in ENDING:
            continue
        seen += visit(escapes, client, path_of(address, house.values), method) < 300
        if method == "POST" and person and not has_session(client, site_settings.SESSION_COOKIE_NAME):
            client = sign_in(person)  # the form has ended the session

    assert not escapes.found, escapes.report()
    assert seen > {"GET": {"nobody": 12, "owner": 35}, "POST": {"nobody": 2, "owner": 12}}[method][who]


def with_a_case(house: Furnished, role: str) -> dict[str, Any]:
    """Let somebody who may do so open a case for Alice's account, through the page, and have something to show."""
    typed = {"account_id": house.values["account_id"], "ticket": "T-4711", "reason": "Asked to look."}
    answer = house.staff[role].client.post("/en/cases/open/", typed) if role in house.staff else None
    if answer is None or answer.status_code != 302 or "/cases/" not in answer["Location"]:
        return house.values
    case_id = answer["Location"].rstrip("/").rsplit("/", 1)[1]
    return {**house.values, "case_id": case_id, "name": "contact", "row_id": house.values["contact_id"]}


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
@pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("role", ["nobody", *(role for role in StaffRole.values if role)])
def test_every_page_of_the_console_is_translated(house: Furnished, escapes: Escapes, role: str, method: str) -> None:
    client = house.staff[role].client if role in house.staff else ConsoleClient()
    values, seen = with_a_case(house, role), 0
    for address in pages(of_console=True):
        seen += visit(escapes, client, path_of(address, values), method) < 300
        if method == "POST" and role in house.staff and not has_session(client, CONSOLE_COOKIE):
            with scope.identity():
                client.force_login(house.staff[role].user, backend="accounts.backends.EmailBackend")

    assert not escapes.found, escapes.report()
    # allauth's own download breaks where it is POSTed to and there are no codes.
    assert not [place for place in escapes.looked_at if place.endswith(" 500") and "/2fa/" not in place]
    least = {"GET": {"postal": 20, "support": 12, "security": 14, "auditor": 9}, "POST": {"postal": 3, "security": 1}}
    assert seen >= least[method].get(role, 1 if method == "GET" else 0)


# What would take away what the others show; each is looked at by itself below.
ENDING = {
    "accounts:dissolve-team",
    "accounts:end-integrator",
    "accounts:end-integrator-link",
    "accounts:end-key",
    "accounts:leave",
    "accounts:remove",
    "accounts:withdraw",
    "addressbook:delete-contact",
}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_step_of_the_wizard_is_translated(house: Furnished, escapes: Escapes, method: str) -> None:
    client = house.alice.client
    for draft in (house.draft, house.empty):
        at = f"{HOME}shipments/{draft.pk}/"
        for step in STEPS:
            visit(escapes, client, f"{at}{step}/", method)
            visit(escapes, client, f"{at}{step}/", "POST", "action=more&country=??&weight_g=x&items-TOTAL_FORMS=2")
            visit(escapes, client, f"{at}{step}/", "POST", "country=GB&postcode=?&weight_g=999999&length_mm=9&phone=1")
        visit(escapes, client, f"{at}review/", method)
        visit(escapes, client, f"{at}", "GET")
        visit(escapes, client, f"{at}delete/", "GET")

    assert not escapes.found, escapes.report()
    assert len(escapes.looked_at) > 15


def test_what_was_shipped_together_is_translated(house: Furnished, escapes: Escapes) -> None:
    client, made = house.alice.client, f"{HOME}shipments/together/{house.made_batch}/"
    begun = f"{HOME}shipments/together/{house.values['batch_id']}/"
    visit(escapes, client, f"{begun}recipients/", "POST")
    for key, typed in (("contents", "contents=goods&weight_g=500"), ("customs", "items-TOTAL_FORMS=2"), ("by", "x=1")):
        visit(escapes, client, f"{begun}{key}/", "POST", typed)
    statuses = [visit(escapes, client, path) for path in (begun, f"{begun}by/", made, f"{made}delete/")]
    with house.alice.scope():
        Batch.objects.filter(pk=house.made_batch).update(state=BatchState.BOOKING)
    statuses.append(visit(escapes, client, made))
    with house.alice.scope():
        Batch.objects.filter(pk=house.made_batch).update(failure="stopped")
    statuses.append(visit(escapes, client, made))

    assert statuses == [200] * 6
    assert not escapes.found, escapes.report()


def test_an_import_that_is_done_and_its_undo_are_translated(house: Furnished, escapes: Escapes) -> None:
    client, now = house.alice.client, timezone.now()
    with house.alice.scope():
        run = upload_read(house.book, "Warehouse", now, is_done=True)

    statuses = [visit(escapes, client, f"{HOME}imports/{run.pk}/{page}") for page in ("", "undo/")]
    with house.alice.scope():
        Import.objects.filter(pk=run.pk).update(state=State.UNDONE, undone_at=now)
    statuses.append(visit(escapes, client, f"{HOME}imports/{run.pk}/"))

    assert statuses == [200, 200, 200]
    assert not escapes.found, escapes.report()


def test_pages_that_end_something_are_translated(house: Furnished, escapes: Escapes) -> None:
    client, account = sign_in(house.alice), f"{HOME}account/"
    values = house.values
    for path in (
        f"{account}leave/",
        f"{account}keys/{values['key_id']}/end/",
        f"{account}integrators/links/{values['link_id']}/end/",
        f"{account}integrators/{values['integrator_id']}/end/",
        f"{account}webhooks/{values['webhook_id']}/delete/",
        f"{account}teams/{values['team_id']}/dissolve/",
        f"{account}members/{values['member_id']}/remove/",
        f"{HOME}contacts/{values['contact_id']}/delete/",
        f"{HOME}shipments/{house.booked.pk}/cancel/",
        f"{HOME}address-books/{house.few.pk}/settings/",
        f"{HOME}address-books/{house.few.pk}/delete/",
    ):
        assert visit(escapes, client, path) == 200, path
        visit(escapes, client, path, "POST")
        visit(escapes, client, account)  # with the message of what was done
        client = sign_in(house.alice)
    visit(escapes, client, f"{account}invitations/{values['invitation_id']}/withdraw/", "POST")
    visit(escapes, client, account)
    visit(escapes, client, f"{HOME}address-books/{house.book.pk}/?deleted={values['contact_id']}")
    visit(escapes, client, f"{HOME}shipments/{house.cancelled.pk}/")

    assert not escapes.found, escapes.report()


def test_the_pages_behind_mailed_links_are_translated(house: Furnished, escapes: Escapes) -> None:
    now = timezone.now()
    with scope.identity():
        wish = SignUp.objects.create(email="new@example.net", kind="personal", language=CODE, created_at=now)
        late = SignUp.objects.create(email="late@example.net", kind="personal", language=CODE, created_at=now)
        SignUp.objects.filter(pk=late.pk).update(created_at=now - timedelta(days=31))
    escapes.data |= {"new@example.net", "bob@example.com"}
    with house.alice.scope():
        known = accounts.invite(email="bob@example.com", role=Role.CLERK, by=house.alice.user.pk, now=now)
    account = f"{HOME}account/"
    for path, status in (
        (f"{account}activate/{wish.token}/", 200),
        (f"{account}activate/{late.token}/", 404),
        (f"{account}activate/x/", 404),
        (f"{account}join/{house.values['token']}/", 200),
        (f"{account}join/{known.token}/", 200),
        (f"{account}join/x/", 404),
    ):
        assert visit(escapes, Client(), path) == status, path
        visit(escapes, Client(), path, "POST", "password=1&kind=x")
    visit(escapes, Client(), f"{account}activate/{wish.token}/", "POST", f"password={PASSWORD}&kind=personal")
    visit(escapes, Client(), f"{account}activate/{wish.token}/")

    assert not escapes.found, escapes.report()


WRONG = {
    "contacts/add/": "country=GB&email=x&phone=1&line1=%E2%80%AE&postcode=?&fax=x&local_address=a%0Ab%0Ac%0Ad%0Ae",
    "quote/": "destination=ZZ&weight_g=x",
    "account/invite/": "email=x&role=x",
    "account/settings/": "name=",
    "account/keys/add/": "name=&scopes=x&allowed_addresses=x&lifetime=x",
    "account/webhooks/add/": "url=x&description=&events=x",
    "track/": "numbers=%20",
    "address-books/add/": "name=&access=x",
    "sign-in/login/": "login=x&password=x",
    "sign-in/signup/": "email=x&kind=x",
    "sign-in/password/reset/": "email=x",
    "sign-in/password/change/": "oldpassword=x&password1=1&password2=2",
    "sign-in/email/": "action_add=&email=x",
    "sign-in/2fa/totp/activate/": "code=1",
    "sign-in/reauthenticate/": "password=x",
}


def test_every_error_of_a_form_is_translated(house: Furnished, escapes: Escapes) -> None:
    escapes.data |= {"x", "a b c d e", "1", "2"}
    for client, path in product((Client(), sign_in(house.alice)), WRONG):
        visit(escapes, client, HOME + path, "POST", WRONG[path])
        visit(escapes, client, f"{HOME}{path}?{WRONG[path]}")
        visit(
            escapes,
            client,
            f"{HOME}{path}",
            "POST",
            "email=alice@example.com&login=alice@example.com&name=" + "x" * 300,
        )
    for wrong in (
        "item_number=x&code=EMA&at=x&place=x",
        "item_number=RA123456785HK&code=EMA&at=2999-01-01T00:00&place=x",
    ):
        visit(escapes, house.staff["postal"].client, f"{HOME}tracking/events/", "POST", wrong)

    assert not escapes.found, escapes.report()


def test_every_refusal_of_a_page_is_translated(house: Furnished, escapes: Escapes) -> None:
    client, strict = house.alice.client, Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert visit(escapes, client, f"{HOME}nowhere/") == 404
    assert visit(escapes, house.staff["auditor"].client, f"{HOME}tracking/events/") == 404
    assert visit(escapes, strict, f"{HOME}account/settings/", "POST") == 403
    assert visit(escapes, client, f"{HOME}account/switch/{uuid4()}/", "POST") == 404
    assert visit(escapes, client, f"{HOME}shipments/{house.booked.pk}/label/?layout=x") == 400
    assert visit(escapes, Client(), f"{HOME}contact/", "POST", "x" * 2_500_001) == 413
    live.suspend(house.alice.user.pk)
    assert visit(escapes, client, f"{HOME}account/") == 403
    escapes.data |= {f"X{n}" for n in range(30)} | {" ".join(f"X{n}" for n in range(30))}
    for _time in range(12):
        status = visit(escapes, Client(), f"{HOME}track/", "POST", "numbers=" + "+".join(f"X{n}" for n in range(30)))
    assert status == 429
    for name in (
        "400.html",
        "403.html",
        "404.html",
        "429.html",
        "500.html",
        "errors/unavailable.html",
        "account/locked_out.html",
    ):
        escapes.look_at_page(name, render_to_string(name, {"minutes": 15, "seconds": 60}))

    assert not escapes.found, escapes.report()


# What is not a page ----------------------------------------------------------------------------------------


def test_every_mail_is_translated(house: Furnished, escapes: Escapes) -> None:
    for name in LETTERS:
        letter = written(house.alice, name, CODE)
        escapes.look_at_text(f"{name}: subject", str(letter.subject))
        escapes.look_at_text(f"{name}: text", str(letter.body))

    assert not escapes.found, escapes.report()
    assert len(escapes.looked_at) > 10


BODIES = ("", "{}", "[]", "{", '{"name": 1, "country": "ZZ", "items": [{}]}')
ASKED = (("GET", ""), ("DELETE", ""), ("PUT", "{}"), *(("POST", body) for body in BODIES), ("PATCH", "{}"))
UNREAD = (("GET", ""), ("POST", "{"))  # whoever is nobody is told so before any body is read


def test_every_problem_of_the_api_is_translated(house: Furnished, escapes: Escapes) -> None:
    kinds = set()
    speaks = {"Accept-Language": CODE}
    callers = (
        (Client(headers=speaks), ASKED),
        (Client(headers={**speaks, "Authorization": f"Bearer {house.token}"}), ASKED),
        (Client(headers={**speaks, "Authorization": "Bearer nobody"}), UNREAD),
    )
    for client, asked in callers:
        client.raise_request_exception = False
        for address in addresses():
            if not address.route.startswith("api/"):
                continue
            unknown = [{"shipment_id": uuid4()}] if address.parameters else []
            for values, (method, body) in product((house.values, *unknown), asked):
                response = client.generic(method, filled(address, values), body, content_type="application/json")
                if response.headers.get("Content-Type") != "application/problem+json":
                    continue
                told = json.loads(response.content)
                kinds.add(told["status"])
                place = f"{method} {address} {told['status']}"
                for text in (told["title"], told.get("detail", ""), *(e["detail"] for e in told.get("errors", []))):
                    escapes.look_at_text(place, text)
    for status in TITLES:
        escapes.look_at_text(f"title of {status}", problem(status)["title"])

    assert not escapes.found, escapes.report()
    assert {400, 401, 404, 405} <= kinds, kinds


def test_documents_say_the_same_in_every_language(house: Furnished) -> None:
    """They go through posts abroad: their words are those of the UPU's forms, English with French or Chinese beside."""
    for kind in ("label", "customs-form", "receipt"):
        spoken = [house.alice.client.get(f"/{code}/shipments/{house.booked.pk}/{kind}/") for code in ("en", CODE)]
        english, bracketed = (one_line(answer.content) for answer in spoken)

        assert len(english) > 100
        assert bracketed == english


# That an escape is found -------------------------------------------------------------------------------------


PLANTED = {
    "<p>Good morning</p>": "Good morning",
    "{% translate 'Sender' %} <b>plain</b>": "plain",
    "<img alt='A picture'>": "A picture",
    "<input type='submit' value='Send it'>": "Send it",
    "<button aria-label='Close'>{% translate 'Sender' %}</button>": "Close",
    "<input placeholder='Your name'>": "Your name",
    "{% load i18n %}{{ words }}": "no catalogue has this",
}


@pytest.mark.parametrize("template", PLANTED)
def test_an_escape_is_found(brackets: None, template: str) -> None:
    escapes = Escapes()
    words = translation.gettext("no catalogue has this")

    escapes.look_at_page("planted", Template("{% load i18n %}" + template).render(Context({"words": words})))

    assert list(escapes.found) == [PLANTED[template]]


def test_what_is_in_brackets_is_none(brackets: None) -> None:
    escapes = Escapes(data={"Edith Example"})

    escapes.look_at_page(
        "fine", "<p title='⟦Name⟧'>⟦Sent to <b>Edith</b> today⟧ Edith Example, RA123456785HK, 3 kg</p>"
    )

    assert not escapes.found, escapes.report()
