"""The security role may ask which accounts have deleted contacts, and since when; nothing else of any contact."""

from django.db import migrations, models

POLICY = (
    "CREATE POLICY security ON addressbook_contact FOR SELECT TO ecship_security USING (deleted_at IS NOT NULL);"
    "GRANT SELECT (account_id, deleted_at) ON addressbook_contact TO ecship_security"
)
NO_POLICY = (
    "REVOKE SELECT (account_id, deleted_at) ON addressbook_contact FROM ecship_security;"
    "DROP POLICY security ON addressbook_contact"
)


class Migration(migrations.Migration):
    dependencies = [("addressbook", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("deleted_at", None), _negated=True),
                fields=["account_id", "deleted_at"],
                name="contact_deleted",
            ),
        ),
        migrations.RunSQL(POLICY, NO_POLICY),
    ]
