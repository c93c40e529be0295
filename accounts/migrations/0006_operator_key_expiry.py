from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_identity_only")]
    operations = [migrations.AddField("operatorkey", "expires_at", models.DateTimeField(null=True))]
