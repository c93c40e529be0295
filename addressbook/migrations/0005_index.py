"""Layouts of books beside them, and a number on every contact that says with which version of its book it last changed.

The database counts: whoever writes a contact, by whichever way, moves its book to its next version, once a transaction.
What leaves a book otherwise than by being marked as deleted leaves no row behind to be found by that number, so such a
book is to be laid out anew.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import security.tenancy
from security.operations import Walls

FORWARDS = """
CREATE FUNCTION addressbook_contact_changed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changed_in integer;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.book_id <> OLD.book_id THEN
        UPDATE addressbook_addressbook SET version = version + 1, indexed_from = version + 1 WHERE id = OLD.book_id;
    END IF;
    -- Once a transaction: many contacts at once would else make a chain of as many versions of one row.
    UPDATE addressbook_addressbook SET version = version + 1
        WHERE id = NEW.book_id AND xmin <> pg_current_xact_id()::xid
        RETURNING version INTO changed_in;
    IF changed_in IS NULL THEN
        SELECT version INTO changed_in FROM addressbook_addressbook WHERE id = NEW.book_id;
    END IF;
    NEW.changed_in := coalesce(changed_in, 0);
    RETURN NEW;
END $$;
CREATE TRIGGER changed_insert BEFORE INSERT ON addressbook_contact
    FOR EACH ROW EXECUTE FUNCTION addressbook_contact_changed();
CREATE TRIGGER changed_update BEFORE UPDATE OF sealed, key_version, book_id, country, can_send, can_receive, created_at,
    deleted_at ON addressbook_contact FOR EACH ROW EXECUTE FUNCTION addressbook_contact_changed();
-- What is sealed does not get smaller.
ALTER TABLE addressbook_bookindex ALTER COLUMN sealed SET STORAGE EXTERNAL;
"""
BACKWARDS = """
DROP TRIGGER changed_insert ON addressbook_contact;
DROP TRIGGER changed_update ON addressbook_contact;
DROP FUNCTION addressbook_contact_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("addressbook", "0004_looked_up")]

    operations = [
        migrations.CreateModel(
            name="BookIndex",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                ("version", models.PositiveIntegerField()),
                ("contacts", models.PositiveIntegerField()),
                ("key_version", models.SmallIntegerField()),
                ("sealed", models.BinaryField()),
                ("kept_at", models.DateTimeField()),
                (
                    "book",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="addressbook.addressbook",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="bookindex",
            constraint=models.UniqueConstraint(fields=("account_id", "book"), name="book_index_one_a_book"),
        ),
        migrations.AddField("addressbook", "indexed_from", models.PositiveIntegerField(default=0)),
        migrations.AddField("contact", "changed_in", models.PositiveIntegerField(default=0, editable=False)),
        migrations.AddIndex(
            "contact",
            models.Index(
                fields=["account_id", "book", "changed_in"],
                condition=models.Q(("changed_in__gt", 0)),
                name="contact_by_change",
            ),
        ),
        Walls("BookIndex"),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
