"""Batches: shipments for many recipients, put together and booked at once.

The security role may ask which accounts have a batch to look after; nothing else of any.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import security.sealing
import security.tenancy
from security.operations import Walls

DUE = "GRANT SELECT (due_at) ON shipments_batch TO ecship_security"
NOT_DUE = "REVOKE SELECT (due_at) ON shipments_batch FROM ecship_security"
SAME_ACCOUNT = """
ALTER TABLE shipments_shipment ADD CONSTRAINT shipments_shipment_batch_id_same_account
FOREIGN KEY (batch_id, account_id) REFERENCES shipments_batch (id, account_id) DEFERRABLE INITIALLY DEFERRED
"""
NOT_THE_SAME = "ALTER TABLE shipments_shipment DROP CONSTRAINT shipments_shipment_batch_id_same_account"


class Migration(migrations.Migration):
    dependencies = [("shipments", "0008_numbers_taken")]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("failure", models.CharField(default="", max_length=24)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease", models.UUIDField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("by", models.UUIDField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Being put together"), ("made", "Drafts made"), ("booking", "Being booked")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("step", models.CharField(blank=True, default="", max_length=16)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("account_id"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.F("id"),
                        name="batch_newest",
                    ),
                    models.Index(
                        condition=models.Q(("due_at", None), _negated=True), fields=["due_at"], name="batch_due"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "made", "booking"])), name="batch_state_known"
                    )
                ],
            },
        ),
        Walls("Batch"),
        migrations.RunSQL(DUE, NOT_DUE),
        migrations.AddField(
            model_name="shipment",
            name="batch",
            field=security.tenancy.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="shipments",
                to="shipments.batch",
            ),
        ),
        migrations.RunSQL(SAME_ACCOUNT, NOT_THE_SAME),
        migrations.AddIndex(
            model_name="shipment",
            index=models.Index(
                models.F("account_id"),
                models.F("batch"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.F("id"),
                condition=models.Q(("batch__isnull", False)),
                name="shipment_of_batch",
            ),
        ),
    ]
