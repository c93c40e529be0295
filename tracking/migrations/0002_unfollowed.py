"""Items whose holder's shipment has yet to follow: what a lost message or a killed worker leaves behind."""

from django.db import migrations, models

from security.operations import Reference


class Migration(migrations.Migration):
    dependencies = [("tracking", "0001_events")]

    operations = [
        migrations.CreateModel(
            name="Unfollowed",
            fields=[
                ("item_number", models.CharField(max_length=13, primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField(db_index=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("given_up_at", models.DateTimeField(null=True)),
            ],
        ),
        Reference(
            "Unfollowed",
            reason="Items with events to follow: a number and moments; no account and no person.",
            rights="SELECT, INSERT, UPDATE, DELETE",
            warrant="",  # from migration 0003 on
        ),
    ]
