"""Wishes to come in without a lost second factor, behind the walls of signing in."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from security.operations import IdentityWalls

GUARD = """
CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON accounts_factorrecovery
FOR EACH ROW EXECUTE FUNCTION walls.guard_people()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0016_factor_rule"),
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
                    ("factor_required", "Factor Required"),
                    ("factor_not_required", "Factor Not Required"),
                ],
                max_length=32,
            ),
        ),
        migrations.CreateModel(
            name="FactorRecovery",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Factors removed"),
                            ("stopped", "Stopped"),
                            ("expired", "Expired"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("link", "By a link that was mailed"),
                            ("factor", "By signing in with a factor"),
                            ("staff", "By staff"),
                            ("time", "By time"),
                        ],
                        max_length=10,
                    ),
                ),
                ("decided_by_id", models.UUIDField(null=True)),
                ("source_block", models.CharField(blank=True, max_length=45)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="factor_recoveries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")), fields=("user",), name="factor_recovery_waits_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "done", "stopped", "expired"])),
                        name="factor_recovery_state_known",
                    ),
                ],
            },
        ),
        IdentityWalls("FactorRecovery"),
        migrations.RunSQL(GUARD, "DROP TRIGGER writeguard ON accounts_factorrecovery"),
    ]
