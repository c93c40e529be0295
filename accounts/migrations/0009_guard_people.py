"""The write guard for the tables of people and of signing in, which have no account to compare.

Row-level security alone kept a statement injected into an account's page from writing them. Now each asks for the
identity context as well, or for the row to be the account's or the person's own where the policies allow that.
"""

from django.db import migrations

# What may be written outside the identity context: the row whose column is the account, or the person, of the context.
TABLES = {
    "accounts_user": "",
    "accounts_account": "'id', 'account'",
    "accounts_operatorkey": "",
    "accounts_outgoingmail": "",
    "account_emailaddress": "",
    "account_emailconfirmation": "",
    "axes_accessattempt": "",
    "axes_accessattemptexpiration": "",
    "axes_accessfailurelog": "",
    "axes_accesslog": "",
    "django_admin_log": "'user_id', 'actor'",
    "django_session": "",
    "guardian_groupobjectpermission": "",
    "guardian_userobjectpermission": "",
    "mfa_authenticator": "",
    "security_livestate": "",
    "usersessions_usersession": "",
}
FUNCTION = """
CREATE FUNCTION walls.guard_people() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE own uuid;
BEGIN
    IF current_user = 'ecship_owner' OR walls.is_identity() THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_NARGS = 2 THEN
        own := CASE TG_ARGV[1] WHEN 'account' THEN walls.account() ELSE walls.actor() END;
        IF own IS NOT NULL
            AND (TG_OP = 'INSERT' OR to_jsonb(OLD) ->> TG_ARGV[0] = own::text)
            AND (TG_OP = 'DELETE' OR to_jsonb(NEW) ->> TG_ARGV[0] = own::text)
        THEN
            RETURN coalesce(NEW, OLD);
        END IF;
    END IF;
    RAISE EXCEPTION 'write guard: a row of % is written by signing in alone', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
REVOKE ALL ON FUNCTION walls.guard_people() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.guard_people() TO ecship_app, ecship_security;
"""
FORWARDS = FUNCTION + "\n".join(
    f'CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON "{table}" '
    f"FOR EACH ROW EXECUTE FUNCTION walls.guard_people({own});"
    for table, own in TABLES.items()
)
BACKWARDS = (
    "\n".join(f'DROP TRIGGER writeguard ON "{table}";' for table in TABLES) + "DROP FUNCTION walls.guard_people()"
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_hashed_sessions"), ("security", "0004_enter")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
