"""What detection knows of people, in a schema that the runtime role may not enter; and suspension by a signed order."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

WATCH = """
CREATE SCHEMA watch;
REVOKE ALL ON SCHEMA watch FROM PUBLIC;
GRANT USAGE ON SCHEMA watch TO ecship_security;
"""
TABLES = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA watch TO ecship_security;"

# Live state: read by whoever it is about, changed by the security role, and by `walls.suspend`, which is the owner's.
LIVE_STATE = """
DROP POLICY app_read ON security_livestate;
DROP POLICY app ON security_livestate;
CREATE POLICY app_read ON security_livestate FOR SELECT TO ecship_app
    USING ((SELECT walls.is_identity()) OR actor_id = (SELECT walls.actor()));
CREATE POLICY security ON security_livestate FOR ALL TO ecship_security USING (true) WITH CHECK (true);
CREATE POLICY definer ON security_livestate FOR ALL TO ecship_owner USING (true) WITH CHECK (true);
REVOKE INSERT, UPDATE, DELETE ON security_livestate FROM ecship_app;
GRANT SELECT, INSERT, UPDATE ON security_livestate TO ecship_security;
"""
LIVE_STATE_BACK = """
DROP POLICY definer ON security_livestate;
DROP POLICY security ON security_livestate;
DROP POLICY app_read ON security_livestate;
CREATE POLICY app_read ON security_livestate FOR SELECT TO ecship_app
    USING ((SELECT walls.is_identity()) OR actor_id = (SELECT walls.actor()));
CREATE POLICY app ON security_livestate FOR ALL TO ecship_app
    USING ((SELECT walls.is_identity()) OR false) WITH CHECK ((SELECT walls.is_identity()) OR false);
REVOKE ALL ON security_livestate FROM ecship_security;
GRANT SELECT, INSERT, UPDATE, DELETE ON security_livestate TO ecship_app;
"""

FUNCTIONS = """
-- The parts of an order that the site signed for this server process, without verb and signature.
CREATE FUNCTION walls.ordered(given text, verb text) RETURNS text[] LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text[] := string_to_array(given, '|');
    many int := array_length(part, 1);
    key walls.context_key;
BEGIN
    SELECT * INTO key FROM walls.context_key;
    IF many < 5 OR part[1] <> 'order' OR part[2] <> verb
        OR encode(sha256(key.outer_pad || sha256(key.inner_pad ||
            convert_to(array_to_string(part[1:many - 1], '|'), 'UTF8'))), 'hex') IS DISTINCT FROM part[many]
        OR part[many - 2]::bigint <> pg_backend_pid()
        OR part[many - 1]::bigint < extract(epoch FROM clock_timestamp())
    THEN
        RAISE EXCEPTION 'an order to % was not given by the site', verb USING ERRCODE = '42501';
    END IF;
    RETURN part[3:many - 3];
END $$;
REVOKE ALL ON FUNCTION walls.ordered(text, text) FROM PUBLIC;

-- Nobody acts for this actor any more: whatever it holds (sessions, jobs, cached keys) is of an older epoch.
CREATE FUNCTION walls.stop(actor uuid, ends timestamptz, at timestamptz) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.security_livestate AS s (actor_id, epoch, state, until, changed_at)
    VALUES (actor, 2, 'suspended', ends, at)
    ON CONFLICT (actor_id) DO UPDATE SET epoch = s.epoch + 1, state = 'suspended', until = ends, changed_at = at;
$$;
REVOKE ALL ON FUNCTION walls.stop(uuid, timestamptz, timestamptz) FROM PUBLIC;

-- Suspend a person and the key they used, by an order of the site or by the security role. Never lets anybody go.
-- One who is suspended for as long already stays so. Returns the suspension and whether it is a new one.
CREATE FUNCTION walls.suspend_as(
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
        AND (s.until IS NULL OR s.until > suspend_as.at) ORDER BY s.rung DESC LIMIT 1;
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
REVOKE ALL ON FUNCTION walls.suspend_as(uuid, uuid, uuid, text, boolean, int, int[], int, int, text, text, timestamptz)
    FROM PUBLIC;

CREATE FUNCTION walls.suspend(given text) RETURNS TABLE (suspension uuid, is_new boolean) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE part text[] := walls.ordered(given, 'suspend');
BEGIN
    RETURN QUERY SELECT * FROM walls.suspend_as(
        nullif(part[1], '')::uuid, nullif(part[2], '')::uuid, nullif(part[3], '')::uuid, part[4], part[5]::boolean,
        part[6]::int, string_to_array(part[7], ',')::int[], part[8]::int, part[9]::int, part[10], part[11],
        to_timestamp(part[12]::float8));
END $$;
REVOKE ALL ON FUNCTION walls.suspend(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.suspend(text) TO ecship_app, ecship_security;

-- Whether the account of this context is suspended, and which features are frozen, as `feature:size`.
CREATE FUNCTION walls.standing() RETURNS TABLE (is_suspended boolean, frozen text[]) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
            SELECT FROM public.security_livestate s WHERE s.actor_id = (SELECT walls.account())
            AND s.state = 'suspended' AND (s.until IS NULL OR s.until > clock_timestamp())),
        (SELECT array_agg(f.feature || ':' || f.size) FROM watch.freeze f
            WHERE f.ended_at IS NULL AND (f.until IS NULL OR f.until > clock_timestamp()));
$$;
REVOKE ALL ON FUNCTION walls.standing() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.standing() TO ecship_app, ecship_security;

DROP FUNCTION walls.enter(text);
-- Sets an account's signed context and hands over the account's wrapped keys and its standing. Under a forged or a
-- copied context there is nothing.
CREATE FUNCTION walls.enter(context text)
RETURNS TABLE (version smallint, wrapped bytea, is_suspended boolean, frozen text[]) LANGUAGE plpgsql VOLATILE AS $$
DECLARE own uuid;
BEGIN
    PERFORM set_config('walls.context', context, true);
    own := walls.account();
    RETURN QUERY SELECT k.version, k.wrapped, s.is_suspended, s.frozen
        FROM walls.standing() s LEFT JOIN public.security_accountkey k ON k.account_id = own WHERE own IS NOT NULL;
END $$;
REVOKE ALL ON FUNCTION walls.enter(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.enter(text) TO ecship_app, ecship_security;

-- An appeal is written by whoever has the mailed link, at most three for one suspension; nobody but staff reads it.
CREATE FUNCTION walls.appeal(given text, words bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text[] := walls.ordered(given, 'appeal');
    appealed uuid := part[1]::uuid;
BEGIN
    PERFORM FROM watch.suspension s WHERE s.id = appealed AND s.released_at IS NULL FOR UPDATE;
    IF NOT FOUND OR (SELECT count(*) FROM watch.appeal a WHERE a.suspension_id = appealed) >= 3 THEN RETURN false; END IF;
    INSERT INTO watch.appeal (id, suspension_id, at, words)
        VALUES (gen_random_uuid(), appealed, to_timestamp(part[2]::float8), words);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION walls.appeal(text, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.appeal(text, bytea) TO ecship_app;

-- Whether the suspension of a mailed link still holds, and until when: what its page says.
CREATE FUNCTION walls.appealed(given text) RETURNS TABLE (holds boolean, until timestamptz, appeals bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE part text[] := walls.ordered(given, 'appealed');
BEGIN
    RETURN QUERY SELECT s.released_at IS NULL AND (s.until IS NULL OR s.until > clock_timestamp()), s.until,
        (SELECT count(*) FROM watch.appeal a WHERE a.suspension_id = s.id)
        FROM watch.suspension s WHERE s.id = part[1]::uuid;
END $$;
REVOKE ALL ON FUNCTION walls.appealed(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.appealed(text) TO ecship_app;
"""
FUNCTIONS_BACK = """
DROP FUNCTION walls.appealed(text);
DROP FUNCTION walls.appeal(text, bytea);
DROP FUNCTION walls.enter(text);
DROP FUNCTION walls.standing();
DROP FUNCTION walls.suspend(text);
DROP FUNCTION walls.suspend_as(uuid, uuid, uuid, text, boolean, int, int[], int, int, text, text, timestamptz);
DROP FUNCTION walls.stop(uuid, timestamptz, timestamptz);
DROP FUNCTION walls.ordered(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("security", "0006_warrants")]
    operations = [
        migrations.RunSQL(WATCH, "DROP SCHEMA watch"),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("words", models.BinaryField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.UUIDField(null=True)),
            ],
            options={
                "db_table": '"watch"."appeal"',
            },
        ),
        migrations.CreateModel(
            name="Decoy",
            fields=[
                ("account_id", models.UUIDField(primary_key=True, serialize=False)),
                ("person", models.UUIDField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": '"watch"."decoy"',
            },
        ),
        migrations.CreateModel(
            name="DecoyObject",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": '"watch"."decoy_object"',
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("rule", models.CharField(max_length=16)),
                ("actor", models.CharField(max_length=64)),
                ("person", models.UUIDField(null=True)),
                ("key", models.UUIDField(null=True)),
                ("account_id", models.UUIDField(null=True)),
                ("source", models.CharField(max_length=32)),
                ("device", models.CharField(max_length=32)),
                ("is_young", models.BooleanField(default=False)),
                ("endpoint", models.CharField(max_length=64)),
                ("request_id", models.CharField(max_length=32)),
                ("points", models.FloatField()),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "db_table": '"watch"."finding"',
            },
        ),
        migrations.CreateModel(
            name="Freeze",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("feature", models.CharField(max_length=32)),
                (
                    "size",
                    models.CharField(
                        choices=[
                            ("others", "Keys, and members who do not own the account"),
                            ("young", "Young accounts"),
                            ("all", "Everybody"),
                        ],
                        max_length=8,
                    ),
                ),
                ("cause", models.CharField(max_length=16)),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("by", models.UUIDField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.UUIDField(null=True)),
            ],
            options={
                "db_table": '"watch"."freeze"',
            },
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": '"watch"."mark"',
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("actor", "Person or key"),
                            ("account", "Account"),
                            ("source", "Network address"),
                            ("device", "Browser"),
                            ("cohort", "Group of accounts"),
                            ("endpoint", "Address of the site"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(max_length=64)),
                ("points", models.FloatField()),
                ("at", models.DateTimeField()),
                ("step", models.SmallIntegerField(default=0)),
                ("stepped_at", models.DateTimeField(null=True)),
                ("offences", models.SmallIntegerField(default=0)),
                ("offended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": '"watch"."score"',
            },
        ),
        migrations.CreateModel(
            name="StrangeId",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("named", models.UUIDField()),
                ("account_id", models.UUIDField(null=True)),
                ("actor", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": '"watch"."strange_id"',
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("person", models.UUIDField(null=True)),
                ("key", models.UUIDField(null=True)),
                ("account_id", models.UUIDField(null=True)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("egress", "Data of another account was about to leave"),
                            ("wrong_key", "Sealed data of another account was opened"),
                            ("forged_context", "A forged database context was used"),
                            ("decoy", "A decoy account was read"),
                            ("elsewhere", "Something of another account was asked for"),
                            ("score", "Suspicious requests, again and again"),
                            ("staff", "Decided by staff"),
                        ],
                        max_length=16,
                    ),
                ),
                ("rung", models.SmallIntegerField()),
                ("until", models.DateTimeField(null=True)),
                ("with_account", models.BooleanField(default=False)),
                ("request_id", models.CharField(max_length=32)),
                ("endpoint", models.CharField(max_length=64)),
                ("told_at", models.DateTimeField(null=True)),
                ("release_asked_by", models.UUIDField(null=True)),
                ("release_asked_at", models.DateTimeField(null=True)),
                ("released_by", models.UUIDField(null=True)),
                ("released_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": '"watch"."suspension"',
            },
        ),
        migrations.RemoveConstraint(
            model_name="livestate",
            name="live_state_known",
        ),
        migrations.AlterField(
            model_name="livestate",
            name="changed_at",
            field=models.DateTimeField(),
        ),
        migrations.AlterField(
            model_name="livestate",
            name="state",
            field=models.CharField(
                choices=[
                    ("active", "Active"),
                    ("throttled", "Slowed down"),
                    ("step_up", "Must show who they are"),
                    ("suspended", "Suspended"),
                ],
                default="active",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="livestate",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["active", "throttled", "step_up", "suspended"])),
                name="live_state_known",
            ),
        ),
        migrations.AddField(
            model_name="decoyobject",
            name="decoy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="objects_held", to="security.decoy"
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["actor", "-at"], name="finding_by_actor"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["account_id", "-at"], name="finding_by_account"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["endpoint", "-at"], name="finding_by_endpoint"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["-at"], name="finding_by_time"),
        ),
        migrations.AddIndex(
            model_name="freeze",
            index=models.Index(condition=models.Q(("ended_at", None)), fields=["feature"], name="freeze_running"),
        ),
        migrations.AddIndex(
            model_name="score",
            index=models.Index(fields=["kind", "-points"], name="score_highest"),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.UniqueConstraint(fields=("kind", "subject"), name="score_once_a_subject"),
        ),
        migrations.AddIndex(
            model_name="strangeid",
            index=models.Index(fields=["named"], name="strange_id_named"),
        ),
        migrations.AddIndex(
            model_name="strangeid",
            index=models.Index(fields=["at"], name="strange_id_by_time"),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(fields=["person", "-at"], name="suspension_by_person"),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(fields=["key", "-at"], name="suspension_by_key"),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(fields=["account_id", "-at"], name="suspension_by_account"),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(condition=models.Q(("told_at", None)), fields=["at"], name="suspension_untold"),
        ),
        migrations.AddField(
            model_name="appeal",
            name="suspension",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="appeals", to="security.suspension"
            ),
        ),
        migrations.RunSQL(TABLES, migrations.RunSQL.noop),
        migrations.RunSQL(LIVE_STATE, LIVE_STATE_BACK),
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
    ]
