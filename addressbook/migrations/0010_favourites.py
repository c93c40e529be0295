"""Contacts that members have starred, each for themselves."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import security.tenancy
from security.operations import Walls


class Migration(migrations.Migration):
    dependencies = [("addressbook", "0009_exports")]

    operations = [
        migrations.CreateModel(
            name="Favourite",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("user_id", models.UUIDField()),
                ("created_at", models.DateTimeField()),
                (
                    "contact",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="addressbook.contact",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["account_id", "contact"], name="favourite_of_contact")],
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "user_id", "contact"), name="favourite_once")
                ],
            },
        ),
        Walls("Favourite"),
    ]
