"""Who decided on a lost factor, when, for which ticket and why; and which mails went."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0023_closing"),
    ]

    operations = [
        migrations.AddField(
            model_name="factorrecovery",
            name="decided_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="factorrecovery",
            name="letters",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="factorrecovery",
            name="ticket",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="factorrecovery",
            name="wrapped_reason",
            field=models.BinaryField(null=True),
        ),
    ]
