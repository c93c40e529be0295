"""Whoever is suspended twice at once stays suspended until the later end, and a tripwire is one whatever else holds."""

from django.db import migrations

STOP = """
CREATE OR REPLACE FUNCTION walls.stop(actor uuid, ends timestamptz, at timestamptz) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.security_livestate AS s (actor_id, epoch, state, until, changed_at)
    VALUES (actor, 2, 'suspended', ends, at)
    ON CONFLICT (actor_id) DO UPDATE SET epoch = s.epoch + 1, state = 'suspended', changed_at = at,
        until = CASE WHEN s.state <> 'suspended' THEN ends
            WHEN s.until IS NULL OR ends IS NULL THEN NULL ELSE greatest(s.until, ends) END;
$$;
"""
STOP_BEFORE = """
CREATE OR REPLACE FUNCTION walls.stop(actor uuid, ends timestamptz, at timestamptz) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.security_livestate AS s (actor_id, epoch, state, until, changed_at)
    VALUES (actor, 2, 'suspended', ends, at)
    ON CONFLICT (actor_id) DO UPDATE SET epoch = s.epoch + 1, state = 'suspended', until = ends, changed_at = at;
$$;
"""
SUSPEND = """
CREATE OR REPLACE FUNCTION walls.suspend_as(
    person uuid, key uuid, account uuid, cause text, is_tripwire boolean, first_rung int, seconds int[],
    memory_days int, account_actors int, request text, endpoint text, at timestamptz
) RETURNS TABLE (suspension uuid, is_new boolean) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    since timestamptz := at - make_interval(days => memory_days);
    held watch.suspension;
    rung int;
    ends timestamptz;
    others int := 0;
    made uuid := gen_random_uuid();
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(coalesce(account, person, key)::text, 7));
    SELECT * INTO held FROM watch.suspension s
        WHERE (s.person = suspend_as.person OR s.key = suspend_as.key) AND s.released_at IS NULL
        AND (s.until IS NULL OR s.until > suspend_as.at) %(same_kind)s ORDER BY s.rung DESC LIMIT 1;
    IF FOUND AND held.rung >= first_rung AND (held.person IS NOT DISTINCT FROM suspend_as.person)
        AND (held.key IS NOT DISTINCT FROM suspend_as.key OR suspend_as.key IS NULL) THEN
        RETURN QUERY SELECT held.id, false;
        RETURN;
    END IF;
    SELECT least(greatest(first_rung, count(*)), array_length(seconds, 1) - 1) INTO rung FROM watch.suspension s
        WHERE s.at > since AND (s.person = suspend_as.person OR s.key = suspend_as.key OR s.account_id = account);
    ends := CASE WHEN seconds[rung + 1] = 0 THEN NULL ELSE suspend_as.at + make_interval(secs => seconds[rung + 1]) END;
    IF is_tripwire AND account IS NOT NULL THEN
        SELECT count(DISTINCT coalesce(s.person, s.key)) + 1 INTO others FROM watch.suspension s
            WHERE s.account_id = account AND s.at > since AND s.cause NOT IN ('score', 'staff')
            AND coalesce(s.person, s.key) <> coalesce(suspend_as.person, suspend_as.key);
    END IF;
    INSERT INTO watch.suspension (id, at, person, key, account_id, cause, rung, until, with_account, request_id, endpoint)
        VALUES (made, suspend_as.at, person, key, account, cause, rung, ends, others >= account_actors, request, endpoint);
    IF person IS NOT NULL THEN PERFORM walls.stop(person, ends, suspend_as.at); END IF;
    IF key IS NOT NULL THEN PERFORM walls.stop(key, ends, suspend_as.at); END IF;
    IF others >= account_actors THEN PERFORM walls.stop(account, ends, suspend_as.at); END IF;
    RETURN QUERY SELECT made, true;
END $$;
"""
SAME_KIND = "AND (NOT is_tripwire OR s.cause NOT IN ('score', 'staff'))"


class Migration(migrations.Migration):
    dependencies = [("security", "0017_cases_and_suspensions")]
    operations = [
        migrations.RunSQL(STOP, STOP_BEFORE),
        migrations.RunSQL(SUSPEND % {"same_kind": SAME_KIND}, SUSPEND % {"same_kind": ""}),
    ]
