"""By which ids companies' providers know people, behind the walls of signing in."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from security.operations import IdentityWalls

GUARD = """
CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON accounts_companyidentity
FOR EACH ROW EXECUTE FUNCTION walls.guard_people()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_released_mail"),
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
                ],
                max_length=32,
            ),
        ),
        migrations.CreateModel(
            name="CompanyIdentity",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("place", models.CharField(max_length=64)),
                ("subject", models.CharField(max_length=64, unique=True)),
                ("linked_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="company_identities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "place"), name="company_identity_once")],
            },
        ),
        IdentityWalls("CompanyIdentity"),
        migrations.RunSQL(GUARD, "DROP TRIGGER writeguard ON accounts_companyidentity"),
    ]
