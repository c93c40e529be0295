"""The worker's part in tests: what the outbox holds is sent, and read from Django's mailbox."""

from __future__ import annotations

import re

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from accounts import delivery, outbox
from security import scope


def deliver() -> list[EmailMessage]:
    """Send all mail that waits, and return everything that was sent in this test."""
    with scope.identity():
        found = outbox.waiting(now=timezone.now())
    for mail_id in found:
        delivery.deliver(mail_id, now=timezone.now())
    return list(mail.outbox)


def link(message: EmailMessage) -> str:
    """Return the path of the first link of a mail that is not the home page."""
    found = re.findall(rf"^{re.escape(settings.SITE_ADDRESS)}(/\S+)$", str(message.body), re.MULTILINE)
    assert found, message.body
    return str(found[0])
