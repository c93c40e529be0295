"""In an account's own context its row, roles, invitations and keys are written with a warrant alone.

A statement injected into a viewer's page could otherwise make them an owner, or an API key for somebody outside.
"""

from django.db import migrations

from security.operations import AskWarrant


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_enrolment"), ("security", "0006_warrants")]
    operations = [
        AskWarrant("Account", warrant="account", identity=True),
        AskWarrant("Member", warrant="members", identity=True),
        AskWarrant("Invitation", warrant="members", identity=True),
        AskWarrant("ApiKey", warrant="keys", identity=True),
    ]
