"""No two ranges of an indicator overlap, whoever enters them: a serial in both would be given out twice."""

from django.db import migrations, models

# An indicator's letters and its serials as one range of whole numbers. The index serves ranges without an extension.
APART = """
    ALTER TABLE shipments_numberrange ADD CONSTRAINT number_range_apart EXCLUDE USING gist (
        int8range(
            (ascii(left(indicator, 1)) * 1000 + ascii(right(indicator, 1))) * 100000000::bigint + first_serial,
            (ascii(left(indicator, 1)) * 1000 + ascii(right(indicator, 1))) * 100000000::bigint + last_serial,
            '[]'
        ) WITH &&
    )
"""


class Migration(migrations.Migration):
    dependencies = [("shipments", "0002_booking")]

    operations = [
        migrations.AddConstraint(
            model_name="numberrange",
            constraint=models.CheckConstraint(
                condition=models.Q(("indicator__regex", "^[A-Z]{2}$")), name="number_range_indicator_of_two_capitals"
            ),
        ),
        migrations.RunSQL(APART, "ALTER TABLE shipments_numberrange DROP CONSTRAINT number_range_apart"),
    ]
