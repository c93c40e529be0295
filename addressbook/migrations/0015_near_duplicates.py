"""Near duplicates of an import: how many rows, what is to happen to them, how many of them stayed out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("addressbook", "0014_filled")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="near",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="import",
            name="near_duplicates",
            field=models.CharField(
                choices=[("add", "Add it, and show the two under possible duplicates"), ("skip", "Leave it out")],
                default="add",
                max_length=4,
            ),
        ),
        migrations.AddField(
            model_name="import",
            name="near_skipped",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(("near_duplicates__in", ["add", "skip"])), name="import_near_duplicates_known"
            ),
        ),
    ]
