"""Warrants in the signed context, and what asks for them. The account's data keys are the first that do."""

from django.db import migrations

from security.operations import AskWarrant

# A context without warrants is written as before, so that processes of the version before go on while this one starts.
WARRANTS = """
-- The verified context as {kind, account, user, pid, expiry[, warrants]}, or NULL.
CREATE OR REPLACE FUNCTION walls.context() RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    setting text := current_setting('walls.context', true);
    part text[];
    signed int;
    key walls.context_key;
BEGIN
    IF setting IS NULL OR setting = '' THEN RETURN NULL; END IF;
    part := string_to_array(setting, '|');
    signed := array_length(part, 1) - 1;
    IF signed NOT IN (5, 6) THEN RETURN NULL; END IF;
    SELECT * INTO key FROM walls.context_key;
    IF encode(sha256(key.outer_pad || sha256(key.inner_pad
        || convert_to(array_to_string(part[1:signed], '|'), 'UTF8'))), 'hex') IS DISTINCT FROM part[signed + 1] THEN
        RETURN NULL;
    END IF;
    IF part[4]::bigint <> pg_backend_pid() OR part[5]::bigint < extract(epoch FROM clock_timestamp()) THEN
        RETURN NULL;
    END IF;
    RETURN part[1:signed];
END $$;

CREATE FUNCTION walls.holds(warrant text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
DECLARE context text[] := walls.context();
BEGIN
    RETURN coalesce(warrant = ANY (string_to_array(context[6], ',')), false);
END $$;

-- Its arguments: the warrant, and 'identity' where signing in may write without one. The owner passes, as elsewhere.
CREATE FUNCTION walls.guard_warrant() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user = 'ecship_owner' OR walls.holds(TG_ARGV[0]) OR (TG_NARGS > 1 AND walls.is_identity()) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'write guard: writing % asks for the warrant %', TG_TABLE_NAME, TG_ARGV[0]
        USING ERRCODE = '42501';
END $$;

REVOKE ALL ON FUNCTION walls.holds(text), walls.guard_warrant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.holds(text), walls.guard_warrant() TO ecship_app, ecship_security;

-- A temporary table or function would outlive its transaction on a connection that serves others afterwards. The script
-- that makes the roles says so too; here it holds wherever the database came from.
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC, ecship_app', current_database()); END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("security", "0005_trail")]
    operations = [
        # `walls.context()` stays as it is on the way back: it reads both.
        migrations.RunSQL(WARRANTS, "DROP FUNCTION walls.guard_warrant(); DROP FUNCTION walls.holds(text)"),
        AskWarrant("AccountKey", warrant="data_key"),
    ]
