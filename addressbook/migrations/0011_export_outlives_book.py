"""An export that counts against a day's budget outlives its book."""

import django.db.models.deletion
from django.db import migrations

import security.tenancy


class Migration(migrations.Migration):
    dependencies = [("addressbook", "0010_favourites")]

    operations = [
        migrations.AlterField(
            model_name="export",
            name="book",
            field=security.tenancy.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="exports",
                to="addressbook.addressbook",
            ),
        ),
    ]
