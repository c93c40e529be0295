"""Copies of an account: how far each is, its pieces while it is made, and its file for a day; and a mail about it.

The security role may ask which accounts have a copy to look after; nothing else of any.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import security.sealing
import security.tenancy
from security.operations import Walls

DUE = "GRANT SELECT (due_at) ON accounts_accountcopy TO ecship_security"
NOT_DUE = "REVOKE SELECT (due_at) ON accounts_accountcopy FROM ecship_security"
# What is sealed does not get smaller.
STORED = """
ALTER TABLE accounts_copyfile ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE accounts_copypiece ALTER COLUMN sealed SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_exports"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outgoingmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sign_up", "Sign Up"),
                    ("exists", "Exists"),
                    ("activate", "Activate"),
                    ("confirm", "Confirm"),
                    ("reset", "Reset"),
                    ("invitation", "Invitation"),
                    ("password_changed", "Password Changed"),
                    ("password_set", "Password Set"),
                    ("password_reset", "Password Reset"),
                    ("email_confirm", "Email Confirm"),
                    ("email_changed", "Email Changed"),
                    ("email_deleted", "Email Deleted"),
                    ("totp_activated", "Totp Activated"),
                    ("totp_deactivated", "Totp Deactivated"),
                    ("webauthn_added", "Webauthn Added"),
                    ("webauthn_removed", "Webauthn Removed"),
                    ("recovery_codes_generated", "Recovery Codes Generated"),
                    ("recovery_code_used", "Recovery Code Used"),
                    ("new_device", "New Device"),
                    ("company_linked", "Company Linked"),
                    ("recovery_asked", "Recovery Asked"),
                    ("recovery_ready", "Recovery Ready"),
                    ("recovery_stopped", "Recovery Stopped"),
                    ("recovery_done", "Recovery Done"),
                    ("key_made", "Key Made"),
                    ("key_ended", "Key Ended"),
                    ("member_invited", "Member Invited"),
                    ("member_joined", "Member Joined"),
                    ("member_gone", "Member Gone"),
                    ("role_changed", "Role Changed"),
                    ("account_deleted", "Account Deleted"),
                    ("suspended", "Suspended"),
                    ("released", "Released"),
                    ("factor_required", "Factor Required"),
                    ("factor_not_required", "Factor Not Required"),
                    ("contacts_exported", "Contacts Exported"),
                    ("account_copied", "Account Copied"),
                ],
                max_length=32,
            ),
        ),
        migrations.CreateModel(
            name="AccountCopy",
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
                ("section", models.CharField(default="", max_length=32)),
                ("done", models.PositiveIntegerField(default=0)),
                ("size", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("fetched_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account_id", "created_at"], name="account_copy_by_age"),
                    models.Index(
                        condition=models.Q(("due_at", None), _negated=True), fields=["due_at"], name="account_copy_due"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["making", "ready", "failed", "gone"])),
                        name="account_copy_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CopyFile",
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
                        to="accounts.accountcopy",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("account_id", "run"), name="copy_one_file")],
            },
        ),
        migrations.CreateModel(
            name="CopyPiece",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("sealed", security.sealing.SealedColumn()),
                ("key_version", models.SmallIntegerField(default=1, editable=False)),
                ("number", models.PositiveIntegerField()),
                ("section", models.CharField(max_length=32)),
                (
                    "run",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pieces",
                        to="accounts.accountcopy",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "run", "number"), name="copy_piece_once")
                ],
            },
        ),
        Walls("AccountCopy"),
        Walls("CopyPiece"),
        Walls("CopyFile"),
        migrations.RunSQL(DUE, NOT_DUE),
        migrations.RunSQL(STORED, migrations.RunSQL.noop),
    ]
