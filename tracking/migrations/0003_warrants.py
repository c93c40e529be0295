"""Events are entered by operators and postal staff alone."""

from django.db import migrations

from security.operations import AskWarrant


class Migration(migrations.Migration):
    dependencies = [("tracking", "0002_unfollowed"), ("security", "0006_warrants")]
    operations = [
        AskWarrant("Event", warrant="tracking", reference=True),
        AskWarrant("Unfollowed", warrant="tracking", reference=True),
    ]
