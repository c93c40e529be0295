"""Sending notices, as the runtime role on the queue `notices`.

A turn takes up to a hundred mails that are due, one after the other, each in a transaction of its own. The row's lock
is the lease: a killed worker lets go of it at once, and the next turn sends that mail. Where a worker dies between
sending and the end of the transaction, the mail goes twice, with the same Message-ID: so no more doubles than workers
killed.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any
from uuid import UUID

from django.core.mail import get_connection
from django.db import transaction

from security import scope
from security.incidents import letters, registry
from security.incidents.models import Notice, NoticeMail

log = logging.getLogger(__name__)

TURN = 100  # mails
ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
AWAY = 3  # failures in a row after which a turn ends: the server is away, not the reader
ACTOR = "system:notices"
State = NoticeMail.State


def turn(run_id: UUID, *, clock: Callable[[], datetime]) -> int:
    """Send up to `TURN` mails of a run that are due; return how many were tried. One connection serves them all."""
    with scope.identity():
        due = NoticeMail.objects.filter(run_id=run_id, state=State.WAITING, due_at__lte=clock()).order_by(
            "due_at", "pk"
        )
        # More than one turn needs, so that turns side by side seldom reach for the same mail.
        found = list(due.values_list("pk", flat=True)[: 4 * TURN])
    random.shuffle(found)
    connection, tried, failures = get_connection(), 0, 0
    try:
        for mail_id in found:
            went = deliver(mail_id, connection=connection, now=clock())
            if went is None:
                continue
            tried, failures = tried + 1, 0 if went else failures + 1
            if tried == TURN or failures == AWAY:
                break
    finally:
        connection.close()
    return tried


def deliver(mail_id: UUID, *, connection: Any, now: datetime) -> bool | None:
    """Send one mail: True when it has gone or need not; None where somebody else has it, or it is not due any more."""
    with scope.identity():
        rows = NoticeMail.objects.select_for_update(skip_locked=True)
        mail = rows.filter(pk=mail_id, state=State.WAITING, due_at__lte=now).first()
        if mail is None:
            return None
        mail.attempts, mail.attempted_at = mail.attempts + 1, now
        try:
            with transaction.atomic():  # what a failed attempt has begun is undone, but the attempt counts
                _send(mail, connection, now=now)
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail must not stay due for ever
            _wait(mail, error, now=now)
            if isinstance(error, OSError | SMTPException):
                connection.close()  # the next mail opens it anew
        mail.save(update_fields=["state", "attempts", "due_at", "attempted_at", "sent_at", "error"])
        return mail.state in {State.SENT, State.GONE}


def _send(mail: NoticeMail, connection: Any, *, now: datetime) -> None:
    reader = registry.people().reader(mail.user_id, mail.account_id)
    if reader is None:
        mail.state = State.GONE
        return
    with scope.account(account_id=mail.account_id, permissions=frozenset(), actor=ACTOR):
        notice = Notice.objects.get(run_id=mail.run_id)
        message = letters.message(mail, notice, reader)
        message.connection = connection
        message.send()
    mail.state, mail.sent_at, mail.error = State.SENT, now, ""


def _wait(mail: NoticeMail, error: Exception, *, now: datetime) -> None:
    mail.due_at = now + min(FIRST_WAIT * 2 ** (mail.attempts - 1), LONGEST_WAIT)
    mail.error = type(error).__name__[:40]
    # An address or a header that no mail can carry will be none the better for waiting.
    if mail.attempts >= ATTEMPTS or isinstance(error, UnicodeError | ValueError):
        mail.state = State.FAILED
    # The error's text may hold an address; its kind does not.
    log.error("A notice could not be sent", extra={"mail": str(mail.pk), "error": mail.error})
