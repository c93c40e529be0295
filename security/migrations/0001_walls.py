"""The database's own part of the walls: the signed context's function, its key table and the write guard."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from security.context import pads

WALLS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ecship_app, ecship_security;
CREATE SCHEMA walls;
REVOKE ALL ON SCHEMA walls FROM PUBLIC;
GRANT USAGE ON SCHEMA walls TO ecship_app, ecship_security;

-- HMAC's padded keys. No role but the owner reads them.
CREATE TABLE walls.context_key (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
                                inner_pad bytea NOT NULL, outer_pad bytea NOT NULL);

-- The verified context as {kind, account, user, pid, expiry}, or NULL. Runs as the owner, so that it can read the key.
CREATE FUNCTION walls.context() RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    setting text := current_setting('walls.context', true);
    part text[];
    key walls.context_key;
BEGIN
    IF setting IS NULL OR setting = '' THEN RETURN NULL; END IF;
    part := string_to_array(setting, '|');
    IF array_length(part, 1) <> 6 THEN RETURN NULL; END IF;
    SELECT * INTO key FROM walls.context_key;
    IF encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(array_to_string(part[1:5], '|'), 'UTF8'))), 'hex')
       IS DISTINCT FROM part[6] THEN RETURN NULL; END IF;
    IF part[4]::bigint <> pg_backend_pid() OR part[5]::bigint < extract(epoch FROM clock_timestamp()) THEN
        RETURN NULL;
    END IF;
    RETURN part[1:5];
END $$;

CREATE FUNCTION walls.account() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
DECLARE context text[] := walls.context();
BEGIN
    IF context[1] IN ('account', 'case') THEN RETURN NULLIF(context[2], '')::uuid; END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION walls.actor() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
DECLARE context text[] := walls.context();
BEGIN
    RETURN NULLIF(context[3], '')::uuid;
END $$;

CREATE FUNCTION walls.is_identity() RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
DECLARE context text[] := walls.context();
BEGIN
    RETURN coalesce(context[1] = 'identity', false);
END $$;

-- The write guard: the row's account is the context's and never changes. The owner passes (migrations, cascades).
CREATE FUNCTION walls.guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user = 'ecship_owner' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.account_id IS DISTINCT FROM OLD.account_id THEN
        RAISE EXCEPTION 'write guard: a row of % never changes its account', TG_TABLE_NAME USING ERRCODE = '42501';
    END IF;
    IF TG_NARGS > 0 AND TG_ARGV[0] = 'identity' AND walls.is_identity() THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF (CASE WHEN TG_OP = 'DELETE' THEN OLD.account_id ELSE NEW.account_id END) IS DISTINCT FROM walls.account() THEN
        RAISE EXCEPTION 'write guard: a row of % belongs to another account', TG_TABLE_NAME USING ERRCODE = '42501';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA walls FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA walls TO ecship_app, ecship_security;
GRANT SELECT ON django_migrations TO ecship_app, ecship_security;
"""


def install_key(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    inner, outer = pads()
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("INSERT INTO walls.context_key (inner_pad, outer_pad) VALUES (%s, %s)", [inner, outer])


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.RunSQL(WALLS, "DROP SCHEMA walls CASCADE"),
        migrations.RunPython(install_key, migrations.RunPython.noop),
    ]
