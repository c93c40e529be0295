"""An account that its owner asked to delete: when it is due, and four mails about it.

`walls.find_key` says of a key's account that it is being deleted, since a key may only read in it then.
"""

from importlib import import_module

from django.db import migrations, models

BEFORE = import_module("accounts.migrations.0016_factor_rule").WITH_RULE
GIVEN, FOUND = "fax_enabled boolean,", "a.fax_enabled,"  # before both: in the order of the model's fields
assert BEFORE.count(GIVEN) == BEFORE.count(FOUND) == 1
AFTER = BEFORE.replace(GIVEN, f"{GIVEN} closing_at timestamptz,").replace(FOUND, f"{FOUND} a.closing_at,")
ANEW = """
DROP FUNCTION walls.find_key(text, bytea);
{body}
REVOKE ALL ON FUNCTION walls.find_key(text, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.find_key(text, bytea) TO ecship_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0022_teams"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="closing_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="closing_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="closing_by",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="closing_told_at",
            field=models.DateTimeField(null=True),
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
                    ("closing_asked", "Closing Asked"),
                    ("closing_soon", "Closing Soon"),
                    ("closing_stopped", "Closing Stopped"),
                    ("sign_in_closed", "Sign In Closed"),
                ],
                max_length=32,
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("closing_at", None), _negated=True), fields=["closing_at"], name="account_closing"
            ),
        ),
        migrations.RunSQL(ANEW.format(body=AFTER), ANEW.format(body=BEFORE)),
    ]
