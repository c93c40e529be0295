"""Cases of staff: written by the security role alone, read by it and by the account that they are about."""

import uuid

from django.db import migrations, models

from security.operations import APP_ROLE, OWN_ROWS, SECURITY_ROLE, forced, policy

# Nobody but the security role, not even by an injected statement with row-level security away.
GUARD = """
CREATE FUNCTION walls.guard_cases() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user IN ('ecship_owner', 'ecship_security') THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'write guard: a case is opened in the staff console alone' USING ERRCODE = '42501';
END $$;
REVOKE ALL ON FUNCTION walls.guard_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.guard_cases() TO ecship_app, ecship_security;
CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON security_case
FOR EACH ROW EXECUTE FUNCTION walls.guard_cases()
"""
WALLS = [
    *forced("security_case"),
    policy("security_case", "app_read", APP_ROLE, using=OWN_ROWS, verb="SELECT"),
    policy("security_case", "security", SECURITY_ROLE, using="true", check="true"),
    f"GRANT SELECT ON security_case TO {APP_ROLE}",
    f"GRANT SELECT, INSERT, UPDATE (ended_at, consent_at) ON security_case TO {SECURITY_ROLE}",
]


class Migration(migrations.Migration):
    dependencies = [("security", "0011_key_of_account")]
    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("staff_id", models.UUIDField()),
                ("ticket", models.CharField(max_length=40)),
                ("wrapped_reason", models.BinaryField()),
                ("opened_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("consent_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account_id", "-opened_at"], name="case_by_account"),
                    models.Index(fields=["staff_id", "-opened_at"], name="case_by_staff"),
                    models.Index(fields=["-opened_at"], name="case_by_time"),
                ]
            },
        ),
        migrations.CreateModel(
            name="TrailEntry",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("row_count", models.PositiveIntegerField()),
                ("request_id", models.CharField(max_length=32)),
                ("actor", models.CharField(max_length=64)),
                ("on_behalf", models.CharField(max_length=64)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("list", "Listed"),
                            ("read", "Read"),
                            ("search", "Searched"),
                            ("create", "Added"),
                            ("change", "Changed"),
                            ("delete", "Deleted"),
                            ("restore", "Restored"),
                            ("export", "Exported"),
                            ("print", "Printed"),
                            ("book", "Booked"),
                            ("cancel", "Cancelled"),
                            ("expire", "Expired"),
                            ("share", "Shared"),
                        ],
                        max_length=10,
                    ),
                ),
                ("kind", models.CharField(max_length=32)),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("page", "Page"),
                            ("api", "API"),
                            ("soap", "SOAP"),
                            ("task", "Job"),
                            ("command", "Command"),
                        ],
                        max_length=8,
                    ),
                ),
                ("endpoint", models.CharField(max_length=100)),
                ("decision", models.CharField(choices=[("allowed", "Allowed"), ("refused", "Refused")], max_length=8)),
                ("wall", models.CharField(max_length=16)),
                ("source", models.GenericIPAddressField(null=True)),
            ],
            options={
                "db_table": "security_accessentry",
                "managed": False,
            },
        ),
        migrations.RunSQL(";\n".join(WALLS), migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, "DROP FUNCTION walls.guard_cases() CASCADE"),
    ]
