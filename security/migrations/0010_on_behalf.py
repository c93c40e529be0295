"""Keys that acted for a person are found without reading the whole log: most entries are for nobody else."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("security", "0009_chain")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX access_entry_for_others ON security_accessentry (on_behalf, at) WHERE on_behalf <> ''",
            "DROP INDEX access_entry_for_others",
        )
    ]
