"""Links by which staff begin, behind the walls of signing in."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from security.operations import IdentityWalls

GUARD = """
CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON accounts_enrolment
FOR EACH ROW EXECUTE FUNCTION walls.guard_people()
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_guard_people")]
    operations = [
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("token_hash", models.BinaryField(unique=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="enrolment",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        IdentityWalls("Enrolment"),
        migrations.RunSQL(GUARD, "DROP TRIGGER writeguard ON accounts_enrolment"),
    ]
