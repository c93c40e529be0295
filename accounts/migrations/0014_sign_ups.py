"""Wishes for an account, behind the walls of signing in: no row of a user or an account stands for them any more."""

import uuid

from django.db import migrations, models

from security.operations import IdentityWalls

GUARD = (
    "CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON accounts_signup "
    "FOR EACH ROW EXECUTE FUNCTION walls.guard_people()"
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_suspended_mail")]

    operations = [
        migrations.CreateModel(
            name="SignUp",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("email", models.EmailField(db_index=True, max_length=254)),
                ("kind", models.CharField(choices=[("personal", "Personal"), ("business", "Business")], max_length=10)),
                ("account_name", models.CharField(blank=True, max_length=100)),
                ("language", models.CharField(max_length=10)),
                ("created_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["personal", "business"])), name="sign_up_kind_known"
                    )
                ],
            },
        ),
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
                    ("key_made", "Key Made"),
                    ("key_ended", "Key Ended"),
                    ("member_invited", "Member Invited"),
                    ("member_joined", "Member Joined"),
                    ("member_gone", "Member Gone"),
                    ("role_changed", "Role Changed"),
                    ("account_deleted", "Account Deleted"),
                    ("suspended", "Suspended"),
                ],
                max_length=32,
            ),
        ),
        IdentityWalls("SignUp"),
        migrations.RunSQL(GUARD, "DROP TRIGGER IF EXISTS writeguard ON accounts_signup"),
    ]
