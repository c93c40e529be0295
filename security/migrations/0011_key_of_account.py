"""An idempotency key is one in its account, whoever sends it."""

from django.db import migrations, models

# Of two that have the same key, the one that was answered stays, and of two answers the older. The owner has no policy
# on the table, which is forced on it too, and the guard would ask for an account: both rest for this one statement.
ONE_OF_EACH = """
    ALTER TABLE security_idempotentrequest NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE security_idempotentrequest DISABLE TRIGGER writeguard;
    DELETE FROM security_idempotentrequest WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY account_id, name ORDER BY status IS NULL, expires_at, id) AS place
            FROM security_idempotentrequest
        ) AS numbered WHERE place > 1
    );
    ALTER TABLE security_idempotentrequest ENABLE TRIGGER writeguard;
    ALTER TABLE security_idempotentrequest FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0010_on_behalf"),
    ]

    operations = [
        migrations.RunSQL(ONE_OF_EACH, migrations.RunSQL.noop),
        migrations.RemoveConstraint("idempotentrequest", "idempotent_request_once"),
        migrations.RemoveField("idempotentrequest", "actor_id"),
        migrations.AddConstraint(
            "idempotentrequest",
            models.UniqueConstraint(fields=["account_id", "name"], name="idempotent_request_once"),
        ),
        # Whose a kept answer was, nobody knows any more: going back forgets them all.
        migrations.RunSQL(migrations.RunSQL.noop, "TRUNCATE security_idempotentrequest"),
    ]
