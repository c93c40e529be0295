"""The shape of what well-known attack tools send, in process: each is noticed. The tools themselves: docs/security.md.

Nothing here looks at a user agent, and neither does detection.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from security.detection.models import Finding
from security.models import LiveState
from security.thresholds import DEFAULTS
from tests.conftest import Person, make_person
from tests.security.watching import DATABASES, events, key_of, settle, state_of

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=[*DATABASES, "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
LOGIN, LIMITS = "/en/sign-in/login/", DEFAULTS.counting
FORM = "application/x-www-form-urlencoded"
# What sqlmap and wapiti put into parameters and bodies, shortened.
SQL = [
    "1' AND 7304=7304-- xqEz",
    "1) UNION ALL SELECT NULL,NULL-- -",
    "1' AND SLEEP(5) AND 'a'='a",
    "1';WAITFOR DELAY '0:0:5'--",
    "(SELECT CHAR(113)) UNION SELECT 1",
    "1) AND 2718=2718 AND (3182=3182",
]
MARKUP = [
    "<ScRiPt>alert(1)</sCrIpT>",
    "../../../../etc/passwd",
    "\xbf'\"(",
    "${7*7}",
    "{{7*7}}",
    "<img src=x onerror=a>",
]


def rules() -> Counter[str]:
    settle()
    return Counter(Finding.objects.using("security").values_list("rule", flat=True))


def test_hydra_with_many_emails_and_with_one(client: Client) -> None:
    for number in range(LIMITS.sprayed_emails):
        client.post(LOGIN, {"login": f"user{number}@example.com", "password": "x"})
    for number in range(LIMITS.guesses_an_hour):
        client.post(LOGIN, {"login": "root@example.com", "password": f"x{number}"})

    assert {"spraying", "guessing"} <= rules().keys()
    assert events("source_held")[0].data["source"]
    page = make_person("sam", staff_role="security").get("/en/actors/")
    page.check()
    assert "Tried many passwords for one e-mail address (1)" in page.text


@pytest.mark.parametrize("how", ["stranger", "session", "key"])
def test_ffuf_with_names_of_pages_and_with_ids(client: Client, alice: Person, how: str) -> None:
    asked = {"stranger": client, "session": alice.client, "key": key_of(alice)}[how]
    base = "/api/v1/contacts/" if how == "key" else "/en/contacts/"
    paths = [f"/en/backup{number}" for number in range(LIMITS.least_misses)]
    for path in paths if how == "stranger" else [f"{base}{uuid4()}/" for _time in range(LIMITS.least_misses)]:
        asked.get(path)

    assert "misses" in rules()


@pytest.mark.parametrize("how", ["stranger", "session", "key"])
def test_sqlmap_in_a_parameter(client: Client, alice: Person, how: str) -> None:
    asked = {"stranger": client, "session": alice.client, "key": key_of(alice)}[how]
    path, name = {
        "stranger": ("/en/track/", "number"),
        "session": ("/en/shipments/", "status"),
        "key": ("/api/v1/shipments/", "status"),
    }[how]
    for payload in SQL:
        assert asked.get(path, {name: payload}).status_code < 500

    assert "probing" in rules()


@pytest.mark.parametrize("how", ["stranger", "session", "key"])
def test_wapiti_in_bodies_that_are_refused(client: Client, alice: Person, how: str) -> None:
    asked = {"stranger": client, "session": alice.client, "key": key_of(alice)}[how]
    for payload in MARKUP:
        if how == "key":
            answer = asked.post("/api/v1/quotes/", {"destination": payload}, content_type="application/json")
        elif how == "session":
            answer = asked.post("/en/shipments/search/", {"q": payload, "cursor": payload})
        else:
            answer = asked.post(LOGIN, {"login": payload, "password": "x"})
        assert answer.status_code < 500

    assert "probing" in rules()


def test_a_form_without_its_token_is_looked_into_too(alice: Person) -> None:
    asked = Client(enforce_csrf_checks=True)
    asked.cookies = alice.client.cookies
    for payload in MARKUP:
        assert asked.post("/en/shipments/search/", urlencode({"q": payload}), FORM).status_code == 403

    assert "probing" in rules()


def test_who_writes_an_address_in_lines_and_quotes_is_no_probe(alice: Person) -> None:
    """A form that is refused for another reason holds what people write."""
    for _time in range(LIMITS.probes_an_hour):
        alice.client.post("/en/contacts/new/", {"name": 'O\'Brien "Pat" & Sons', "lines": "1 High Street\r\n(rear)"})

    assert "probing" not in rules()
    assert state_of(alice.user.pk) == LiveState.State.ACTIVE
