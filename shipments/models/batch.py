"""Shipments for many recipients that are put together and booked at once: what they share, and how far it is."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from security.leased import Leased
from security.sealing import SealedField


class BatchState(models.TextChoices):
    """How far a batch is: put together, its drafts made, or being booked, which is the worker's."""

    OPEN = "open", _("Being put together")
    MADE = "made", _("Drafts made")
    BOOKING = "booking", _("Being booked")


class Batch(Leased):  # type: ignore[django-manager-missing]  # django-scopes makes the related managers
    """One act of shipping to many.

    While it is put together it holds whom it is for (ids of contacts) and the draft that each of them gets, but for the
    recipient. Once the drafts are made it names nobody any more. `prices` are those that whoever booked had seen, by
    what decides them (`together.checking.price_key`); `failures` says of drafts that were not booked why, as codes.
    """

    chosen = SealedField[list[str]](list)
    left_out = SealedField[list[str]](list)  # of those chosen
    references = SealedField[dict[str, str]](dict)  # of one recipient, where it is not that of all
    pattern = SealedField[dict[str, Any]](dict)
    prices = SealedField[dict[str, str]](dict)
    failures = SealedField[dict[str, str]](dict)

    by = models.UUIDField(null=True)  # who began it
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.OPEN)
    step = models.CharField(max_length=16, default="", blank=True)  # the last step that was saved
    rows = models.PositiveIntegerField(default=0)  # recipients while it is open, drafts that were made afterwards
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    WORKING = (BatchState.BOOKING,)

    class Meta:
        indexes = [
            models.Index(F("account_id"), F("created_at").desc(), F("id"), name="batch_newest"),
            models.Index(fields=["due_at"], condition=~Q(due_at=None), name="batch_due"),
        ]
        constraints = [models.CheckConstraint(condition=Q(state__in=BatchState.values), name="batch_state_known")]

    def __str__(self) -> str:
        return f"batch {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state == BatchState.OPEN
