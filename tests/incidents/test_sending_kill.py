"""Real workers send to a mail server and are killed in the middle: everybody is reached, no kill doubles two."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connections
from redis import Redis

from accounts.models import Account, Member, User
from accounts.roles import Role
from security import scope
from security.incidents import notices, services, tasks
from security.incidents.models import ALIAS, ExposedAccount, Exposure, NoticeRun, State
from tests.conftest import REPORT
from tests.incidents.cast import ERIC, FAY, NOW, across, needs_security_role, opened
from tests.incidents.sink import Sink, listening

pytestmark = [across, needs_security_role]
LANGUAGES = ("en", "zh-hant", "zh-hans")
BATCH = 5_000


def make_holders(count: int) -> list[UUID]:
    """Make accounts with one owner each, without keys and books: all that a notice needs."""
    made: list[UUID] = []
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        accounts = [Account(name=f"Shop {number}") for number in numbers]
        users = [
            User(email=f"owner{number}@example.com", password="!", language=LANGUAGES[number % 3]) for number in numbers
        ]
        with scope.identity():
            Account.objects.bulk_create(accounts)
            User.objects.bulk_create(users)
            Member.objects.bulk_create(
                Member(account=account, user=user, role=Role.OWNER)
                for account, user in zip(accounts, users, strict=True)
            )
        made += [account.pk for account in accounts]
    return made


def approved_for(accounts: list[UUID]) -> NoticeRun:
    """A run that is approved, for a report which names these accounts."""
    incident = opened()
    for to in (State.CONTAIN, State.ASSESS, State.NOTIFY):
        incident = services.move(incident=incident, to=to, by=ERIC, now=NOW)
    report = Exposure.objects.using(ALIAS).create(
        incident_id=incident.pk,
        version=1,
        made_at=NOW,
        reach=incident.reach,
        counts={"accounts": len(accounts), "acts": len(accounts), "objects": {"contact": len(accounts)}},
        digest="",
    )
    finding = {
        "kind": "contact",
        "by": "key",
        "fields": ["name"],
        "first": NOW.isoformat(),
        "last": NOW.isoformat(),
        "times": 1,
    }
    rows = (
        ExposedAccount(exposure_id=report.pk, account_id=account, findings=[{**finding, "ids": [str(uuid4())]}])
        for account in accounts
    )
    ExposedAccount.objects.using(ALIAS).bulk_create(rows, batch_size=BATCH)
    run = notices.draft(incident=incident, report=report, by=ERIC, now=NOW)
    return notices.approve(run=notices.ask(run=run, by=ERIC, now=NOW), by=FAY, now=datetime.now(UTC))


def worker(sink: Sink) -> subprocess.Popen[bytes]:
    """Start a worker of the queue `notices` on the test's database, as one process that does one thing at a time."""
    name = str(connections["default"].settings_dict["NAME"])
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_")}
    environment |= {
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl(),
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(sink.port),
        "LOG_LEVEL": "ERROR",
    }
    command = "-W ignore -m celery --app=ecship.celery --quiet worker --queues=notices --pool=solo --without-mingle"
    return subprocess.Popen([sys.executable, *command.split()], env=environment, stdout=subprocess.DEVNULL)


@contextmanager
def working(sink: Sink, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    workers = [worker(sink) for _ in range(count)]
    try:
        yield workers
    finally:
        for process in workers:
            process.kill()
            process.wait(30)


def send_and_kill(count: int, *, seconds: int) -> tuple[Sink, float]:
    """Send notices to so many owners by two workers, kill one after a quarter and one after a half; return the sink."""
    redis = Redis.from_url(settings.REDIS_URL)
    redis.delete("notices", "security")
    run = approved_for(make_holders(count))
    kills = [count // 4, count // 2]
    with listening() as sink, working(sink, 2) as workers:
        tasks.queue_notices(run_id=str(run.pk))  # the security worker's part, in this process
        began = time.monotonic()
        while NoticeRun.objects.using(ALIAS).get(pk=run.pk).state != NoticeRun.State.DONE:
            assert time.monotonic() - began < seconds, f"{len(sink.taken)} of {count} after {seconds} s"
            if kills and len(sink.taken) >= kills[0]:
                kills.pop(0)
                os.kill(workers[0].pid, signal.SIGKILL)
                workers.pop(0).wait(30)
                workers.append(worker(sink))
            time.sleep(0.1)
            tasks.continue_notices()  # the scheduler's part
        took = time.monotonic() - began
        assert not kills
    redis.delete("notices", "security")
    return sink, took


def assert_all_reached(sink: Sink, count: int, *, kills: int) -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for recipient, message_id in sink.taken:
        named[recipient].add(message_id)

    assert named.keys() == {f"owner{number}@example.com" for number in range(count)}
    assert all(len(ids) == 1 and "" not in ids for ids in named.values())
    doubles = sum(times - 1 for times in Counter(sink.taken).values())
    assert doubles <= kills
    assert len({message_id for _recipient, message_id in sink.taken}) == count


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed worker had taken is looked for after a second, not after a minute."""
    monkeypatch.setattr(tasks, "QUIET", timedelta(seconds=1))


def test_seven_hundred_notices_reach_everybody_though_two_workers_are_killed() -> None:
    sink, _took = send_and_kill(700, seconds=240)

    assert_all_reached(sink, 700, kills=2)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_seventy_thousand_notices_reach_everybody_though_two_workers_are_killed() -> None:
    sink, took = send_and_kill(70_000, seconds=3_300)

    assert_all_reached(sink, 70_000, kills=2)
    doubles = len(sink.taken) - 70_000
    REPORT.append(f"notices: 70,000 in {took:.0f} s by two workers, two killed, {doubles} sent twice")
