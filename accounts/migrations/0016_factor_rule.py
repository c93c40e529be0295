"""A business may ask a second factor of all its members; keys of those who have none are not found from then on.

What `walls.find_key` gives is as before; one condition is new.
"""

from django.db import migrations, models

FIND_KEY = """
CREATE OR REPLACE FUNCTION walls.find_key(identity text, hash bytea) RETURNS TABLE (
    id uuid, account_id uuid, created_by_id uuid, name text, prefix text, scopes text[], allowed_addresses text[],
    created_at timestamptz, expires_at timestamptz, last_used_at timestamptz,
    account_name text, account_kind text, fax_enabled boolean, account_created_at timestamptz, role text,
    state text, until timestamptz, epoch int, maker_state text, maker_until timestamptz
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE before text := coalesce(current_setting('walls.context', true), '');
BEGIN
    PERFORM set_config('walls.context', identity, true);
    RETURN QUERY
        SELECT k.id, k.account_id, k.created_by_id, k.name::text, k.prefix::text, k.scopes::text[],
               k.allowed_addresses::text[], k.created_at, k.expires_at, k.last_used_at,
               a.name::text, a.kind::text, a.fax_enabled, a.created_at, m.role::text,
               s.state::text, s.until, s.epoch, c.state::text, c.until
        FROM public.accounts_apikey k
        JOIN public.accounts_account a ON a.id = k.account_id
        JOIN public.accounts_member m ON m.account_id = k.account_id AND m.user_id = k.created_by_id
        JOIN public.accounts_user u ON u.id = k.created_by_id AND u.is_active
        LEFT JOIN public.security_livestate s ON s.actor_id = k.id
        LEFT JOIN public.security_livestate c ON c.actor_id = k.created_by_id
        WHERE k.key_hash = hash;
    PERFORM set_config('walls.context', before, true);
END $$;
"""
RULE = """
          AND (a.factor_required_from IS NULL OR a.factor_required_from > now() OR EXISTS (
              SELECT 1 FROM public.mfa_authenticator f
              WHERE f.user_id = k.created_by_id AND f.type IN ('totp', 'webauthn')))"""
WITH_RULE = FIND_KEY.replace("WHERE k.key_hash = hash", "WHERE k.key_hash = hash" + RULE)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_never_activated"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="factor_required_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(WITH_RULE, FIND_KEY),
    ]
