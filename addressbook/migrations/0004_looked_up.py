"""The security role may ask whose an id is, for whoever asked for what is not theirs (`security.detection.examining`)."""

from django.db import migrations

from security.operations import LookedUp


class Migration(migrations.Migration):
    dependencies = [("addressbook", "0003_warrants"), ("security", "0007_watch")]
    operations = [
        LookedUp("AddressBook"),
        LookedUp("AddressBookUserPermission"),
        LookedUp("Contact"),
    ]
