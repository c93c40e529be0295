"""One call that sets an account's signed context and hands over the account's wrapped keys."""

from django.db import migrations

# Runs with the caller's rights, under row-level security: under a forged or copied context there are no keys.
ENTER = """
CREATE FUNCTION walls.enter(context text) RETURNS TABLE (version smallint, wrapped bytea) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('walls.context', context, true);
    RETURN QUERY SELECT k.version, k.wrapped FROM public.security_accountkey k WHERE k.account_id = walls.account();
END $$;
REVOKE ALL ON FUNCTION walls.enter(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.enter(text) TO ecship_app, ecship_security;
"""


class Migration(migrations.Migration):
    dependencies = [("security", "0003_idempotency")]
    operations = [migrations.RunSQL(ENTER, "DROP FUNCTION walls.enter(text)")]
