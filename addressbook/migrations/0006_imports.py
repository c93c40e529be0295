"""Imports: how far each is, its file for a short time, its rows in batches, and remembered columns.

The security role may ask which accounts have an import to look after; nothing else of any.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import security.sealing
import security.tenancy
from security.operations import Walls

DUE = "GRANT SELECT (due_at) ON addressbook_import TO ecship_security"
NOT_DUE = "REVOKE SELECT (due_at) ON addressbook_import FROM ecship_security"
# What is sealed does not get smaller.
STORED = """
ALTER TABLE addressbook_importfile ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE addressbook_importbatch ALTER COLUMN sealed SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("addressbook", "0005_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "Being read"),
                            ("ready", "Waiting for you"),
                            ("running", "Being carried out"),
                            ("done", "Carried out"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                            ("failed", "Could not be read"),
                            ("cancelled", "Not carried out"),
                        ],
                        default="reading",
                        max_length=10,
                    ),
                ),
                ("kind", models.CharField(default="", max_length=5)),
                (
                    "duplicates",
                    models.CharField(
                        choices=[
                            ("skip", "Leave it out"),
                            ("update", "Update the contact that is there with what the row has"),
                            ("add", "Add it as another contact"),
                        ],
                        default="skip",
                        max_length=6,
                    ),
                ),
                ("failure", models.CharField(default="", max_length=24)),
                ("failure_at", models.PositiveIntegerField(default=0)),
                ("size", models.PositiveIntegerField()),
                ("rows", models.PositiveIntegerField(default=0)),
                ("good", models.PositiveIntegerField(default=0)),
                ("bad", models.PositiveIntegerField(default=0)),
                ("doubtful", models.PositiveIntegerField(default=0)),
                ("doubles", models.PositiveIntegerField(default=0)),
                ("added", models.PositiveIntegerField(default=0)),
                ("updated", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("returned", models.PositiveIntegerField(default=0)),
                ("left", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease", models.UUIDField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "book",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="imports",
                        to="addressbook.addressbook",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("number", models.PositiveIntegerField()),
                ("is_done", models.BooleanField(default=False)),
                ("bad", models.PositiveIntegerField(default=0)),
                ("told", models.PositiveIntegerField(default=0)),
                (
                    "run",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="addressbook.import",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportFile",
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
                        to="addressbook.import",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportProfile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["account_id", "created_at"], name="import_profile_by_age")],
            },
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(
                models.F("account_id"),
                models.F("book"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="import_by_age",
            ),
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(
                condition=models.Q(("due_at", None), _negated=True), fields=["due_at"], name="import_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["reading", "ready", "running", "done", "undoing", "undone", "failed", "cancelled"])
                ),
                name="import_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(("duplicates__in", ["skip", "update", "add"])), name="import_duplicates_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.UniqueConstraint(fields=("account_id", "run", "number"), name="import_batch_once"),
        ),
        migrations.AddConstraint(
            model_name="importfile",
            constraint=models.UniqueConstraint(fields=("account_id", "run"), name="import_one_file"),
        ),
        Walls("Import"),
        Walls("ImportBatch"),
        Walls("ImportFile"),
        Walls("ImportProfile"),
        migrations.RunSQL(DUE, NOT_DUE),
        migrations.RunSQL(STORED, migrations.RunSQL.noop),
    ]
