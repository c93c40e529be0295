"""A book that not everybody opens is for teams too: other words, nothing in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("addressbook", "0012_teams")]

    operations = [
        migrations.AlterField(
            model_name="addressbook",
            name="access",
            field=models.CharField(
                choices=[
                    ("everyone", "Everyone in the account"),
                    ("restricted", "Only people and teams that are named"),
                ],
                default="everyone",
                max_length=10,
            ),
        ),
    ]
