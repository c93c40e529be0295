"""Changes of thresholds: written by the security role under a warrant, by two people; what holds is read by a function."""

import uuid

from django.db import migrations, models

# What was proposed stays as it was, what was decided is not decided again, and nothing is taken out. The rule of two
# people is a constraint of the table; that a warrant is held, the second trigger asks for.
GUARD = """
CREATE FUNCTION walls.guard_threshold_changes() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'proposed' OR (NEW.state = 'holds' AND NEW.value IS NULL) THEN RETURN NEW; END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.name, NEW.value, NEW.before, NEW.wrapped_reason, NEW.proposed_by, NEW.proposed_at, NEW.expires_at)
            IS NOT DISTINCT FROM
            (OLD.id, OLD.name, OLD.value, OLD.before, OLD.wrapped_reason, OLD.proposed_by, OLD.proposed_at, OLD.expires_at)
            AND ((OLD.state = 'proposed' AND NEW.state IN ('holds', 'refused', 'withdrawn', 'expired'))
                OR (OLD.state = 'holds' AND NEW.state = 'replaced'
                    AND (NEW.decided_by, NEW.decided_at) IS NOT DISTINCT FROM (OLD.decided_by, OLD.decided_at)))
        THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'write guard: a change of a threshold is proposed, decided once, and kept' USING ERRCODE = '42501';
END $$;
REVOKE ALL ON FUNCTION walls.guard_threshold_changes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.guard_threshold_changes() TO ecship_security;
CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON watch.threshold_change
    FOR EACH ROW EXECUTE FUNCTION walls.guard_threshold_changes();
CREATE TRIGGER writeguard_warrant BEFORE INSERT OR UPDATE OR DELETE ON watch.threshold_change
    FOR EACH STATEMENT EXECUTE FUNCTION walls.guard_warrant('thresholds');
GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_at) ON watch.threshold_change TO ecship_security;

-- What holds, for every process: names and numbers, nobody's name and no reason.
CREATE FUNCTION walls.thresholds() RETURNS TABLE (name text, value float8) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.name::text, c.value FROM watch.threshold_change c WHERE c.state = 'holds' AND c.value IS NOT NULL;
$$;
REVOKE ALL ON FUNCTION walls.thresholds() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.thresholds() TO ecship_app, ecship_security;
"""
NO_GUARD = """
DROP FUNCTION walls.thresholds();
DROP FUNCTION walls.guard_threshold_changes() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("security", "0013_incidents")]
    operations = [
        migrations.CreateModel(
            name="ThresholdChange",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=48)),
                ("value", models.FloatField(null=True)),
                ("before", models.FloatField()),
                ("wrapped_reason", models.BinaryField()),
                ("proposed_by", models.UUIDField()),
                ("proposed_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for a second person"),
                            ("holds", "Holds"),
                            ("replaced", "Held until the next change"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": '"watch"."threshold_change"',
                "indexes": [models.Index(fields=["name", "-proposed_at"], name="threshold_change_by_name")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["proposed", "holds", "replaced", "refused", "withdrawn", "expired"])
                        ),
                        name="threshold_change_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["holds", "replaced", "refused"]), _negated=True),
                            ("value", None),
                            models.Q(
                                ("decided_by__isnull", False),
                                models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="threshold_change_two_people",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")), fields=("name",), name="threshold_change_one_waits"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "holds")), fields=("name",), name="threshold_change_one_holds"
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
