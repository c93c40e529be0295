from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_account_notices")]
    operations = [migrations.AddField("operatorkey", "expires_at", models.DateTimeField(null=True))]
