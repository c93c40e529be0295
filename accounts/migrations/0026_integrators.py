"""Integrators and their links, behind the walls of signing in; and the one call that finds both for a SOAP header."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from security.operations import IdentityWalls

OWN_ACCOUNT = "account_id = (SELECT walls.account())"
LINKS = """
ALTER TABLE accounts_integratorlink ADD CONSTRAINT integrator_link_integrator FOREIGN KEY (integrator_id)
    REFERENCES accounts_integrator (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE accounts_integratorlink ADD CONSTRAINT integrator_link_member FOREIGN KEY (account_id, user_id)
    REFERENCES accounts_member (account_id, user_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
"""
LINKS_BACK = """
ALTER TABLE accounts_integratorlink DROP CONSTRAINT integrator_link_integrator;
ALTER TABLE accounts_integratorlink DROP CONSTRAINT integrator_link_member
"""
# As walls.find_key: with the caller's rights, under the signed identity context for this one look. The integrator comes
# with or without a link, so that whoever asks does the same work for a known person as for a stranger. A second factor
# that an account asks of its members is asked here of whoever made the key, and of whoever is acted for.
FACTOR = """({account}.factor_required_from IS NULL OR {account}.factor_required_from > now() OR EXISTS (
              SELECT 1 FROM public.mfa_authenticator f
              WHERE f.user_id = {user} AND f.type IN ('totp', 'webauthn')))"""
_FIND_LINK = """
CREATE FUNCTION walls.find_link(identity text, integrator_name text, username text) RETURNS TABLE (
    integrator_id uuid, owner_id uuid, maker_id uuid, wrapped_key bytea, fresh_minutes int, refuses_replays boolean,
    last_used_at timestamptz, state text, until timestamptz, epoch int, maker_state text, maker_until timestamptz,
    owner_state text, owner_until timestamptz,
    link_id uuid, user_id uuid, role text, user_state text, user_until timestamptz,
    account_id uuid, account_name text, account_kind text, fax_enabled boolean, closing_at timestamptz,
    account_created_at timestamptz
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE before text := coalesce(current_setting('walls.context', true), '');
BEGIN
    PERFORM set_config('walls.context', identity, true);
    RETURN QUERY
        SELECT i.id, i.account_id, i.made_by_id, i.wrapped_key, i.fresh_minutes::int, i.refuses_replays,
               i.last_used_at, s.state::text, s.until, s.epoch, c.state::text, c.until, o.state::text, o.until,
               l.link_id, l.user_id, l.role, l.state, l.until,
               l.account_id, l.name, l.kind, l.fax_enabled, l.closing_at, l.created_at
        FROM public.accounts_integrator i
        JOIN public.accounts_account ia ON ia.id = i.account_id AND ia.closing_at IS NULL
        JOIN public.accounts_member im
            ON im.account_id = i.account_id AND im.user_id = i.made_by_id AND im.role = 'owner'
        JOIN public.accounts_user iu ON iu.id = i.made_by_id AND iu.is_active
        LEFT JOIN public.security_livestate s ON s.actor_id = i.id
        LEFT JOIN public.security_livestate c ON c.actor_id = i.made_by_id
        LEFT JOIN public.security_livestate o ON o.actor_id = i.account_id
        LEFT JOIN LATERAL (
            SELECT k.id AS link_id, k.user_id, m.role::text AS role, v.state::text AS state, v.until,
                   a.id AS account_id, a.name::text AS name, a.kind::text AS kind, a.fax_enabled, a.closing_at,
                   a.created_at
            FROM public.account_emailaddress e
            JOIN public.accounts_user u ON u.id = e.user_id AND u.is_active
            JOIN public.accounts_integratorlink k
                ON k.integrator_id = i.id AND k.user_id = u.id AND k.confirmed_at IS NOT NULL
            JOIN public.accounts_member m ON m.account_id = k.account_id AND m.user_id = k.user_id
            JOIN public.accounts_account a ON a.id = k.account_id
            LEFT JOIN public.security_livestate v ON v.actor_id = k.user_id
            WHERE e.email = username AND e.verified AND {factor_of_person}
            LIMIT 1
        ) l ON true
        WHERE i.name = integrator_name AND {factor_of_maker};
    PERFORM set_config('walls.context', before, true);
END $$;
REVOKE ALL ON FUNCTION walls.find_link(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.find_link(text, text, text) TO ecship_app;
"""
FIND_LINK = _FIND_LINK.format(
    factor_of_person=FACTOR.format(account="a", user="k.user_id"),
    factor_of_maker=FACTOR.format(account="ia", user="i.made_by_id"),
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0025_appeal_answered"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [
        migrations.CreateModel(
            name="Integrator",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="Name")),
                ("wrapped_key", models.BinaryField()),
                ("fresh_minutes", models.PositiveSmallIntegerField(null=True)),
                ("refuses_replays", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("key_made_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="integrators", to="accounts.account"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name__regex", "^[a-z0-9._-]{3,40}$")), name="integrator_name_shape"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IntegratorLink",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="integrator_links",
                        to="accounts.account",
                    ),
                ),
                (
                    "integrator",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="links",
                        to="accounts.integrator",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("integrator", "user"), name="integrator_link_once")],
            },
        ),
        IdentityWalls("Integrator", visible=OWN_ACCOUNT, writable=OWN_ACCOUNT, guarded=True, warrant="keys"),
        IdentityWalls("IntegratorLink", visible=OWN_ACCOUNT, writable=OWN_ACCOUNT, guarded=True, warrant="keys"),
        migrations.RunSQL(LINKS, LINKS_BACK),
        migrations.RunSQL(FIND_LINK, "DROP FUNCTION walls.find_link(text, text, text)"),
        migrations.AlterField(
            model_name="outgoingmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sign_up", "Sign Up"),
                    ("exists", "Exists"),
                    ("activate", "Activate"),
                    ("confirm", "Confirm"),
                    ("reset", "Reset"),
                    ("invitation", "Invitation"),
                    ("password_changed", "Password Changed"),
                    ("password_set", "Password Set"),
                    ("password_reset", "Password Reset"),
                    ("email_confirm", "Email Confirm"),
                    ("email_changed", "Email Changed"),
                    ("email_deleted", "Email Deleted"),
                    ("totp_activated", "Totp Activated"),
                    ("totp_deactivated", "Totp Deactivated"),
                    ("webauthn_added", "Webauthn Added"),
                    ("webauthn_removed", "Webauthn Removed"),
                    ("recovery_codes_generated", "Recovery Codes Generated"),
                    ("recovery_code_used", "Recovery Code Used"),
                    ("new_device", "New Device"),
                    ("company_linked", "Company Linked"),
                    ("recovery_asked", "Recovery Asked"),
                    ("recovery_ready", "Recovery Ready"),
                    ("recovery_stopped", "Recovery Stopped"),
                    ("recovery_done", "Recovery Done"),
                    ("key_made", "Key Made"),
                    ("key_ended", "Key Ended"),
                    ("member_invited", "Member Invited"),
                    ("member_joined", "Member Joined"),
                    ("member_gone", "Member Gone"),
                    ("role_changed", "Role Changed"),
                    ("account_deleted", "Account Deleted"),
                    ("suspended", "Suspended"),
                    ("released", "Released"),
                    ("appeal_answered", "Appeal Answered"),
                    ("factor_required", "Factor Required"),
                    ("factor_not_required", "Factor Not Required"),
                    ("contacts_exported", "Contacts Exported"),
                    ("account_copied", "Account Copied"),
                    ("closing_asked", "Closing Asked"),
                    ("closing_soon", "Closing Soon"),
                    ("closing_stopped", "Closing Stopped"),
                    ("sign_in_closed", "Sign In Closed"),
                    ("integrator_asked", "Integrator Asked"),
                    ("integrator_linked", "Integrator Linked"),
                    ("integrator_unlinked", "Integrator Unlinked"),
                    ("integrator_made", "Integrator Made"),
                    ("integrator_key", "Integrator Key"),
                    ("integrator_ended", "Integrator Ended"),
                ],
                max_length=32,
            ),
        ),
    ]
