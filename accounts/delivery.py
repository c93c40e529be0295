"""Sending one mail of the outbox: what it is about is looked up here, in the worker, not in the request that asked.

So a request does the same work whether it named an e-mail that is known or one that is not. The row's lock is the
lease: a killed worker lets go of it, and the mail is sent by the next. Where a worker dies between sending and deleting
the row, the mail goes twice, with the same Message-ID.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import letters, mail_limits, sign_ups
from accounts.models import OutgoingMail
from security import scope

logger = logging.getLogger(__name__)
ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)


def deliver(mail_id: UUID, *, now: datetime) -> None:
    """Send a mail that is due, unless it has gone or somebody else is sending it."""
    with scope.identity():
        row = OutgoingMail.objects.select_for_update(skip_locked=True).filter(
            pk=mail_id, given_up_at=None, due_at__lte=now
        )
        if (mail := row.first()) is None:
            return
        try:
            if mail.kind == OutgoingMail.Kind.SIGN_UP:
                sign_ups.begin(mail)  # stays done when the mail cannot go yet
            if mail.kind == OutgoingMail.Kind.INVITATION and (wait := mail_limits.arrives(mail.email, now=now)):
                mail.due_at = now + wait
                mail.save(update_fields=["due_at"])
                return
            with transaction.atomic():  # what a failed attempt has begun is undone, but the attempt counts
                letter = letters.write(mail)
                if letter is not None:
                    letter.send()
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail must not stay due for ever
            _try_again(mail, error, now=now)
            return
        mail.delete()


def _try_again(mail: OutgoingMail, error: Exception, *, now: datetime) -> None:
    mail.attempts += 1
    mail.due_at = now + min(FIRST_WAIT * 2 ** (mail.attempts - 1), LONGEST_WAIT)
    # An address or a header that no mail can carry will be none the better for waiting.
    if mail.attempts >= ATTEMPTS or isinstance(error, UnicodeError | ValueError):
        mail.given_up_at = now
    mail.save(update_fields=["attempts", "due_at", "given_up_at"])
    # The error's text may hold an address; its kind does not.
    logger.error("A mail could not be sent", extra={"mail": str(mail.pk), "error": type(error).__name__})
