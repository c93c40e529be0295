"""A blocked source: nothing is answered to it at any entrance, for a while; who, why and until when is kept.

The entrances are made from the URL list: a new one is in it by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from security import context, scope
from security.detection import blocking
from security.detection.models import BlockedSource
from security.models import SecurityEvent
from security.walls import Wall
from tests.conftest import Person, make_person
from tests.console import ConsoleClient
from tests.pages import Page
from tests.security.test_entrances import filled
from tests.security.watching import key_of
from tests.walls import corpus
from tests.walls.switches import without

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
BAD, GOOD = "198.51.100.7", "203.0.113.7"
NETWORK = "198.51.100.0/24"
REASON = "Sweeps through ids from there"


def block(network: str = NETWORK, *, hours: int = 1) -> BlockedSource:
    now = timezone.now()
    return blocking.block(network=network, until=now + timedelta(hours=hours), reason=REASON, by=uuid4(), now=now)


def at(address: str) -> Any:
    return {"REMOTE_ADDR": address}


@pytest.fixture
def sam(db: None) -> Person:
    return make_person("sam", staff_role="security")


# Entrances ------------------------------------------------------------------------------------------------------------


METHODS = ("GET", "POST", "DELETE")


def entrances(methods: tuple[str, ...] = METHODS, *, of_console: bool = False) -> Iterator[tuple[str, str, bool]]:
    for address in corpus.console_addresses() if of_console else corpus.addresses():
        for method in methods:
            if not address.is_soap:  # operation by operation in tests/soap
                yield method, filled(address), address.is_api


def answered(client: Client, *methods: str, of_console: bool = False) -> list[str]:
    """Send to every address from the blocked network; return what was answered otherwise than by the block."""
    found = []
    for method, path, is_api in entrances(methods or METHODS, of_console=of_console):
        answer = client.generic(method, path, **at(BAD))
        word = "urn:ecship:problem:blocked" if is_api else "Your network is blocked for a while"
        text = answer.content.decode()
        if answer.status_code != 403 or word not in text:
            found.append(f"{method} {path} {answer.status_code}")
    return found


def test_nobody_from_there_gets_in_anywhere_signed_in_or_not(alice: Person) -> None:
    block()

    assert answered(Client(headers={"Accept-Language": "en"}), "GET") == []
    assert answered(alice.client) == []
    assert len(list(entrances())) > 300


def test_no_key_is_answered_there(alice: Person) -> None:
    key = key_of(alice)
    assert key.get("/api/v1/me/", **at(BAD)).status_code == 200
    block()

    answers = {
        f"{method} {path}": key.generic(method, path, **at(BAD)).json()["type"]
        for method, path, is_api in entrances()
        if is_api
    }

    assert set(answers.values()) == {"urn:ecship:problem:blocked"}, answers
    assert key.get("/api/v1/me/", **at(GOOD)).status_code == 200, "the key itself is not blocked"
    assert "RateLimit" not in key.get("/api/v1/me/", **at(BAD)), "nothing is left there, and no wait is known"


def test_nobody_gets_into_the_console_from_there(sam: Person) -> None:
    block()

    assert answered(sam.client, of_console=True) == []
    assert answered(ConsoleClient(), "GET", of_console=True) == []


def test_the_entrances_would_be_seen_to_answer(alice: Person) -> None:
    """With live state away a block is none: the walk above proves something."""
    block()

    with without(Wall.LIVE_STATE):
        assert alice.client.get("/en/account/", **at(BAD)).status_code == 200
    assert alice.client.get("/en/account/", **at(BAD)).status_code == 403


def test_nobody_tries_a_password_there(alice: Person) -> None:
    block()

    answer = Client().post("/en/sign-in/login/", {"login": alice.user.email, "password": "x"}, **at(BAD))

    assert answer.status_code == 403
    assert not SecurityEvent.objects.using("security").filter(kind__startswith="sign").exists()


def test_it_costs_no_further_statement(alice: Person) -> None:
    def counted() -> int:
        with CaptureQueriesContext(connections["default"]) as found:
            alice.client.get("/en/account/", **at(GOOD))
        return len(found)

    counted()
    usual = counted()
    block()

    assert counted() == usual


# How long, how wide ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "address", "is_in"),
    [
        (NETWORK, "198.51.100.255", True),
        (NETWORK, "198.51.101.0", False),
        ("198.51.100.7/32", "198.51.100.7", True),
        ("198.51.100.7/32", "::ffff:198.51.100.7", True),
        ("198.51.100.7/32", "198.51.100.8", False),
        ("2001:db8::/32", "2001:db8:7::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
    ],
)
def test_who_is_of_the_network_and_nobody_else(network: str, address: str, is_in: bool) -> None:
    block(network)

    assert (Client().get("/en/privacy/", **at(address)).status_code == 403) is is_in


def test_it_ends_by_itself_and_is_lifted_at_once(sam: Person) -> None:
    held = block()
    connections["owner"].cursor().execute("UPDATE watch.blocked_source SET until = now(), at = now() - interval '1 s'")
    assert Client().get("/en/privacy/", **at(BAD)).status_code == 200

    held = block()
    assert Client().get("/en/privacy/", **at(BAD)).status_code == 403
    page = Page(sam.client.post(f"/en/sources/{held.pk}/lift/", follow=True))
    assert "It is lifted" in page.text
    assert Client().get("/en/privacy/", **at(BAD)).status_code == 200
    assert "It was over already." in Page(sam.client.post(f"/en/sources/{held.pk}/lift/", follow=True)).text
    kinds = list(SecurityEvent.objects.using("security").filter(kind="staff.lift").values_list("actor", flat=True))
    assert kinds == [f"user:{sam.user.pk}"]


def test_the_same_network_is_blocked_once() -> None:
    first, second = block(), block(hours=24)

    assert [one.pk for one in blocking.running(now=timezone.now())] == [second.pk]
    assert BlockedSource.objects.using("security").get(pk=first.pk).lifted_at is not None


def test_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "MOST", 1)
    block()

    with pytest.raises(blocking.TooMany):
        block("203.0.113.0/24")
    block(hours=2)  # the same one anew is no more


HERE = blocking.Here(GOOD, ("192.0.2.1",))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("0.0.0.0/0", blocking.TooWide),
        ("198.0.0.0/15", blocking.TooWide),
        ("::/0", blocking.TooWide),
        ("2001:da8::/31", blocking.TooWide),
        ("::ffff:0.0.0.0/96", blocking.TooWide),
        ("127.0.0.1", blocking.OurOwn),
        ("127.1.0.0/16", blocking.OurOwn),
        ("::1", blocking.OurOwn),
        ("192.0.2.0/24", blocking.OurOwn),
        ("everybody", blocking.NoNetwork),
        ("198.51.100.0/24; DROP", blocking.NoNetwork),
        ("", blocking.NoNetwork),
    ],
)
def test_what_may_not_be_blocked(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        blocking.read(text, here=HERE)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("198.51.100.7", "198.51.100.7/32"),
        (" 198.51.100.7/24 ", NETWORK),
        ("198.51.0.0/16", "198.51.0.0/16"),
        ("::ffff:198.51.100.7", "198.51.100.7/32"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_what_may_be(text: str, read: str) -> None:
    assert blocking.read(text, here=HERE) == read


@pytest.mark.parametrize(
    ("count", "forwarded", "proxies"),
    [
        (0, "", ()),
        (1, "203.0.113.7", ("192.0.2.1",)),
        (2, "203.0.113.7, 192.0.2.2", ("192.0.2.1", "192.0.2.2")),
        (2, "6.6.6.6, 203.0.113.7, 192.0.2.2", ("192.0.2.1", "192.0.2.2")),
    ],
)
def test_our_proxies_are_those_in_front_of_us(
    settings: Any, count: int, forwarded: str, proxies: tuple[str, ...]
) -> None:
    settings.TRUSTED_PROXIES = count
    meta = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": forwarded}

    assert blocking.here("203.0.113.7", meta).proxies == proxies


@pytest.mark.parametrize("network", ["10.0.0.0/15", "2000::/31"])
def test_the_database_refuses_what_is_too_wide_as_well(network: str) -> None:
    with pytest.raises(IntegrityError, match="blocked_source_narrow"):
        block(network)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM watch.blocked_source",
        "UPDATE watch.blocked_source SET lifted_at = now()",
        "INSERT INTO watch.blocked_source (id) VALUES (gen_random_uuid())",
    ],
)
def test_the_runtime_role_neither_sees_nor_lifts_one(statement: str) -> None:
    block()

    with scope.identity(), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connections["default"].cursor().execute(statement)


@pytest.mark.parametrize("change", ["network = '8.8.8.8/32'", "until = now() + interval '1 year'", "by = id"])
def test_what_was_decided_is_not_changed_afterwards(change: str) -> None:
    block()

    with pytest.raises(DatabaseError, match="permission denied"), connections["security"].cursor() as cursor:
        cursor.execute(f"UPDATE watch.blocked_source SET {change}")


def test_a_source_that_is_none_is_not_asked_for() -> None:
    assert context._address("") is None
    assert context._address("unknown") is None
    assert context._address("::ffff:198.51.100.7") == "198.51.100.7"


# Pages ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def ask(sam: Person) -> Callable[..., Page]:
    """Open an incident, and send the form of its page."""
    since = timezone.localtime(timezone.now()).strftime("%Y-%m-%d 00:00")
    sam.client.post("/en/incidents/open/", {"title": "Sweeps", "since": since, "sources": NETWORK})

    def send(**typed: Any) -> Page:
        data = {"network": NETWORK, "hours": "24", "reason": REASON, **typed}
        return Page(sam.client.post("/en/incidents/1/block/", data, follow=True, **at(GOOD)))

    return send


def test_the_page_of_an_incident_blocks_and_says_who_why_and_until_when(ask: Any, sam: Person) -> None:
    assert sam.get("/en/incidents/1/").one("#block_network")["value"] == NETWORK

    assert "It is blocked at every entrance from now on." in ask().text

    (held,) = BlockedSource.objects.using("security").all()
    assert (held.network, held.by, held.reason) == (NETWORK, sam.user.pk, REASON)
    assert timedelta(hours=23) < held.until - timezone.now() <= timedelta(hours=24)
    assert REASON.encode() not in bytes(held.wrapped_reason)
    (noted,) = SecurityEvent.objects.using("security").filter(kind="staff.block")
    assert (noted.actor, noted.data["network"]) == (f"user:{sam.user.pk}", NETWORK)
    page = sam.get("/en/incidents/1/")
    assert "A source was blocked until" in page.text
    listed = sam.get("/en/sources/")
    assert [word for word in (NETWORK, REASON, "Sam") if word not in listed.text] == []
    assert Client().get("/en/privacy/", **at(BAD)).status_code == 403


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"network": "10.0.0.0/8"}, "This is too wide"),
        ({"network": "127.0.0.1"}, "holds an address of this site itself"),
        ({"network": "everybody"}, "Enter an address or a network"),
        ({"network": "203.0.113.0/24"}, "You come from there yourself"),
        ({"hours": "9000"}, "Choose one from the list."),
        ({"reason": ""}, "Fill in this field."),
    ],
)
def test_the_page_says_what_is_wrong_and_blocks_nothing(ask: Any, typed: dict[str, str], words: str) -> None:
    page = ask(**typed)

    assert words in page.text
    assert page.one("#block_network")["value"] == typed.get("network", NETWORK), "what was typed is there still"
    assert not BlockedSource.objects.using("security").exists()


def test_who_means_it_blocks_where_they_are_and_the_command_lets_them_in_again(ask: Any, sam: Person) -> None:
    ask(network="203.0.113.0/24", is_mine_too="on")
    assert sam.client.get("/en/sources/", **at(GOOD)).status_code == 403

    said = StringIO()
    call_command("lift_block", "203.0.113.9", stdout=said)
    assert "203.0.113.0/24 is lifted." in said.getvalue()
    assert sam.client.get("/en/sources/", **at(GOOD)).status_code == 200
    call_command("lift_block", "203.0.113.9", stdout=said)
    assert "No block holds this address." in said.getvalue()


def test_an_auditor_sees_the_neighbourhood_alone_and_lifts_nothing() -> None:
    held = block("198.51.100.7/32")
    auditor = make_person("odo", staff_role="auditor")

    page = auditor.get("/en/sources/?which=all")
    page.check()
    assert "198.51.100.0/24" in page.text
    assert "198.51.100.7" not in page.text
    assert not page.all("main form")
    assert auditor.client.post(f"/en/sources/{held.pk}/lift/").status_code == 404
    assert blocking.running(now=timezone.now()).exists()


@pytest.mark.parametrize("role", ["support", "postal"])
def test_other_staff_find_nothing_of_it(role: str) -> None:
    held = block()
    other = make_person("olga", staff_role=role).client

    assert other.get("/en/sources/").status_code == 404
    assert other.post(f"/en/sources/{held.pk}/lift/").status_code == 404
    assert other.post("/en/incidents/1/block/", {"network": NETWORK}).status_code == 404


def test_those_that_are_over_are_listed_when_asked_for(sam: Person) -> None:
    held = block()
    blocking.lift(held, by=sam.user.pk, now=timezone.now())

    assert "Nothing is blocked" in sam.get("/en/sources/").text
    assert "Lifted by Sam" in sam.get("/en/sources/?which=all").text
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=True):
        assert not blocking.lift(block(), by=sam.user.pk, now=timezone.now() + timedelta(days=9))
    assert sam.client.post(f"/en/sources/{uuid4()}/lift/").status_code == 404


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_the_pages_are_whole_in_chinese(sam: Person, language: str) -> None:
    block()

    sam.get(f"/{language}/sources/?which=all").check()
    Page(Client().get(f"/{language}/privacy/", **at(BAD))).check(403)
