"""`walls.context()` says aloud when a context was not signed for its server process; who hears it is `security.postgres`.

It still gives no rows and raises no error. An expired context is no forged one. The level of messages is the function's
own, so that the statement which forges a context cannot hush it up.
"""

from django.db import migrations

CONTEXT = """
CREATE OR REPLACE FUNCTION walls.context() RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    setting text := current_setting('walls.context', true);
    part text[];
    signed int;
    key walls.context_key;
BEGIN
    IF setting IS NULL OR setting = '' THEN RETURN NULL; END IF;
    part := string_to_array(setting, '|');
    signed := array_length(part, 1) - 1;
    IF signed IN (5, 6) AND part[1] <> 'order' THEN
        SELECT * INTO key FROM walls.context_key;
        IF encode(sha256(key.outer_pad || sha256(key.inner_pad
            || convert_to(array_to_string(part[1:signed], '|'), 'UTF8'))), 'hex') IS NOT DISTINCT FROM part[signed + 1]
            AND part[4]::bigint = pg_backend_pid()
        THEN
            IF part[5]::bigint < extract(epoch FROM clock_timestamp()) THEN RETURN NULL; END IF;
            RETURN part[1:signed];
        END IF;
    END IF;
    RAISE WARNING 'walls: this context was not signed for this process';
    RETURN NULL;
END $$;
"""
# As 0006 has it.
BACK = """
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
"""


class Migration(migrations.Migration):
    dependencies = [("security", "0007_watch")]
    operations = [migrations.RunSQL(CONTEXT, BACK)]
