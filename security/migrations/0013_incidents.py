"""Incidents, their exposure reports and the notices that come of them. The security role alone writes them.

An account reads its own notices and their texts. The worker that mails them finds its rows in the identity context,
and changes nothing there but how far a mail has come.
"""

import uuid

from django.db import migrations, models

import security.tenancy
from security.operations import IDENTITY, OWN_ROWS, SecurityTable

GUARD = """
-- Of the tables that the security role writes, with an account_id or without.
CREATE FUNCTION walls.guard_of_security() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) -> 'account_id' IS DISTINCT FROM to_jsonb(OLD) -> 'account_id' THEN
        RAISE EXCEPTION 'write guard: a row of % never changes its account', TG_TABLE_NAME USING ERRCODE = '42501';
    END IF;
    IF current_user IN ('ecship_owner', 'ecship_security') THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_NARGS > 0 AND TG_ARGV[0] = 'identity' AND TG_OP = 'UPDATE' AND walls.is_identity() THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'write guard: % is written by the security role alone', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
REVOKE ALL ON FUNCTION walls.guard_of_security() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.guard_of_security() TO ecship_app, ecship_security;
"""
ADDED = "SELECT, INSERT"  # and never changed
OF_OWN_NOTICE = "EXISTS (SELECT FROM security_notice n WHERE n.run_id = security_noticetext.run_id)"
# A timeline is chained as the trail is: the place of a line is the database's to give.
PLACE = """
ALTER TABLE security_incidentevent ADD COLUMN pos bigint NOT NULL
    DEFAULT (CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('public.security_trail_place') END);
CREATE INDEX incident_event_by_place ON security_incidentevent (pos);
GRANT USAGE ON SEQUENCE security_trail_place TO ecship_security;
"""
NO_PLACE = """
ALTER TABLE security_incidentevent DROP COLUMN pos;
REVOKE USAGE ON SEQUENCE security_trail_place FROM ecship_security;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0012_cases"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExposedAccount",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("exposure_id", models.UUIDField()),
                ("account_id", models.UUIDField()),
                ("findings", models.JSONField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("exposure_id", "account_id"), name="exposed_account_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Exposure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("incident_id", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("made_at", models.DateTimeField()),
                ("made_by", models.UUIDField(null=True)),
                ("reach", models.JSONField()),
                ("counts", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident_id", "version"), name="exposure_once_a_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("wrapped_words", models.BinaryField()),
                ("number", models.PositiveIntegerField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("gather", "Gathering facts"),
                            ("contain", "Containing"),
                            ("assess", "Assessing"),
                            ("notify", "Notifying"),
                            ("closed", "Closed"),
                        ],
                        default="gather",
                        max_length=8,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[("staff", "Opened by staff"), ("tripwire", "Opened by a tripwire")],
                        default="staff",
                        max_length=8,
                    ),
                ),
                ("technique", models.CharField(blank=True, default="", max_length=100)),
                ("reach", models.JSONField(default=dict)),
                ("opened_at", models.DateTimeField()),
                ("opened_by", models.UUIDField(null=True)),
                ("aware_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("reported_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("technique", ""), _negated=True), models.Q(("state", "closed"), _negated=True)
                        ),
                        fields=("technique",),
                        name="incident_one_open_a_technique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["gather", "contain", "assess", "notify", "closed"])),
                        name="incident_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IncidentEvent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("wrapped_words", models.BinaryField()),
                ("incident_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField(null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opened", "Incident opened"),
                            ("joined", "Another tripwire of the same technique"),
                            ("noted", "Note"),
                            ("moved", "Moved on"),
                            ("reopened", "Reopened"),
                            ("reached", "Reach changed"),
                            ("contained", "Contained"),
                            ("exposed", "Exposure report made"),
                            ("drafted", "Notices drafted"),
                            ("asked", "Approval of the notices asked for"),
                            ("approved", "Notices approved"),
                            ("stopped", "Notices stopped"),
                            ("resumed", "Notices sent on"),
                            ("sent", "All notices sent"),
                            ("form", "Regulator’s form saved"),
                            ("reported", "Reported to the regulator"),
                        ],
                        max_length=10,
                    ),
                ),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [models.Index(fields=["incident_id", "at"], name="incident_event_by_incident")],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("run_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("findings", models.JSONField()),
            ],
            options={
                "indexes": [models.Index(fields=["run_id", "account_id"], name="notice_by_run")],
                "constraints": [models.UniqueConstraint(fields=("account_id", "run_id"), name="notice_once_a_run")],
            },
        ),
        migrations.CreateModel(
            name="NoticeMail",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("run_id", models.UUIDField()),
                ("account_id", models.UUIDField()),
                ("user_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to be sent"),
                            ("held", "Held back"),
                            ("sent", "Sent"),
                            ("gone", "Nobody there any more"),
                            ("failed", "Given up"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("attempted_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, default="", max_length=40)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["run_id", "due_at"], name="notice_mail_due"
                    ),
                    models.Index(fields=["run_id", "state"], name="notice_mail_by_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeRun",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("incident_id", models.UUIDField()),
                ("exposure_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("asked", "Waiting for a second person"),
                            ("queueing", "Being queued"),
                            ("sending", "Being sent"),
                            ("stopped", "Stopped"),
                            ("done", "Done"),
                        ],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("texts", models.JSONField()),
                ("made_at", models.DateTimeField()),
                ("made_by", models.UUIDField()),
                ("asked_at", models.DateTimeField(null=True)),
                ("asked_by", models.UUIDField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("approved_by", models.UUIDField(null=True)),
                ("touched_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("counts", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(("approved_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="notice_run_two_people",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeText",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("run_id", models.UUIDField()),
                ("language", models.CharField(max_length=10)),
                ("parts", models.JSONField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("run_id", "language"), name="notice_text_once_a_language")
                ],
            },
        ),
        migrations.CreateModel(
            name="RegulatorForm",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("wrapped_words", models.BinaryField()),
                ("incident_id", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident_id", "version"), name="regulator_form_once_a_version")
                ],
            },
        ),
        migrations.RunSQL(GUARD, "DROP FUNCTION walls.guard_of_security()"),
        SecurityTable("Incident"),
        SecurityTable("IncidentEvent", rights=ADDED),
        migrations.RunSQL(PLACE, NO_PLACE),
        SecurityTable("Exposure", rights=ADDED),
        SecurityTable("ExposedAccount", rights=ADDED),
        SecurityTable("NoticeRun"),
        SecurityTable("Notice", rights=ADDED, visible=OWN_ROWS, tenant=True),
        SecurityTable("NoticeText", rights=ADDED, visible=OF_OWN_NOTICE),
        SecurityTable(
            "NoticeMail",
            visible=IDENTITY,
            marks=("state", "attempts", "due_at", "attempted_at", "sent_at", "error"),
        ),
        SecurityTable("RegulatorForm", rights=ADDED),
    ]
