"""Who may open a restricted book is written with a warrant alone: grants, what makes a book open to all, its end, and
what takes a contact out of it.

Row-level security cannot compare a row with what it was before, so of the last three only the guard decides about
changes.
"""

from django.db import migrations

from security.operations import AskWarrant

FORWARDS = """
CREATE POLICY warrant_delete ON addressbook_addressbook AS RESTRICTIVE FOR DELETE TO ecship_app
    USING ((SELECT walls.holds('sharing')));
CREATE TRIGGER writeguard_warrant BEFORE DELETE OR UPDATE OF access ON addressbook_addressbook
    FOR EACH STATEMENT EXECUTE FUNCTION walls.guard_warrant('sharing');
CREATE TRIGGER writeguard_warrant BEFORE UPDATE OF book_id ON addressbook_contact
    FOR EACH ROW WHEN (NEW.book_id IS DISTINCT FROM OLD.book_id) EXECUTE FUNCTION walls.guard_warrant('sharing');
"""
BACKWARDS = """
DROP TRIGGER writeguard_warrant ON addressbook_contact;
DROP TRIGGER writeguard_warrant ON addressbook_addressbook;
DROP POLICY warrant_delete ON addressbook_addressbook;
"""


class Migration(migrations.Migration):
    dependencies = [("addressbook", "0002_deleted"), ("security", "0006_warrants")]
    operations = [
        AskWarrant("AddressBookUserPermission", warrant="sharing"),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
