"""Sessions and other rows of signing in are ended when they are over, and not before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from axes.models import AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import leftovers, services, tasks
from accounts.leftovers import Ended
from accounts.models import Invitation, OutgoingMail
from security import scope
from shipments import retention
from tests.conftest import Person

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LATER = NOW + timedelta(seconds=settings.SESSION_COOKIE_AGE) + timedelta(days=1)


def sign_in(person: Person) -> None:
    """Give the person a line in the list of their sessions, as a sign-in by the page does."""
    key = person.client.session.session_key
    with scope.identity():
        UserSession.objects.create(user=person.user, session_key=key, ip="192.0.2.1", user_agent="x")


def counts() -> tuple[int, int]:
    with scope.identity():
        return Session.objects.count(), UserSession.objects.count()


def test_invitations_that_nobody_accepted_go(alice: Person) -> None:
    with alice.scope():
        services.invite(email="guest@example.com", role="clerk", by=alice.user.pk, now=NOW)
    young, old = NOW + timedelta(days=29), NOW + timedelta(days=31)

    assert leftovers.end(now=young, dry_run=True).invitations == 0
    assert leftovers.end(now=old).invitations == 1

    with scope.identity():
        assert not Invitation.objects.exists()


def test_sessions_that_are_over_end_with_their_lines(alice: Person) -> None:
    sign_in(alice)
    before = counts()

    assert leftovers.end(now=LATER, dry_run=True) == Ended(sessions=before[0], listed=before[1])
    assert counts() == before
    assert leftovers.end(now=LATER) == Ended(sessions=before[0], listed=before[1])
    assert counts() == (0, 0)
    assert leftovers.end(now=LATER).total == 0


def test_a_session_that_goes_on_stays_with_its_line(alice: Person) -> None:
    sign_in(alice)
    before = counts()

    assert leftovers.end(now=timezone.now()).total == 0
    assert counts() == before
    assert alice.client.get("/en/contacts/").status_code != 302


def test_a_line_whose_session_was_ended_goes_once_no_session_could_be_as_old(alice: Person) -> None:
    sign_in(alice)
    with scope.identity():
        Session.objects.all().delete()

    assert leftovers.end(now=timezone.now()).listed == 0
    assert leftovers.end(now=LATER).listed == 1


def test_mail_given_up_long_ago_and_old_attempts_go(db: None) -> None:
    with scope.identity():
        for days in (1, 8):
            OutgoingMail.objects.create(kind="reset", email="a@example.com", language="en", created_at=NOW,
                                        due_at=NOW, given_up_at=NOW - timedelta(days=days))  # fmt: skip
        AccessLog.objects.create(username="x")

    assert leftovers.end(now=NOW) == Ended(mails=1)
    assert leftovers.end(now=NOW + timedelta(days=31)) == Ended(mails=1, attempts=1)


def test_the_scheduler_runs_it() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["accounts.end_leftovers"]

    assert entry["task"] == tasks.end_leftovers.name
    assert tasks.end_leftovers.apply().successful()


def test_the_command_says_what_is_due_even_where_it_cannot_see_the_accounts(
    alice: Person, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "ALIAS", "a role that nobody set")
    with scope.identity():
        Session.objects.update(expire_date=NOW - timedelta(days=1))
        expired = Session.objects.count()

    with pytest.raises(CommandError, match="DATABASE_SECURITY_URL"):
        call_command("expire", "--dry-run")

    assert f"signing in: {expired} sessions, 0 lines" in capsys.readouterr().out
    assert counts()[0] == expired
