"""The access log and the security events by months, with what an entry lacked: for whom, by which entrance, what left.

The rows there are move along, and move back. Django does not know partitions, so the tables are made by SQL, and its
state follows.
"""

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from security.operations import APP_ROLE, OWN_ROWS, SECURITY_ROLE, forced, guard, policy

# One row after the other in one order, for all chained tables: the transaction's number is taken before the place is,
# so whoever holds a place can be seen in every later snapshot until it ends (`security.chain.horizon`).
PLACE = "CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('public.security_trail_place') END"

# Runs as the owner for the security role, which owns nothing. Names are looked up where we say, and nowhere else.
FUNCTIONS = """
CREATE SEQUENCE security_trail_place AS bigint;
GRANT USAGE ON SEQUENCE security_trail_place TO ecship_app;
GRANT SELECT ON SEQUENCE security_trail_place TO ecship_security;

CREATE FUNCTION walls.partition_name(parent text, month date) RETURNS text LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT parent || '_y' || to_char(month, 'YYYY') || 'm' || to_char(month, 'MM')
$$;

-- Make the partition of a month, and move into it what had to wait in the default one. Nobody may call it but the owner.
CREATE FUNCTION walls.make_month(parent text, month date) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made text := walls.partition_name(parent, month);
    starts timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    ends timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    waiting boolean;
BEGIN
    IF to_regclass(format('public.%I', made)) IS NOT NULL THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', made, parent);
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE at >= %L AND at < %L)', parent || '_default', starts, ends)
        INTO waiting;
    IF waiting THEN
        EXECUTE format('LOCK TABLE public.%I IN SHARE ROW EXCLUSIVE MODE', parent || '_default');
        EXECUTE format('INSERT INTO public.%I SELECT * FROM public.%I WHERE at >= %L AND at < %L',
            made, parent || '_default', starts, ends);
        EXECUTE format('DELETE FROM public.%I WHERE at >= %L AND at < %L', parent || '_default', starts, ends);
    END IF;
    EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT its_month CHECK (at >= %L AND at < %L)', made, starts, ends);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        parent, made, starts, ends);
    EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT its_month', made);
    PERFORM walls.close_partition(made, 'SELECT');
    RETURN true;
END $$;

-- No role but the owner reaches a partition: a granted one would go around the policies of its parent.
CREATE FUNCTION walls.close_partition(made text, keeper text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', made);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', made);
    EXECUTE format('CREATE POLICY keeper ON public.%I FOR %s TO ecship_owner USING (true)', made, keeper);
END $$;

-- Make the partitions of this month and the next three: these, and nothing else. Returns how many rows wait in the
-- default partition, where they are safe, but where they should not be.
CREATE FUNCTION walls.make_partitions() RETURNS TABLE (parent text, made integer, waiting bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
DECLARE ahead integer;
BEGIN
    FOREACH parent IN ARRAY ARRAY['security_accessentry', 'security_securityevent'] LOOP
        made := 0;
        FOR ahead IN 0..3 LOOP
            IF walls.make_month(parent, (date_trunc('month', now() AT TIME ZONE 'UTC')
                    + make_interval(months => ahead))::date) THEN
                made := made + 1;
            END IF;
        END LOOP;
        EXECUTE format('SELECT count(*) FROM public.%I', parent || '_default') INTO waiting;
        RETURN NEXT;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION walls.partition_name(text, date), walls.make_month(text, date),
    walls.close_partition(text, text), walls.make_partitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.make_partitions() TO ecship_security;
"""
NO_FUNCTIONS = """
DROP FUNCTION walls.make_partitions();
DROP FUNCTION walls.make_month(text, date);
DROP FUNCTION walls.close_partition(text, text);
DROP FUNCTION walls.partition_name(text, date);
DROP SEQUENCE security_trail_place;
"""

ENTRY_COLUMNS = f"""
    id uuid NOT NULL, account_id uuid NOT NULL, at timestamptz NOT NULL, pos bigint NOT NULL DEFAULT ({PLACE}),
    user_id uuid, key_id uuid, row_count integer NOT NULL CHECK (row_count >= 0), request_id varchar(32) NOT NULL,
    actor varchar(64) NOT NULL, on_behalf varchar(64) NOT NULL, action varchar(10) NOT NULL, kind varchar(32) NOT NULL,
    via varchar(8) NOT NULL, endpoint varchar(100) NOT NULL, decision varchar(8) NOT NULL, wall varchar(16) NOT NULL,
    ids jsonb NOT NULL, fields jsonb NOT NULL, source inet
"""
EVENT_COLUMNS = f"""
    id uuid NOT NULL, at timestamptz NOT NULL, pos bigint NOT NULL DEFAULT ({PLACE}), kind varchar(32) NOT NULL,
    wall varchar(32) NOT NULL, actor varchar(64) NOT NULL, account_id uuid, request_id varchar(32) NOT NULL,
    source varchar(45) NOT NULL, via varchar(8) NOT NULL, endpoint varchar(100) NOT NULL, data jsonb NOT NULL
"""
# What the runtime role may fill in: all but the place in the chain, which is the database's alone to give.
ENTRY_FILLED = (
    "id, account_id, at, user_id, key_id, row_count, request_id, actor, on_behalf, action, kind, via, endpoint, decision,"
    " wall, ids, fields, source"
)
EVENT_FILLED = "id, at, kind, wall, actor, account_id, request_id, source, via, endpoint, data"


def parted(table: str, columns: str, key: str) -> str:
    """Return the statements which put a partitioned table in the place of a plain one, whose rows wait in `_old`."""
    return f"""
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} RENAME TO {table}_old;
        CREATE TABLE {table} ({columns}, CONSTRAINT {table}_key PRIMARY KEY ({key})) PARTITION BY RANGE (at);
        CREATE TABLE {table}_default PARTITION OF {table} DEFAULT;
        SELECT walls.close_partition('{table}_default', 'ALL');
        SELECT walls.make_month('{table}', month::date) FROM generate_series(
            date_trunc('month', least(now(), (SELECT min(at) FROM {table}_old)) AT TIME ZONE 'UTC'),
            date_trunc('month', now() AT TIME ZONE 'UTC') + interval '3 months', interval '1 month') AS month;
    """  # noqa: S608  (all names are ours)


MOVE_ENTRIES = f"""
    INSERT INTO security_accessentry ({ENTRY_FILLED})
        SELECT id, account_id, at, user_id, key_id, jsonb_array_length(ids), request_id, actor, '', action, kind, '', '',
            'allowed', '', ids, CASE WHEN action IN ('read', 'list', 'search', 'export', 'print')
                THEN '["not noted"]'::jsonb ELSE '[]'::jsonb END, source
        FROM security_accessentry_old ORDER BY at;
    DROP TABLE security_accessentry_old;
    CREATE INDEX access_entry_by_actor ON security_accessentry (actor, at);
    CREATE INDEX access_entry_by_source ON security_accessentry (source, at);
    CREATE INDEX access_entry_by_place ON security_accessentry (pos);
    CREATE INDEX access_entry_by_time ON security_accessentry USING brin (at);
"""  # noqa: S608
MOVE_EVENTS = f"""
    INSERT INTO security_securityevent ({EVENT_FILLED})
        SELECT id, at, kind, wall, actor, account_id, request_id, source, '', '', data
        FROM security_securityevent_old ORDER BY at;
    DROP TABLE security_securityevent_old;
    CREATE INDEX security_event_by_place ON security_securityevent (pos);
"""  # noqa: S608
WALLS = ";\n".join(
    [
        *forced("security_accessentry"),
        policy("security_accessentry", "app", APP_ROLE, using=OWN_ROWS, check=OWN_ROWS),
        policy("security_accessentry", "security", SECURITY_ROLE, using="true", verb="SELECT"),
        guard("security_accessentry"),
        f"GRANT SELECT, INSERT ({ENTRY_FILLED}) ON security_accessentry TO {APP_ROLE}",
        f"GRANT SELECT ON security_accessentry TO {SECURITY_ROLE}",
        *forced("security_securityevent"),
        policy("security_securityevent", "app_insert", APP_ROLE, check="true", verb="INSERT"),
        policy("security_securityevent", "security", SECURITY_ROLE, using="true", verb="SELECT"),
        f"GRANT INSERT ({EVENT_FILLED}) ON security_securityevent TO {APP_ROLE}",
        f"GRANT SELECT ON security_securityevent TO {SECURITY_ROLE}",
    ]
)
BACK = f"""
    ALTER TABLE security_accessentry NO FORCE ROW LEVEL SECURITY;
    CREATE TABLE security_accessentry_old (
        id uuid PRIMARY KEY, account_id uuid NOT NULL, at timestamptz NOT NULL, request_id varchar(32) NOT NULL,
        user_id uuid, key_id uuid, actor varchar(64) NOT NULL, action varchar(10) NOT NULL, kind varchar(32) NOT NULL,
        ids jsonb NOT NULL, source inet);
    INSERT INTO security_accessentry_old
        SELECT id, account_id, at, request_id, user_id, key_id, actor, action, kind, ids, source
        FROM security_accessentry;
    DROP TABLE security_accessentry;
    ALTER TABLE security_accessentry_old RENAME TO security_accessentry;
    ALTER TABLE security_accessentry RENAME CONSTRAINT security_accessentry_old_pkey TO security_accessentry_pkey;
    ALTER TABLE security_accessentry ADD CONSTRAINT security_accessentry_id_account UNIQUE (id, account_id);
    CREATE INDEX access_entry_by_account ON security_accessentry (account_id, at DESC);
    {"; ".join(forced("security_accessentry"))};
    {policy("security_accessentry", "app", APP_ROLE, using=OWN_ROWS, check=OWN_ROWS)};
    {guard("security_accessentry")};
    GRANT SELECT, INSERT ON security_accessentry TO {APP_ROLE};

    ALTER TABLE security_securityevent NO FORCE ROW LEVEL SECURITY;
    CREATE TABLE security_securityevent_old (
        id uuid PRIMARY KEY, at timestamptz NOT NULL, kind varchar(32) NOT NULL, wall varchar(16) NOT NULL,
        actor varchar(64) NOT NULL, account_id uuid, request_id varchar(32) NOT NULL, source varchar(45) NOT NULL,
        data jsonb NOT NULL);
    INSERT INTO security_securityevent_old
        SELECT id, at, kind, left(wall, 16), actor, account_id, request_id, source, data FROM security_securityevent;
    DROP TABLE security_securityevent;
    ALTER TABLE security_securityevent_old RENAME TO security_securityevent;
    ALTER TABLE security_securityevent RENAME CONSTRAINT security_securityevent_old_pkey TO security_securityevent_pkey;
    CREATE INDEX security_event_by_time ON security_securityevent (at DESC);
    {"; ".join(forced("security_securityevent"))};
    {policy("security_securityevent", "app_insert", APP_ROLE, check="true", verb="INSERT")};
    {policy("security_securityevent", "security", SECURITY_ROLE, using="true", verb="SELECT")};
    GRANT INSERT ON security_securityevent TO {APP_ROLE};
    GRANT SELECT ON security_securityevent TO {SECURITY_ROLE};
"""  # noqa: S608

STATE: list[Operation] = [
    migrations.RemoveIndex("accessentry", "access_entry_by_account"),
    migrations.RemoveIndex("securityevent", "security_event_by_time"),
    migrations.AddField("accessentry", "row_count", models.PositiveIntegerField(default=0), preserve_default=False),
    migrations.AddField(
        "accessentry", "on_behalf", models.CharField(default="", max_length=64), preserve_default=False
    ),
    migrations.AddField(
        "accessentry",
        "via",
        models.CharField(
            choices=[("page", "Page"), ("api", "API"), ("soap", "SOAP"), ("task", "Job"), ("command", "Command")],
            default="",
            max_length=8,
        ),
        preserve_default=False,
    ),
    migrations.AddField(
        "accessentry", "endpoint", models.CharField(default="", max_length=100), preserve_default=False
    ),
    migrations.AddField(
        "accessentry",
        "decision",
        models.CharField(choices=[("allowed", "Allowed"), ("refused", "Refused")], default="allowed", max_length=8),
        preserve_default=False,
    ),
    migrations.AddField("accessentry", "wall", models.CharField(default="", max_length=16), preserve_default=False),
    migrations.AddField("accessentry", "fields", models.JSONField(default=list), preserve_default=False),
    migrations.AddIndex("accessentry", models.Index(fields=["actor", "at"], name="access_entry_by_actor")),
    migrations.AddIndex("accessentry", models.Index(fields=["source", "at"], name="access_entry_by_source")),
    migrations.AddField(
        "securityevent",
        "via",
        models.CharField(
            choices=[("page", "Page"), ("api", "API"), ("soap", "SOAP"), ("task", "Job"), ("command", "Command")],
            default="",
            max_length=8,
        ),
    ),
    migrations.AlterField("securityevent", "wall", models.CharField(max_length=32)),
    migrations.AddField("securityevent", "endpoint", models.CharField(default="", max_length=100)),
]


class Migration(migrations.Migration):
    dependencies = [("security", "0004_enter")]
    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(parted("security_accessentry", ENTRY_COLUMNS, "account_id, at, id"), migrations.RunSQL.noop),
        migrations.RunSQL(parted("security_securityevent", EVENT_COLUMNS, "at, id"), migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(MOVE_ENTRIES, migrations.RunSQL.noop),
                migrations.RunSQL(MOVE_EVENTS, migrations.RunSQL.noop),
                migrations.RunSQL(WALLS, BACK),
            ],
            state_operations=STATE,
        ),
    ]
