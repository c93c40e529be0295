"""The page of how long data are kept says what the jobs do: both read one list, and nothing stands beside it."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation

from addressbook import services as books
from addressbook.exports import services as exports
from addressbook.imports import services as imports
from ecship import settings as site
from security import periods
from security.chain import partitions
from shipments.models import Shipment
from tests.conftest import Person
from tests.shipments.booking import make_draft

PAGE = "/en/privacy/how-long/"
APPS = ("security", "accounts", "addressbook", "shipments", "labels", "tracking", "ecship")
ROOT = Path(settings.BASE_DIR)
# Scheduled work that removes nothing of people's by its time.
REMOVES_NOTHING = {
    "accounts.tell_of_recoveries", "security.ask_queues", "security.tell_holders", "security.seal_trail",
    "security.watch_decoys", "security.keep_decoys", "security.continue_notices", "tracking.advance_waiting",
    "tracking.send_webhooks",
}  # fmt: skip
# Lengths of a day and more which are no time that something is kept, with the reason.
NOT_KEPT_BY = {
    "accounts/closing.py REMIND_BEFORE": "when somebody is reminded",
    "accounts/copies/services.py DAY": "a budget",
    "accounts/forms.py GRACE_DAYS": "how long members have to set up a factor",
    "accounts/forms.py KEY_LIFETIMES": "a key ends when its maker says",
    "accounts/integrators/finding.py REPLAYS_KNOWN": "how long a header of SOAP counts as shown, as a hash",
    "accounts/leftovers.py ATTEMPTS_KEPT": "tables of a library, which stay empty: we count without keeping",
    "accounts/recovery.py IN": "how often somebody may ask",
    "accounts/recovery.py LINK_LIVES": "how long a link works",
    "accounts/recovery.py REMIND_EVERY": "how often somebody is reminded",
    "accounts/staff.py LINK_LIFETIME": "how long a link works",
    "accounts/strangers.py LINK_LIVES": "how long a link works",
    "addressbook/exports/services.py DAY": "a budget",
    "security/console/health.py KEPT": "figures of queues, which are about nobody",
    "security/console/trail.py LATELY": "what a list begins with",
    "security/console/watch.py LOOKS_BACK": "what a list begins with",
    "security/detection/changes.py WAITS": "when a proposal runs out",
    "security/incidents/console_views.py DAY": "what a form begins with",
    "security/incidents/services.py LOOK_BACK": "how far an incident reaches back",
    "security/suspension.py LINK_DAYS": "how long a link works",
    "tracking/events.py REUSE_AFTER": "when the post may use a number again",
    "tracking/webhooks/services.py OLD_SECRET_LASTS": "how long a secret signs after a new one was made",
    "tracking/webhooks/working.py FAILING_FOR": "when a webhook that reaches nobody is switched off",
    "ecship/scale/rows.py YEARS": "made-up data",
    "tracking/services.py CLOCK_DIFFERENCE": "how far an office's clock may be off",
    "ecship/settings.py ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS": "how long a link works",
}  # fmt: skip
# Settings that a period reads; that they do is tested below.
SETTINGS = {
    "TRAIL_ACCESS_MONTHS", "TRAIL_EVENT_MONTHS", "EVIDENCE_DAYS", "DRAFT_DAYS", "LABEL_VALID_DAYS",
    "PERSONAL_DATA_DAYS", "IDEMPOTENCY_SECONDS",
}  # fmt: skip


def lengths() -> set[str]:
    """Every name that a module gives to a length of a day and more, as `file name`, but for the lists themselves."""
    found = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if path.name == "periods.py" or "/migrations/" in name:
                continue
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.Assign):
                    found |= {f"{name} {target}" for target, value in pairs(node) if is_long(target, value)}
    return found


def pairs(node: ast.Assign) -> list[tuple[str, ast.expr]]:
    """What a statement names, with what of it: `A, B = 1, 2` names two."""
    found = []
    for one in node.targets:
        if isinstance(one, ast.Tuple) and isinstance(node.value, ast.Tuple):
            found += list(zip(one.elts, node.value.elts, strict=False))
        else:
            found.append((one, node.value))
    return [(target.id, value) for target, value in found if isinstance(target, ast.Name)]


def is_long(name: str, value: ast.expr) -> bool:
    if (name.endswith(("_DAYS", "_MONTHS")) and not isinstance(value, ast.Call | ast.BinOp)) or name in SETTINGS:
        return True
    calls = [node for node in ast.walk(value) if isinstance(node, ast.Call)]
    return any(getattr(call.func, "id", "") == "timedelta" and days(call) for call in calls) or name == "KEY_LIFETIMES"


def days(call: ast.Call) -> bool:
    given = {item.arg: getattr(item.value, "value", 99) for item in call.keywords}
    hours = given.get("hours", 0)
    return bool({"days", "weeks"} & given.keys()) or (isinstance(hours, int | float) and hours >= 24)


def test_no_length_of_time_stands_beside_the_list() -> None:
    found = lengths()
    ours = {f"ecship/settings.py {name}" for name in SETTINGS}
    unknown = found - NOT_KEPT_BY.keys() - ours

    assert not unknown, f"say in a periods.py how long it is kept, or in NOT_KEPT_BY why it is no such time: {unknown}"
    assert not (NOT_KEPT_BY.keys() | ours) - found, "gone"


def test_every_scheduled_job_is_one_of_the_list_or_removes_nothing() -> None:
    named = {job for period in periods.everything() for job in period.jobs}
    scheduled = set(site.CELERY_BEAT_SCHEDULE)

    assert named | REMOVES_NOTHING == scheduled
    assert not named & REMOVES_NOTHING


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_page_says_every_period(client: Client, db: None, language: str) -> None:
    text = client.get(f"/{language}/privacy/how-long/").text

    with translation.override(language):
        for period in periods.everything():
            assert str(period.what) in text
            assert str(period.fate) in text
            assert period.words in text


def test_jobs_and_page_read_the_same_setting(client: Client, alice: Person, settings: Any) -> None:
    settings.DRAFT_DAYS, settings.TRAIL_ACCESS_MONTHS, settings.EVIDENCE_DAYS = 47, 31, 19
    now = timezone.now()

    text = client.get(PAGE).text

    assert all(words in text for words in ("47 days", "31 months", "19 days"))
    assert partitions.months_kept()["security_accessentry"] == 31
    with alice.scope():
        make_draft(now=now)
        assert not Shipment.objects.stale_drafts(now=now + timedelta(days=46)).exists()
        assert Shipment.objects.stale_drafts(now=now + timedelta(days=48)).exists()


def test_the_services_of_books_read_the_list() -> None:
    assert books.UNDO_PERIOD == imports.UNDO_PERIOD == timedelta(days=30)
    assert (timedelta(days=1), timedelta(days=7)) == (exports.FILE_LASTS, imports.LEFT_OUT_LASTS)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=90), "90 minutes"), (timedelta(hours=1), "1 hour"), (timedelta(days=1), "24 hours"),
        (timedelta(days=2), "2 days"), (periods.Months(1), "1 month"), (periods.Months(25), "25 months"),
    ],
)  # fmt: skip
def test_times_in_words(length: timedelta | periods.Months, words: str) -> None:
    assert periods.Period(periods.Part.BOOKS, "a", "b", lambda: length).words == words  # type: ignore[arg-type]


def test_the_privacy_page_and_every_foot_lead_here(client: Client, db: None) -> None:
    for page in ("/en/privacy/", "/en/"):
        assert PAGE in client.get(page).text
