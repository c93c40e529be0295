"""The security role may ask whose an id is, for whoever asked for what is not theirs (`security.detection.examining`)."""

from django.db import migrations

from security.operations import LookedUp

# Live state is written by the security role, and by the owner's own function for whoever suspends; by nobody else.
GUARD = """
CREATE FUNCTION walls.guard_live_state() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user NOT IN ('ecship_owner', 'ecship_security') THEN
        RAISE EXCEPTION 'write guard: live state is not written by the site' USING ERRCODE = '42501';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
REVOKE ALL ON FUNCTION walls.guard_live_state() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.guard_live_state() TO ecship_app, ecship_security;
DROP TRIGGER writeguard ON security_livestate;
CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON security_livestate
    FOR EACH ROW EXECUTE FUNCTION walls.guard_live_state();
"""
GUARD_BACK = """
DROP TRIGGER writeguard ON security_livestate;
CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON security_livestate
    FOR EACH ROW EXECUTE FUNCTION walls.guard_people();
DROP FUNCTION walls.guard_live_state();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_warrants"), ("security", "0007_watch")]
    operations = [
        migrations.RunSQL(GUARD, GUARD_BACK),
        LookedUp("Member"),
        LookedUp("Invitation"),
        LookedUp("ApiKey"),
    ]
