"""A case's context holds as long as its case does; what becomes of a suspension stands in the trail.

Both by the database itself: a process that signs a context of a case without one sees nothing, and nobody, by whichever
function or statement, suspends or lets go without a line in the chain.
"""

from django.db import migrations

CASES = """
CREATE POLICY definer ON security_case FOR SELECT TO ecship_owner USING (true);

-- Whether this member of staff has a case open for this account, at this moment.
CREATE FUNCTION walls.has_case(account uuid, staff uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.security_case c WHERE c.account_id = account AND c.staff_id = staff
        AND c.ended_at IS NULL AND c.expires_at > clock_timestamp());
END $$;
REVOKE ALL ON FUNCTION walls.has_case(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.has_case(uuid, uuid) TO ecship_app, ecship_security;

CREATE OR REPLACE FUNCTION walls.account() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
DECLARE context text[] := walls.context();
BEGIN
    IF context[1] = 'account' THEN RETURN NULLIF(context[2], '')::uuid; END IF;
    IF context[1] = 'case' AND walls.has_case(NULLIF(context[2], '')::uuid, NULLIF(context[3], '')::uuid) THEN
        RETURN context[2]::uuid;
    END IF;
    RETURN NULL;
END $$;
"""
# As 0001 has it.
NO_CASES = """
CREATE OR REPLACE FUNCTION walls.account() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
DECLARE context text[] := walls.context();
BEGIN
    IF context[1] IN ('account', 'case') THEN RETURN NULLIF(context[2], '')::uuid; END IF;
    RETURN NULL;
END $$;
DROP FUNCTION walls.has_case(uuid, uuid);
DROP POLICY definer ON security_case;
"""
SUSPENSIONS = """
CREATE POLICY definer ON security_securityevent FOR INSERT TO ecship_owner WITH CHECK (kind LIKE 'suspension.%');

CREATE FUNCTION walls.tell_suspension() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held watch.suspension := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    who uuid := CASE WHEN TG_OP = 'UPDATE' AND NEW.released_at IS NOT NULL THEN NEW.released_by
        WHEN TG_OP = 'UPDATE' THEN coalesce(NEW.release_asked_by, OLD.release_asked_by) END;
    step text;
BEGIN
    IF TG_OP = 'INSERT' THEN step := 'made';
    ELSIF TG_OP = 'DELETE' THEN step := 'gone';
    ELSIF NEW.released_at IS DISTINCT FROM OLD.released_at THEN step := 'released';
    ELSIF NEW.release_asked_by IS DISTINCT FROM OLD.release_asked_by THEN
        step := CASE WHEN NEW.release_asked_by IS NULL THEN 'withdrawn' ELSE 'asked' END;
    ELSIF (NEW.at, NEW.person, NEW.key, NEW.account_id, NEW.cause, NEW.rung, NEW.until, NEW.with_account)
        IS DISTINCT FROM (OLD.at, OLD.person, OLD.key, OLD.account_id, OLD.cause, OLD.rung, OLD.until, OLD.with_account)
        THEN step := 'changed';
    ELSE RETURN NULL;  -- that its holder was told
    END IF;
    INSERT INTO public.security_securityevent
        (id, at, kind, wall, actor, account_id, request_id, source, via, endpoint, data)
    VALUES (gen_random_uuid(), clock_timestamp(), 'suspension.' || step, 'live state',
        CASE WHEN held.key IS NOT NULL THEN 'key:' || held.key WHEN held.person IS NOT NULL THEN 'user:' || held.person
            ELSE '' END,
        held.account_id, left(held.request_id, 32), '', '', held.endpoint,
        jsonb_build_object('suspension', held.id, 'cause', held.cause, 'rung', held.rung, 'until', held.until,
            'with_account', held.with_account, 'person', held.person, 'key', held.key, 'by', who));
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION walls.tell_suspension() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.tell_suspension() TO ecship_security;
CREATE TRIGGER trail AFTER INSERT OR UPDATE OR DELETE ON watch.suspension
    FOR EACH ROW EXECUTE FUNCTION walls.tell_suspension();
"""
NO_SUSPENSIONS = """
DROP TRIGGER trail ON watch.suspension;
DROP FUNCTION walls.tell_suspension();
DROP POLICY definer ON security_securityevent;
"""


class Migration(migrations.Migration):
    dependencies = [("security", "0016_blocked_sources")]
    operations = [migrations.RunSQL(CASES, NO_CASES), migrations.RunSQL(SUSPENSIONS, NO_SUSPENSIONS)]
