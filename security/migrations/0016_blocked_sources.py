"""Blocked sources: written by the security role, asked for by every request in the statement that enters its scope."""

import uuid

from django.db import migrations, models

import security.detection.models

# Kept for good: what was blocked, by whom and how long is not changed afterwards, only lifted. Never the whole internet.
BLOCKING = """
ALTER TABLE watch.blocked_source ADD CONSTRAINT blocked_source_narrow
    CHECK (masklen(network) >= CASE family(network) WHEN 4 THEN 16 ELSE 32 END);
GRANT SELECT, INSERT, UPDATE (lifted_at, lifted_by) ON watch.blocked_source TO ecship_security;

CREATE FUNCTION walls.is_blocked(source inet) RETURNS boolean LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM watch.blocked_source b
        WHERE b.network >>= source AND b.lifted_at IS NULL AND b.until > clock_timestamp());
END $$;
REVOKE ALL ON FUNCTION walls.is_blocked(inet) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.is_blocked(inet) TO ecship_app, ecship_security;
"""
NO_BLOCKING = (
    "DROP FUNCTION walls.is_blocked(inet); ALTER TABLE watch.blocked_source DROP CONSTRAINT blocked_source_narrow"
)


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0015_evidence"),
    ]

    operations = [
        migrations.CreateModel(
            name="BlockedSource",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("network", security.detection.models.NetworkField()),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("by", models.UUIDField()),
                ("wrapped_reason", models.BinaryField()),
                ("lifted_at", models.DateTimeField(null=True)),
                ("lifted_by", models.UUIDField(null=True)),
            ],
            options={
                "db_table": '"watch"."blocked_source"',
                "indexes": [models.Index(fields=["-at"], name="blocked_source_by_age")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("at"))), name="blocked_source_ends"
                    )
                ],
            },
        ),
        migrations.RunSQL(BLOCKING, NO_BLOCKING),
    ]
