"""Possible duplicates and merges: ids, reasons and moments; what a contact said before a merge is sealed."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import security.sealing
import security.tenancy
from security.operations import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("addressbook", "0006_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="DuplicateLook",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("asked_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "book",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="addressbook.addressbook",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "book"), name="duplicate_look_one_a_book")
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("merged_at", models.DateTimeField()),
                (
                    "book",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="addressbook.addressbook",
                    ),
                ),
                (
                    "kept",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="addressbook.contact",
                    ),
                ),
                (
                    "taken_in",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="addressbook.contact",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("account_id"),
                        models.F("book"),
                        models.OrderBy(models.F("merged_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="merge_by_age",
                    ),
                    models.Index(fields=["account_id", "kept"], name="merge_kept"),
                    models.Index(fields=["account_id", "taken_in"], name="merge_taken_in"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PossibleDuplicate",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("reasons", models.JSONField(default=list)),
                ("weight", models.PositiveSmallIntegerField()),
                ("dismissed_at", models.DateTimeField(null=True)),
                (
                    "book",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="addressbook.addressbook",
                    ),
                ),
                (
                    "one",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="addressbook.contact",
                    ),
                ),
                (
                    "other",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="addressbook.contact",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("account_id"),
                        models.F("book"),
                        models.OrderBy(models.F("weight"), descending=True),
                        models.F("id"),
                        name="possible_duplicate_by_weight",
                    ),
                    models.Index(fields=["account_id", "other"], name="possible_duplicate_other"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "one", "other"), name="possible_duplicate_once")
                ],
            },
        ),
        Walls("DuplicateLook"),
        Walls("PossibleDuplicate"),
        Walls("Merge"),
    ]
