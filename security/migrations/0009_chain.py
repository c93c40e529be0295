"""The chain over the trail: sealed batches, the public halves of keys, how far heads were given out, months dropped.

The security role adds links and reads them; nobody changes or takes away one. The runtime role reaches none of this.
"""

import uuid

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from security.operations import SECURITY_ROLE, forced, policy

PLACE = "CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('public.security_trail_place') END"
RIGHTS = {
    "security_sealedbatch": "SELECT, INSERT",
    "security_sealkey": "SELECT, INSERT",
    "security_sealsink": "SELECT, INSERT, UPDATE",
    "security_retiredpartition": "SELECT",
}


def closed(table: str, rights: str) -> list[str]:
    """Return the statements which open a table to the security role, by these rights, and to nobody else."""
    policies = [
        policy(table, f"security_{verb.lower()}", SECURITY_ROLE, **_clauses(verb)) for verb in rights.split(", ")
    ]
    # The function that retires months runs as the owner, whom FORCE binds too.
    policies.append(f"CREATE POLICY keeper ON {table} FOR SELECT TO ecship_owner USING (true)")
    return [*forced(table), *policies, f"GRANT {rights} ON {table} TO {SECURITY_ROLE}"]


def _clauses(verb: str) -> dict[str, str]:
    clauses = {"verb": verb}
    if verb != "INSERT":
        clauses["using"] = "true"
    if verb != "SELECT":
        clauses["check"] = "true"
    return clauses


WALLS = ";\n".join(
    [
        "ALTER TABLE security_sealedbatch ALTER leaves SET STORAGE EXTERNAL",  # hashes do not become smaller
        f"ALTER TABLE security_retiredpartition ADD COLUMN pos bigint NOT NULL DEFAULT ({PLACE})",
        "CREATE INDEX retired_partition_by_place ON security_retiredpartition (pos)",
        *(statement for table, rights in RIGHTS.items() for statement in closed(table, rights)),
        "CREATE POLICY keeper_insert ON security_retiredpartition FOR INSERT TO ecship_owner WITH CHECK (true)",
    ]
)

# Drops one month of one of the two tables, and notes it in the chain. What it may not drop, it refuses by itself: a month
# younger than three, or one with a row whose head was not given out, of which the caller says how far that has come.
RETIRE = """
CREATE FUNCTION walls.retire_month(parent text, month date, given_out bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    old text := walls.partition_name(parent, month);
    counted bigint;
    first_place bigint;
    last_place bigint;
    sealed bigint;
BEGIN
    IF parent NOT IN ('security_accessentry', 'security_securityevent') THEN
        RAISE EXCEPTION 'no months of % are retired', parent USING ERRCODE = '42501';
    END IF;
    IF date_trunc('month', month::timestamp) > date_trunc('month', now() AT TIME ZONE 'UTC') - interval '4 months' THEN
        RAISE EXCEPTION '% is too young', old USING ERRCODE = '42501';
    END IF;
    IF to_regclass(format('public.%I', old)) IS NULL THEN
        RAISE EXCEPTION 'there is no %', old USING ERRCODE = '42704';
    END IF;
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', old);
    EXECUTE format('SELECT count(*), min(pos), max(pos) FROM public.%I', old) INTO counted, first_place, last_place;
    -- The smaller of what the caller says and what the sinks have noted.
    SELECT max(upto) INTO sealed FROM public.security_sealedbatch
        WHERE number <= least(given_out, coalesce((SELECT min(number) FROM public.security_sealsink), 0));
    IF counted > 0 AND (sealed IS NULL OR last_place > sealed) THEN
        RAISE EXCEPTION '% has rows that are not sealed and given out', old USING ERRCODE = '55000';
    END IF;
    INSERT INTO public.security_retiredpartition (id, at, parent, month, row_count, first_pos, last_pos)
        VALUES (gen_random_uuid(), now(), parent, month, counted, first_place, last_place);
    EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', parent, old);
    EXECUTE format('DROP TABLE public.%I', old);
    RETURN counted;
END $$;
REVOKE ALL ON FUNCTION walls.retire_month(text, date, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.retire_month(text, date, bigint) TO ecship_security;
"""

MODELS: list[Operation] = [
    migrations.CreateModel(
        name="RetiredPartition",
        fields=[
            ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
            ("at", models.DateTimeField()),
            ("parent", models.CharField(max_length=63)),
            ("month", models.DateField()),
            ("row_count", models.BigIntegerField()),
            ("first_pos", models.BigIntegerField(null=True)),
            ("last_pos", models.BigIntegerField(null=True)),
        ],
    ),
    migrations.CreateModel(
        name="SealedBatch",
        fields=[
            ("number", models.BigIntegerField(primary_key=True, serialize=False)),
            ("format", models.SmallIntegerField()),
            ("after", models.BigIntegerField()),
            ("upto", models.BigIntegerField()),
            ("count", models.IntegerField()),
            ("digest", models.BinaryField()),
            ("previous", models.BinaryField()),
            ("made_at", models.DateTimeField()),
            ("key_id", models.CharField(max_length=16)),
            ("head", models.BinaryField()),
            ("signature", models.BinaryField()),
            ("leaves", models.BinaryField()),
        ],
        options={"constraints": [models.UniqueConstraint(fields=("after",), name="sealed_batch_no_fork")]},
    ),
    migrations.CreateModel(
        name="SealKey",
        fields=[
            ("key_id", models.CharField(max_length=16, primary_key=True, serialize=False)),
            ("public", models.BinaryField()),
            ("since", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="SealSink",
        fields=[
            ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
            ("number", models.BigIntegerField()),
            ("at", models.DateTimeField()),
        ],
    ),
]


class Migration(migrations.Migration):
    dependencies = [("security", "0008_forged_context")]
    operations = [
        *MODELS,
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
        migrations.RunSQL(RETIRE, "DROP FUNCTION walls.retire_month(text, date, bigint)"),
    ]
