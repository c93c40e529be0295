"""The test database, the cast, and how a page is looked at.

The database is made by its owner and used by the runtime role, as in production. Tests which need real commits say
`transaction=True`; afterwards the owner empties the tables, because the runtime role cannot.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from time import sleep
from typing import Any, cast
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import OperationalError, connections
from django.http import HttpResponse
from django.template import Template
from django.test import Client, TransactionTestCase
from django.test.utils import _TestState
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware

from accounts import services
from accounts.hashers import SealedArgon2PasswordHasher
from accounts.models import Account, Member, User
from accounts.roles import RIGHTS, Role
from security import context, roles, scope, tuning
from security.detection import stream
from security.thresholds import DEFAULTS
from shipments.tariff import defaults
from tests import asvs
from tests.console import SECRET, Browser, ConsoleClient
from tests.emptying import empty_tables
from tests.pages import Page
from tests.walls.tally import TALLY

DATABASES = ["default", "trail"]
PASSWORD = "correct horse battery staple"


COSTS = {name: getattr(SealedArgon2PasswordHasher, name) for name in ("memory_cost", "time_cost")}  # production's

REPORT: list[str] = []  # what the end of the run says of itself
ASVS = asvs.Watch()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Called where the run was started too, for the tests of all workers."""
    ASVS.note(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker sends home what it has to say; a whole run fails when it did not show what docs/asvs.toml says."""
    REPORT.extend(ASVS.finish(session))
    said = getattr(session.config, "workeroutput", None)
    if said is not None:
        said.update(report=REPORT, tally=json.dumps(TALLY.plain()))  # what travels must be plain


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    said = getattr(node, "workeroutput", {})
    REPORT.extend(said.get("report", []))
    TALLY.add(json.loads(said.get("tally", "{}")))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in [*REPORT, *TALLY.lines()]:
        terminalreporter.write_line(line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every database test may use the runtime role's two connections; with real commits, the owner cleans up."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        fixtures = getattr(item, "fixturenames", ())
        if marker is None and not {"db", "transactional_db"} & set(fixtures):
            continue
        options = dict(marker.kwargs) if marker else {"transaction": "transactional_db" in fixtures}
        databases = options.get("databases", DATABASES)
        options["databases"] = [*databases, *(["owner"] if options.get("transaction") else [])]
        item.add_marker(pytest.mark.django_db(**options), append=False)


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: a million objects that need not be searched for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """Make the test database as the owner, load the reference data as the runtime role, drop it afterwards."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    owner = connections["owner"]
    name = f"test_{owner.settings_dict['NAME']}{worker and '_' + worker}"
    owner.settings_dict.setdefault("TEST", {})["NAME"] = name
    real = owner.settings_dict["NAME"]
    with django_db_blocker.unblock():
        owner.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        for alias in connections:
            connections[alias].settings_dict["NAME"] = name
        defaults.load_defaults()
        role = roles.ask()
    assert role.is_bound, f"The tests run as {role.name}, which row-level security does not bind."
    REPORT.append(f"database role: {role.name} on {name}, PostgreSQL {owner.connection.info.server_version // 10000}")
    yield
    with django_db_blocker.unblock():
        for alias in connections:
            connections[alias].close()
        _drop(owner, real)


def _drop(owner: Any, real: str) -> None:
    """Drop the test database; a browser's last request may hold its connection for a moment longer."""
    for _attempt in range(20):
        try:
            owner.creation.destroy_test_db(real, verbosity=0)
        except OperationalError:
            sleep(0.25)
        else:
            return
    raise TimeoutError("Somebody still uses the test database.")


@pytest.fixture(autouse=True, scope="session")
def _owner_empties_tables() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty_tables())
    patch.setattr(TransactionTestCase, "_should_reload_connections", lambda self: _some_connection_is_spoilt())
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def _templates_are_not_recorded(django_test_environment: None) -> Iterator[None]:
    """Django's test environment copies the context of each of a page's thirty templates, and nobody here reads them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", cast("Any", _TestState).saved_data.template_render)
        yield


def _some_connection_is_spoilt() -> bool:
    """Django takes new connections after each test with real commits: three, a twentieth of a second.

    Ours are set up when they are made, and what a transaction sets ends with it: only one that was cut off is no use.
    """
    opened = [connection for connection in connections.all(initialized_only=True) if connection.connection is not None]
    return any(connection.in_atomic_block or not connection.is_usable() for connection in opened)


@pytest.fixture(autouse=True, scope="session")
def _the_server_says_once_who_it_is() -> Iterator[None]:
    """Once a minute a connection asks for the server's clock, and it would be in the middle of somebody's count."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "SEEN_SECONDS", float("inf"))
        yield


@pytest.fixture(autouse=True, scope="session")
def _mail_passes_its_door(django_test_environment: None) -> None:
    """Keep our checking backend in front of the outbox that Django's test environment puts in."""
    settings.EMAIL_BACKEND = "security.mail.CheckedBackend"
    settings.EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_listed_once() -> Iterator[None]:
    """Each client of a test makes the middleware anew, and WhiteNoise would look through the folders each time."""
    listed: dict[str, dict[str, Any]] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def add(self: Any) -> None:
        where = f"{self.static_prefix} {settings.STATICFILES_DIRS}"
        if where not in listed:
            look(self)
            listed[where] = dict(self.files)
        self.files.update(listed[where])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add)
        yield


@pytest.fixture(autouse=True, scope="session")
def _passwords_cost_little() -> Iterator[None]:
    """A thousand are hashed, at 30 ms each as in production. Whoever proves the cost has `costly_passwords`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SealedArgon2PasswordHasher, "memory_cost", 64)
        patch.setattr(SealedArgon2PasswordHasher, "time_cost", 1)
        yield


@pytest.fixture
def costly_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords as production does."""
    for name, cost in COSTS.items():
        monkeypatch.setattr(SealedArgon2PasswordHasher, name, cost)


@pytest.fixture(autouse=True)
def _english() -> None:
    """A test that does not say in which language it speaks is not to hear that of the test before."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def _signals_wait() -> Iterator[None]:
    """No thread of detection works beside a test: who wants signals counted flushes the stream."""
    with stream.by_hand():
        yield


@pytest.fixture(autouse=True)
def _thresholds_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The defaults hold, and no request asks for others meanwhile: who changes one refreshes."""
    monkeypatch.setattr(tuning._held, "until", float("inf"))
    monkeypatch.setattr(tuning._held, "thresholds", DEFAULTS)


@pytest.fixture(autouse=True)
def _fresh_cache(request: pytest.FixtureRequest) -> None:
    """Counters of one test (limits, lockouts) are not another's."""
    if request.node.get_closest_marker("django_db") is not None:
        cache.clear()


@lru_cache(maxsize=1)
def password_hash() -> str:
    return make_password(PASSWORD)


@dataclass
class Person:
    """One of the cast: the user, the account they act in, and a signed-in browser."""

    user: User
    account: Account  # staff have none: nobody asks for it
    role: str = Role.OWNER
    client: Client = field(default_factory=Client)

    def scope(self) -> AbstractContextManager[scope.Scope]:
        return scope.account(account_id=self.account.pk, user_id=self.user.pk, permissions=RIGHTS[self.role])

    def get(self, address: str) -> Page:
        return look_at(self.client.get(address))

    def post(self, address: str, data: dict[str, Any] | None = None) -> HttpResponse:
        return self.client.post(address, data or {})  # type: ignore[return-value]


def make_person(name: str, *, account: Account | None = None, role: str = Role.OWNER, staff_role: str = "") -> Person:
    """Make a person with an account of their own, or as a member of the given one, or as staff, in the console."""
    with scope.identity():
        user = User.objects.create(
            email=f"{name}@example.com", name=name.title(), password=password_hash(), staff_role=staff_role
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        if account is not None:
            Member.objects.create(account=account, user=user, role=role)
        elif staff_role:
            TOTP.activate(user, SECRET)
        else:
            account = services.open_account(user=user, kind=Account.Kind.BUSINESS, name=f"{name.title()} Trading")
        client = ConsoleClient() if staff_role else Browser()
        person = Person(user=user, account=cast("Account", account), role=role, client=client)
        person.client.force_login(user, backend="accounts.backends.EmailBackend")
    return person


@pytest.fixture
def alice(db: None) -> Person:
    """Owns an account."""
    return make_person("alice")


@pytest.fixture
def bob(alice: Person) -> Person:
    """Works in Alice's account, as a clerk."""
    return make_person("bob", account=alice.account, role=Role.CLERK)


@pytest.fixture
def viewer(alice: Person) -> Person:
    """Looks at Alice's account and may change nothing."""
    return make_person("vera", account=alice.account, role=Role.VIEWER)


@pytest.fixture
def charlie(db: None) -> Person:
    """A stranger with an account of his own."""
    return make_person("charlie")


@pytest.fixture
def dana(db: None) -> Person:
    """Postal staff, signed in to the console."""
    return make_person("dana", staff_role="postal")


def look_at(response: Any) -> Page:
    return Page(response)


@pytest.fixture
def get_page(client: Client) -> Callable[..., Page]:
    """Fetch a page (as somebody's client, or signed out) and check what every page owes its readers."""

    def fetch(address: str, by: Person | None = None, status: int = 200) -> Page:
        page = look_at((by.client if by else client).get(address))
        page.check(status)
        return page

    return fetch


@pytest.fixture
def stranger_id() -> str:
    return str(uuid4())
