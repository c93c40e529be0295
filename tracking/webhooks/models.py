"""Where an account wants to be told of its shipments, and what it is, was and is to be told.

Where and with which secret is sealed. A delivery names nobody: ids, an item number, a state and times.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from security.sealing import SealedField, SealedModel
from security.tenancy import TenantForeignKey, TenantModel


class Type(models.TextChoices):
    """What is told; the names that receivers see."""

    BOOKED = "shipment.booked", _("A shipment was booked")
    CANCELLED = "shipment.cancelled", _("A shipment was cancelled")
    ACCEPTED = "shipment.accepted", _("An item was posted")
    IN_TRANSIT = "shipment.in_transit", _("An item is on its way")
    DELIVERED = "shipment.delivered", _("An item was delivered")
    RETURNED = "shipment.returned", _("An item came back")
    TEST = "webhook.test", _("A test, sent by hand")


CHOOSABLE = [choice for choice in Type.choices if choice[0] != Type.TEST]
OF_SHIPMENTS = [name for name, _words in CHOOSABLE]


class WebhookState(models.TextChoices):
    ACTIVE = "active", _("On")
    PAUSED = "paused", _("Paused")  # by a person
    OFF = "off", _("Switched off")  # by the site; `reason` says why


class Reason(models.TextChoices):
    """Why the site switched a webhook off."""

    GONE = "gone", _("The receiver answered 410: it does not want to be told any more.")
    FAILING = "failing", _("For three days nothing arrived.")


class Webhook(SealedModel):  # type: ignore[django-manager-missing]  # django-scopes makes the related managers
    """One receiver of an account. It belongs to the account, and stays when whoever made it leaves.

    `by` and `key` made it: while either is suspended nothing goes out. `old_secret` signs as well until
    `old_secret_until`. `failures` in a row since `failing_since` let it rest until `rests_until`. A worker holds it by
    `lease` until `leased_until`. `updated_at`: the last change that a reader should know of.
    """

    url = SealedField("")
    description = SealedField("")
    secret = SealedField("")
    old_secret = SealedField("")

    events = models.JSONField(default=list)
    state = models.CharField(max_length=6, choices=WebhookState.choices, default=WebhookState.ACTIVE)
    reason = models.CharField(max_length=7, choices=Reason.choices, blank=True, default="")
    by = models.UUIDField()
    key = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    old_secret_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(F("account_id"), F("created_at").desc(), F("id"), name="webhook_by_age")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=WebhookState.values), name="webhook_state_known"),
            models.CheckConstraint(condition=models.Q(reason__in=["", *Reason.values]), name="webhook_reason_known"),
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state == WebhookState.ACTIVE

    @property
    def name(self) -> str:
        """What it is called: what it was described as, or the server's name."""
        return self.description or urlsplit(self.url).hostname or ""

    @property
    def event_words(self) -> list[str]:
        """What it is told, in words."""
        return [str(Type(name).label) for name in self.events]


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Arrived")
    FAILED = "failed", _("Given up")


class Failure(models.TextChoices):
    """Why an attempt failed: a category, never what the receiver said."""

    ADDRESS = "address", _("The address leads to no public server.")
    CONNECTION = "connection", _("There was no connection.")
    TLS = "tls", _("The server’s certificate cannot be trusted.")
    TIMEOUT = "timeout", _("The receiver took too long.")
    ANSWER = "answer", _("The receiver’s answer could not be read.")
    REDIRECT = "redirect", _("The receiver pointed elsewhere, where we do not go.")
    STATUS = "status", _("The receiver answered with an error.")
    GONE = "gone", _("The receiver does not want to be told any more.")


class WebhookDelivery(TenantModel):
    """One message for one webhook, and how far it is. Its id is the message's: the same at each attempt.

    `at`: when it happened. `due_at`: the next attempt; none once it is delivered or given up.
    """

    webhook: models.ForeignKey[Webhook, Webhook] = TenantForeignKey(  # type: ignore[assignment]  # generic
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    event = models.CharField(max_length=24, choices=Type.choices)
    at = models.DateTimeField()
    shipment = models.UUIDField(null=True)
    item_number = models.CharField(max_length=13, blank=True, default="")
    status = models.CharField(max_length=12, blank=True, default="")
    state = models.CharField(max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    failure = models.CharField(max_length=10, choices=Failure.choices, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(F("account_id"), F("webhook"), F("at").desc(), F("id"), name="delivery_by_age"),
            models.Index(
                fields=["account_id", "webhook", "due_at"], condition=~models.Q(due_at=None), name="delivery_next"
            ),
            models.Index(fields=["at"], name="delivery_old"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(
                condition=models.Q(state=DeliveryState.WAITING, due_at__isnull=False)
                | (~models.Q(state=DeliveryState.WAITING) & models.Q(due_at=None)),
                name="delivery_due_while_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"

    @property
    def message_id(self) -> str:
        return f"msg_{self.pk.hex}"

    @property
    def colour(self) -> str:
        """Of the tag that says its state."""
        if self.state == DeliveryState.WAITING:
            return "yellow" if self.failure else "blue"
        return "green" if self.state == DeliveryState.DELIVERED else "red"
