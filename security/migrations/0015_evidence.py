"""Evidence bundles of incidents: how far each is, and its file in parts. The security role alone sees and writes them."""

import uuid

from django.db import migrations, models

from security.operations import SecurityTable


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0014_threshold_changes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="incidentevent",
            name="kind",
            field=models.CharField(
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
                    ("evidence", "Evidence bundle made"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="EvidenceBundle",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("incident_id", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("reach", models.JSONField()),
                ("language", models.CharField(max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to be made"),
                            ("making", "Being made"),
                            ("ready", "Ready"),
                            ("failed", "Given up"),
                            ("gone", "Removed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("seal", "Waiting until every entry is sealed"),
                            ("report", "Counting what was given out"),
                            ("entries", "Collecting the entries behind it"),
                            ("sign", "Signing"),
                            ("keep", "Putting it away"),
                        ],
                        default="seal",
                        max_length=8,
                    ),
                ),
                ("done", models.PositiveBigIntegerField(default=0)),
                ("total", models.PositiveBigIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.UUIDField()),
                ("touched_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, default="", max_length=64)),
                ("counts", models.JSONField(default=dict)),
                ("error", models.CharField(blank=True, default="", max_length=40)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident_id", "version"), name="evidence_bundle_once_a_version"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["waiting", "making"])),
                        fields=("incident_id",),
                        name="evidence_bundle_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EvidencePart",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("bundle_id", models.UUIDField()),
                ("place", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("bundle_id", "place"), name="evidence_part_once_a_place")
                ],
            },
        ),
        SecurityTable("EvidenceBundle"),
        SecurityTable("EvidencePart", rights="SELECT, INSERT, DELETE"),
        # What lies in a ZIP does not become smaller.
        migrations.RunSQL(
            "ALTER TABLE security_evidencepart ALTER data SET STORAGE EXTERNAL",
            "ALTER TABLE security_evidencepart ALTER data SET STORAGE EXTENDED",
        ),
    ]
