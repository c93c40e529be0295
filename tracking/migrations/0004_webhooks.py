"""Webhooks, and what they are told.

The security role may ask which of them have something to send, and whose deliveries are past their time; nothing else.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import security.sealing
import security.tenancy
from security.operations import Walls

DUE = """
GRANT SELECT (state, rests_until, leased_until) ON tracking_webhook TO ecship_security;
GRANT SELECT (webhook_id, due_at, at) ON tracking_webhookdelivery TO ecship_security;
"""
NOT_DUE = """
REVOKE SELECT (state, rests_until, leased_until) ON tracking_webhook FROM ecship_security;
REVOKE SELECT (webhook_id, due_at, at) ON tracking_webhookdelivery FROM ecship_security;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0003_warrants"),
        ("accounts", "0027_webhook_mails"),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("events", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "On"), ("paused", "Paused"), ("off", "Switched off")],
                        default="active",
                        max_length=6,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("gone", "The receiver answered 410: it does not want to be told any more."),
                            ("failing", "For three days nothing arrived."),
                        ],
                        default="",
                        max_length=7,
                    ),
                ),
                ("by", models.UUIDField()),
                ("key", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("old_secret_until", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("rests_until", models.DateTimeField(null=True)),
                ("lease", models.UUIDField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("account_id"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.F("id"),
                        name="webhook_by_age",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "paused", "off"])), name="webhook_state_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["", "gone", "failing"])), name="webhook_reason_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("shipment.booked", "A shipment was booked"),
                            ("shipment.cancelled", "A shipment was cancelled"),
                            ("shipment.accepted", "An item was posted"),
                            ("shipment.in_transit", "An item is on its way"),
                            ("shipment.delivered", "An item was delivered"),
                            ("shipment.returned", "An item came back"),
                            ("webhook.test", "A test, sent by hand"),
                        ],
                        max_length=24,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("shipment", models.UUIDField(null=True)),
                ("item_number", models.CharField(blank=True, default="", max_length=13)),
                ("status", models.CharField(blank=True, default="", max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("delivered", "Arrived"), ("failed", "Given up")],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(null=True)),
                ("tried_at", models.DateTimeField(null=True)),
                ("status_code", models.PositiveSmallIntegerField(null=True)),
                (
                    "failure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("address", "The address leads to no public server."),
                            ("connection", "There was no connection."),
                            ("tls", "The server’s certificate cannot be trusted."),
                            ("timeout", "The receiver took too long."),
                            ("answer", "The receiver’s answer could not be read."),
                            ("redirect", "The receiver pointed elsewhere, where we do not go."),
                            ("status", "The receiver answered with an error."),
                            ("gone", "The receiver does not want to be told any more."),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "webhook",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="tracking.webhook",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("account_id"),
                        models.F("webhook"),
                        models.OrderBy(models.F("at"), descending=True),
                        models.F("id"),
                        name="delivery_by_age",
                    ),
                    models.Index(
                        condition=models.Q(("due_at", None), _negated=True),
                        fields=["account_id", "webhook", "due_at"],
                        name="delivery_next",
                    ),
                    models.Index(fields=["at"], name="delivery_old"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "delivered", "failed"])),
                        name="delivery_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("due_at__isnull", False), ("state", "waiting")),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("due_at", None)),
                            _connector="OR",
                        ),
                        name="delivery_due_while_waiting",
                    ),
                ],
            },
        ),
        Walls("Webhook"),
        Walls("WebhookDelivery"),
        migrations.RunSQL(DUE, NOT_DUE),
    ]
