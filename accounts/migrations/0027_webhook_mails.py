"""Mails to the owners about webhooks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0026_integrators"),
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
                    ("appeal_answered", "Appeal Answered"),
                    ("factor_required", "Factor Required"),
                    ("factor_not_required", "Factor Not Required"),
                    ("contacts_exported", "Contacts Exported"),
                    ("account_copied", "Account Copied"),
                    ("webhook_made", "Webhook Made"),
                    ("webhook_changed", "Webhook Changed"),
                    ("webhook_deleted", "Webhook Deleted"),
                    ("webhook_off", "Webhook Off"),
                    ("closing_asked", "Closing Asked"),
                    ("closing_soon", "Closing Soon"),
                    ("closing_stopped", "Closing Stopped"),
                    ("sign_in_closed", "Sign In Closed"),
                    ("integrator_asked", "Integrator Asked"),
                    ("integrator_linked", "Integrator Linked"),
                    ("integrator_unlinked", "Integrator Unlinked"),
                    ("integrator_made", "Integrator Made"),
                    ("integrator_key", "Integrator Key"),
                    ("integrator_ended", "Integrator Ended"),
                ],
                max_length=32,
            ),
        ),
    ]
