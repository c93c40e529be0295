"""Keyed POSTs of the API and their sealed answers, behind all walls."""

import uuid

from django.db import migrations, models

import security.sealing
import security.tenancy
from security.operations import Walls


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0002_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdempotentRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn(editable=False)),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("actor_id", models.UUIDField()),
                ("name", models.BinaryField()),
                ("fingerprint", models.BinaryField()),
                ("leased_until", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("status", models.SmallIntegerField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["account_id", "expires_at"], name="idempotent_request_by_end")],
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "actor_id", "name"), name="idempotent_request_once")
                ],
            },
        ),
        Walls("IdempotentRequest", account_table=""),
        # The security worker asks which accounts have something that is over; the answers themselves it cannot read.
        migrations.RunSQL(
            """
            GRANT SELECT (account_id, expires_at) ON security_idempotentrequest TO ecship_security;
            CREATE POLICY security ON security_idempotentrequest FOR SELECT TO ecship_security USING (true)
            """,
            "DROP POLICY security ON security_idempotentrequest",
        ),
    ]
