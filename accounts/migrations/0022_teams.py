"""Teams and who is in them. Whoever leaves the account leaves its teams: the database sees to it."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import security.sealing
import security.tenancy
from security.operations import Walls

OF_MEMBER = (
    "ALTER TABLE accounts_teammember ADD CONSTRAINT team_member_same_account FOREIGN KEY (account_id, user_id) "
    "REFERENCES accounts_member (account_id, user_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0021_copies"), ("security", "0006_warrants")]

    operations = [
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("name_index", models.BinaryField(editable=False)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("account_id", "name_index"), name="team_name_once")],
            },
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("joined_at", models.DateTimeField()),
                (
                    "team",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="accounts.team",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "team", "user"), name="team_member_once")
                ],
            },
        ),
        Walls("Team", warrant="members"),
        Walls("TeamMember", warrant="members"),
        migrations.RunSQL(OF_MEMBER, "ALTER TABLE accounts_teammember DROP CONSTRAINT team_member_same_account"),
    ]
