"""Books, their contacts and the grants on restricted books, with their walls."""

import uuid

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

import security.operations
import security.sealing
import security.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="AddressBook",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("is_default", models.BooleanField(default=False)),
                (
                    "access",
                    models.CharField(
                        choices=[("everyone", "Everyone in the account"), ("restricted", "Only people chosen by name")],
                        default="everyone",
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "default_permissions": ("view", "change", "manage"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("account_id",),
                        name="address_book_one_default",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("access__in", ["everyone", "restricted"])), name="address_book_access_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AddressBookUserPermission",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                (
                    "content_object",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grants",
                        to="addressbook.addressbook",
                    ),
                ),
                ("permission", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="auth.permission")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account_id", "content_object", "user", "permission"), name="address_book_grant_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("country", models.CharField(max_length=2)),
                ("can_send", models.BooleanField(default=False)),
                ("can_receive", models.BooleanField(default=True)),
                ("email_index", models.BinaryField(null=True)),
                ("phone_index", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("deleted_at", models.DateTimeField(null=True)),
                (
                    "book",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="addressbook.addressbook",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("account_id"),
                        models.F("book"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="contact_by_age",
                    ),
                    models.Index(
                        models.F("account_id"),
                        models.F("book"),
                        models.OrderBy(
                            django.db.models.functions.comparison.Coalesce("used_at", "created_at"), descending=True
                        ),
                        models.OrderBy(models.F("id"), descending=True),
                        name="contact_by_use",
                    ),
                    models.Index(fields=["account_id", "email_index"], name="contact_by_email"),
                    models.Index(fields=["account_id", "phone_index"], name="contact_by_phone"),
                ],
            },
        ),
        security.operations.Walls("AddressBook"),
        security.operations.Walls("AddressBookUserPermission"),
        security.operations.Walls("Contact"),
    ]
