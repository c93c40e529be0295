"""Events of items. They belong to nobody: a number, a code, a moment and an office; no account and no person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracking.events import Action, Code, Reason

PLACE_LENGTH = 60
REASON_LENGTH = 16


class EventQuerySet(models.QuerySet["Event"]):
    def of(self, item_numbers: Iterable[str]) -> Self:
        return self.filter(item_number__in=list(item_numbers))


class Event(models.Model):
    """Something that happened to an item. What is recorded is never changed: the same event twice is one row."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    item_number = models.CharField(_("Item number"), max_length=13)
    code = models.CharField(_("Event"), max_length=3, choices=Code.choices)
    at = models.DateTimeField(_("Date and time"))
    place = models.CharField(_("Office"), max_length=PLACE_LENGTH, blank=True)
    reason = models.CharField(_("Reason"), max_length=REASON_LENGTH, blank=True)
    action = models.CharField(_("What happens next"), max_length=REASON_LENGTH, choices=Action.choices, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=64)  # a reference such as "operator:<id>", never a name

    objects: ClassVar[models.Manager[Event]] = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item_number", "code", "at"], name="tracking_event_once"),
            models.CheckConstraint(condition=models.Q(code__in=Code.values), name="tracking_event_code_known"),
        ]

    def __str__(self) -> str:
        return f"{self.item_number} {self.code} {self.at:%Y-%m-%d %H:%M}"

    @property
    def text(self) -> str:
        """What happened, why, and what is next, in the reader's language."""
        return " – ".join(words for words in (self.get_code_display(), self.reason_words, self.action_words) if words)

    @property
    def reason_words(self) -> str:
        """The reason in words; another post's own code is shown as it came."""
        if self.reason in Reason.values:
            return str(Reason(self.reason).label)
        return gettext("Reason code %(code)s.") % {"code": self.reason} if self.reason else ""

    @property
    def action_words(self) -> str:
        return str(Action(self.action).label) if self.action else ""


class Unfollowed(models.Model):
    """An item whose holder's shipment has yet to follow its events. The row's lock is the lease; done, it is gone."""

    item_number = models.CharField(primary_key=True, max_length=13)
    due_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    given_up_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.item_number


# Django looks for an app's models here.
from tracking.webhooks import models as webhooks  # noqa: E402, F401
