"""The last door before a mail leaves: nothing foreign may be in the scope it was written in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from security import egress


class CheckedBackend(BaseEmailBackend):
    """Checks egress, then hands over to the backend that EMAIL_DELIVERY_BACKEND names."""

    def __init__(self, fail_silently: bool = False, **options: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self._inner = get_connection(settings.EMAIL_DELIVERY_BACKEND, fail_silently=fail_silently, **options)

    def open(self) -> bool | None:
        opened: bool | None = self._inner.open()
        return opened

    def close(self) -> None:
        self._inner.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        egress.check()
        return self._inner.send_messages(email_messages) or 0
