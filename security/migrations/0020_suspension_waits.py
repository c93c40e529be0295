"""A suspension waits for what is leaving at this very moment, and nothing leaves after it.

Whoever sends something out for somebody holds them, shared, while they ask for the live state and write it
(`security.live.held`); to suspend takes the same lock alone.
"""

from django.db import migrations

STOP = """
CREATE OR REPLACE FUNCTION walls.stop(actor uuid, ends timestamptz, at timestamptz) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, pg_temp AS $$
    %(lock)s
    INSERT INTO public.security_livestate AS s (actor_id, epoch, state, until, changed_at)
    VALUES (actor, 2, 'suspended', ends, at)
    ON CONFLICT (actor_id) DO UPDATE SET epoch = s.epoch + 1, state = 'suspended', changed_at = at,
        until = CASE WHEN s.state <> 'suspended' THEN ends
            WHEN s.until IS NULL OR ends IS NULL THEN NULL ELSE greatest(s.until, ends) END;
$$;
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(actor::text, 8));"


class Migration(migrations.Migration):
    dependencies = [("security", "0019_answered_appeals")]
    operations = [migrations.RunSQL(STOP % {"lock": LOCK}, STOP % {"lock": ""})]
