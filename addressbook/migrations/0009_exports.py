"""Exports: how far each is, its pieces while it is made, and its file for a day.

The security role may ask which accounts have an export to look after; nothing else of any.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import security.sealing
import security.tenancy
from security.operations import Walls

DUE = "GRANT SELECT (due_at) ON addressbook_export TO ecship_security"
NOT_DUE = "REVOKE SELECT (due_at) ON addressbook_export FROM ecship_security"
# What is sealed does not get smaller.
STORED = """
ALTER TABLE addressbook_exportfile ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE addressbook_exportpiece ALTER COLUMN sealed SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("addressbook", "0008_order_by_use"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
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
                ("by", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("making", "Being made"),
                            ("ready", "Ready"),
                            ("failed", "Could not be made"),
                            ("gone", "Removed"),
                        ],
                        default="making",
                        max_length=10,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("xlsx", "Excel workbook (XLSX)"),
                            ("csv", "Text with delimiters (CSV)"),
                            ("vcard", "vCard"),
                        ],
                        max_length=5,
                    ),
                ),
                ("has_mark", models.BooleanField(default=False)),
                ("rows", models.PositiveIntegerField()),
                ("done", models.PositiveIntegerField(default=0)),
                ("left", models.PositiveIntegerField(default=0)),
                ("size", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("fetched_at", models.DateTimeField(null=True)),
                (
                    "book",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to="addressbook.addressbook",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExportFile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("key_version", models.SmallIntegerField()),
                ("sealed", models.BinaryField()),
                (
                    "run",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="addressbook.export",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExportPiece",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("number", models.PositiveIntegerField()),
                ("is_made", models.BooleanField(default=False)),
                (
                    "run",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pieces",
                        to="addressbook.export",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(
                models.F("account_id"),
                models.F("book"),
                models.F("by"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="export_by_age",
            ),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["account_id", "created_at"], name="export_budget"),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(
                condition=models.Q(("due_at", None), _negated=True), fields=["due_at"], name="export_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["making", "ready", "failed", "gone"])), name="export_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["xlsx", "csv", "vcard"])), name="export_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="exportfile",
            constraint=models.UniqueConstraint(fields=("account_id", "run"), name="export_one_file"),
        ),
        migrations.AddConstraint(
            model_name="exportpiece",
            constraint=models.UniqueConstraint(fields=("account_id", "run", "number"), name="export_piece_once"),
        ),
        Walls("Export"),
        Walls("ExportPiece"),
        Walls("ExportFile"),
        migrations.RunSQL(DUE, NOT_DUE),
        migrations.RunSQL(STORED, migrations.RunSQL.noop),
    ]
