"""When a shipment's personal data were removed, and an index for those that are due."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shipments", "0004_reference_names")]

    operations = [
        migrations.AddField(model_name="shipment", name="cleared_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="shipment",
            index=models.Index(
                condition=models.Q(("cleared_at", None), models.Q(("status__in", ["draft", "booked"]), _negated=True)),
                fields=["account_id", "updated_at"],
                name="shipment_to_clear",
            ),
        ),
    ]
