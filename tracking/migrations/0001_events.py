"""Events of items, which belong to nobody."""

import uuid

from django.db import migrations, models

from security.operations import Reference


class Migration(migrations.Migration):
    initial = True

    dependencies = [("security", "0002_tables")]

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("item_number", models.CharField(max_length=13, verbose_name="Item number")),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("EMA", "Posted or collected"),
                            ("EMB", "Arrived at outward office of exchange"),
                            ("EXA", "Presented to export customs"),
                            ("EXB", "Held by export customs"),
                            ("EXC", "Returned from export customs"),
                            ("EXD", "Held at outward office of exchange"),
                            ("EMC", "Left outward office of exchange"),
                            ("EXX", "Export cancelled"),
                            ("EMJ", "Arrived at transit office"),
                            ("EMK", "Left transit office"),
                            ("EMD", "Arrived at inward office of exchange"),
                            ("EDA", "Held at inward office of exchange"),
                            ("EDB", "Presented to import customs"),
                            ("EME", "Held by import customs"),
                            ("EDC", "Returned from import customs"),
                            ("EMF", "Left inward office of exchange"),
                            ("EDD", "Arrived at sorting centre"),
                            ("EDE", "Left sorting centre"),
                            ("EMG", "Arrived at delivery office"),
                            ("EDF", "Held at delivery office"),
                            ("EDG", "Out for delivery"),
                            ("EDH", "Ready at collection point"),
                            ("EMH", "Delivery not successful"),
                            ("EDX", "Import ended"),
                            ("EMI", "Delivered"),
                        ],
                        max_length=3,
                        verbose_name="Event",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="Date and time")),
                ("place", models.CharField(blank=True, max_length=60, verbose_name="Office")),
                ("reason", models.CharField(blank=True, max_length=16, verbose_name="Reason")),
                (
                    "action",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("retry", "Delivery will be tried again."),
                            ("hold", "The item is held for collection."),
                            ("return", "The item goes back to the sender."),
                        ],
                        max_length=16,
                        verbose_name="What happens next",
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("item_number", "code", "at"), name="tracking_event_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "code__in",
                                [
                                    "EMA",
                                    "EMB",
                                    "EXA",
                                    "EXB",
                                    "EXC",
                                    "EXD",
                                    "EMC",
                                    "EXX",
                                    "EMJ",
                                    "EMK",
                                    "EMD",
                                    "EDA",
                                    "EDB",
                                    "EME",
                                    "EDC",
                                    "EMF",
                                    "EDD",
                                    "EDE",
                                    "EMG",
                                    "EDF",
                                    "EDG",
                                    "EDH",
                                    "EMH",
                                    "EDX",
                                    "EMI",
                                ],
                            )
                        ),
                        name="tracking_event_code_known",
                    ),
                ],
            },
        ),
        Reference(
            "Event",
            reason="Events of items: a number, a code, a moment and an office; no account and no person.",
            rights="SELECT, INSERT",
            warrant="",  # from migration 0003 on
        ),
    ]
