"""Mail on its way, behind the walls of signing in."""

import uuid

from django.db import migrations, models

from security.operations import IdentityWalls


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sign_up", "Sign Up"),
                            ("exists", "Exists"),
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
                        ],
                        max_length=32,
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                ("language", models.CharField(max_length=10)),
                ("data", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("given_up_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("given_up_at", None)), fields=["due_at"], name="outgoing_mail_due")
                ],
            },
        ),
        IdentityWalls("OutgoingMail"),
    ]
