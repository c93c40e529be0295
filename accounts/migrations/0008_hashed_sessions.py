"""Of a session's key only a hash is stored from now on: sessions that began before end, and their keys are gone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_operator_key_expiry"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]
    operations = [
        # As the owner, whom row-level security binds too: TRUNCATE it does not.
        migrations.RunSQL("TRUNCATE django_session, usersessions_usersession", migrations.RunSQL.noop),
    ]
