"""Tables of the console. Bare ids, as everywhere on the ground floor."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import models

from security import kek
from security.models import Action, Decision
from security.scope import Via


class TrailEntry(models.Model):
    """The access log as the security role reads it, over all accounts: no scope, no witness, and never written."""

    id = models.UUIDField(primary_key=True)
    account_id = models.UUIDField()
    at = models.DateTimeField()
    row_count = models.PositiveIntegerField()
    request_id = models.CharField(max_length=32)
    actor = models.CharField(max_length=64)
    on_behalf = models.CharField(max_length=64)
    action = models.CharField(max_length=10, choices=Action.choices)
    kind = models.CharField(max_length=32)
    via = models.CharField(max_length=8, choices=Via.choices)
    endpoint = models.CharField(max_length=100)
    decision = models.CharField(max_length=8, choices=Decision.choices)
    wall = models.CharField(max_length=16)
    source = models.GenericIPAddressField(null=True)

    class Meta:
        managed = False
        db_table = "security_accessentry"

    def __str__(self) -> str:
        return f"{self.action} {self.kind} by {self.actor}"


class Case(models.Model):
    """The grant by which one member of staff sees one account for half an hour, with the reason.

    Only the security role writes it, whose credential the customers' process has not; an account reads its own.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account_id = models.UUIDField()
    staff_id = models.UUIDField()
    ticket = models.CharField(max_length=40)
    wrapped_reason = models.BinaryField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    consent_at = models.DateTimeField(null=True)  # when the customer was noted to have agreed

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "-opened_at"], name="case_by_account"),
            models.Index(fields=["staff_id", "-opened_at"], name="case_by_staff"),
            models.Index(fields=["-opened_at"], name="case_by_time"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    def runs(self, *, now: datetime) -> bool:
        return self.ended_at is None and self.expires_at > now

    @property
    def reason(self) -> str:
        """The reason in words. It lies wrapped under the key of keys: staff are told to name nobody, and may forget."""
        return kek.provider().unwrap(bytes(self.wrapped_reason), bound_to=self._binding).decode()

    @reason.setter
    def reason(self, words: str) -> None:
        self.wrapped_reason = kek.provider().wrap(words.encode(), bound_to=self._binding)

    @property
    def _binding(self) -> bytes:
        return f"case|{self.pk}".encode()
