"""Shipments, with their walls. The security role may ask who holds an item; what is sealed stays noise to it."""

import uuid

from django.db import migrations, models

import security.sealing
import security.tenancy
from security.operations import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_walls"),
        ("shipments", "0001_reference"),
    ]

    operations = [
        migrations.CreateModel(
            name="Shipment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("booked", "Booked"),
                            ("accepted", "Accepted by the post office"),
                            ("in_transit", "On its way"),
                            ("delivered", "Delivered"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                            ("returned", "Returned"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("step", models.CharField(blank=True, default="", max_length=16)),
                ("submission_key", models.UUIDField(editable=False, null=True)),
                ("item_number", models.CharField(max_length=13, null=True)),
                ("service", models.CharField(blank=True, default="", max_length=8)),
                ("zone", models.CharField(blank=True, default="", max_length=16)),
                ("destination", models.CharField(blank=True, default="", max_length=2)),
                (
                    "format",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("small_letter", "Small letter"),
                            ("large_letter", "Large letter"),
                            ("packet", "Packet"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                (
                    "contents",
                    models.CharField(
                        blank=True, choices=[("goods", "Goods"), ("documents", "Documents")], default="", max_length=10
                    ),
                ),
                ("category", models.CharField(blank=True, default="", max_length=20)),
                ("weight_g", models.PositiveIntegerField(null=True)),
                ("length_mm", models.PositiveIntegerField(null=True)),
                ("width_mm", models.PositiveIntegerField(null=True)),
                ("height_mm", models.PositiveIntegerField(null=True)),
                ("postage_hkd", models.DecimalField(decimal_places=2, max_digits=10, null=True)),
                ("final_postage_hkd", models.DecimalField(decimal_places=2, max_digits=10, null=True)),
                ("tariff_edition", models.CharField(blank=True, default="", max_length=32)),
                ("valid_until", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("booked_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("account_id"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.F("id"),
                        name="shipment_newest",
                    ),
                    models.Index(
                        models.F("account_id"),
                        models.F("status"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.F("id"),
                        name="shipment_newest_by_status",
                    ),
                    models.Index(
                        condition=models.Q(("status", "draft")),
                        fields=["account_id", "updated_at"],
                        name="shipment_stale_drafts",
                    ),
                    models.Index(
                        condition=models.Q(("status", "booked")),
                        fields=["account_id", "valid_until"],
                        name="shipment_labels_ending",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("item_number",), name="shipment_item_number_once"),
                    models.UniqueConstraint(fields=("account_id", "submission_key"), name="shipment_once_a_submission"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "draft",
                                    "booked",
                                    "accepted",
                                    "in_transit",
                                    "delivered",
                                    "cancelled",
                                    "expired",
                                    "returned",
                                ],
                            )
                        ),
                        name="shipment_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("contents__in", ["", "goods", "documents"])), name="shipment_contents_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("format__in", ["", "small_letter", "large_letter", "packet"])),
                        name="shipment_format_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weight_g__isnull", True), ("weight_g__gt", 0), _connector="OR"),
                        name="shipment_weight_above_nothing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("postage_hkd__isnull", True), ("postage_hkd__gte", 0), _connector="OR"),
                        name="shipment_postage_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "draft"), _negated=True),
                            models.Q(("booked_at__isnull", True), ("item_number__isnull", True)),
                            _connector="OR",
                        ),
                        name="shipment_draft_has_no_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"),
                            models.Q(
                                ("booked_at__isnull", False),
                                ("postage_hkd__isnull", False),
                                ("valid_until__isnull", False),
                                ("weight_g__isnull", False),
                                models.Q(("service", ""), _negated=True),
                                models.Q(("tariff_edition", ""), _negated=True),
                                models.Q(("destination", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="shipment_booked_is_complete",
                    ),
                ],
            },
        ),
        Walls("Shipment", security_reads=True),
    ]
