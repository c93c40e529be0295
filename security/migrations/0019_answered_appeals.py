"""The answer to an appeal, and whether it went out by mail."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0018_suspensions_add_up"),
    ]

    operations = [
        migrations.AddField(
            model_name="appeal",
            name="is_mailed",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="appeal",
            name="wrapped_answer",
            field=models.BinaryField(null=True),
        ),
    ]
