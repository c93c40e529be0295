"""Contacts by their last use, those that were never used behind all others.

Layouts that are kept beside their books have the former order in them and are made anew. TRUNCATE, since row-level
security binds the owner as well.
"""

from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [("addressbook", "0007_duplicates")]

    operations = [
        migrations.RemoveIndex(model_name="contact", name="contact_by_use"),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                F("account_id"),
                F("book"),
                F("used_at").desc(nulls_last=True),
                F("created_at").desc(),
                F("id").desc(),
                name="contact_by_use",
            ),
        ),
        migrations.RunSQL("TRUNCATE addressbook_bookindex", migrations.RunSQL.noop),
    ]
