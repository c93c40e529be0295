"""How many contacts a book has stands with the book, so that its limit costs no count.

The database counts, by whichever way a contact is written: once a statement, since many contacts at once would else
make a chain of as many versions of one row.
"""

from django.db import migrations, models

# The owner is bound by the policies too (FORCE), and none lets it see a row: they are lifted inside this transaction.
TABLES = ("addressbook_addressbook", "addressbook_contact")
COUNT = """
UPDATE addressbook_addressbook AS book SET filled = kept.contacts
    FROM (SELECT book_id, count(*) AS contacts FROM addressbook_contact WHERE deleted_at IS NULL GROUP BY book_id) AS kept
    WHERE book.id = kept.book_id;
"""
FORWARDS = """
CREATE FUNCTION addressbook_contacts_counted() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    change record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        FOR change IN SELECT book_id, count(*) AS more FROM came WHERE deleted_at IS NULL GROUP BY book_id LOOP
            UPDATE addressbook_addressbook SET filled = filled + change.more WHERE id = change.book_id;
        END LOOP;
    ELSIF TG_OP = 'DELETE' THEN
        FOR change IN SELECT book_id, count(*) AS more FROM went WHERE deleted_at IS NULL GROUP BY book_id LOOP
            UPDATE addressbook_addressbook SET filled = filled - change.more WHERE id = change.book_id;
        END LOOP;
    ELSE
        FOR change IN
            SELECT book_id, sum(one) AS more FROM (
                SELECT book_id, 1 AS one FROM came WHERE deleted_at IS NULL
                UNION ALL SELECT book_id, -1 FROM went WHERE deleted_at IS NULL
            ) AS moved GROUP BY book_id HAVING sum(one) <> 0 ORDER BY book_id
        LOOP
            UPDATE addressbook_addressbook SET filled = filled + change.more WHERE id = change.book_id;
        END LOOP;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER counted_insert AFTER INSERT ON addressbook_contact REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION addressbook_contacts_counted();
CREATE TRIGGER counted_update AFTER UPDATE ON addressbook_contact REFERENCING OLD TABLE AS went NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION addressbook_contacts_counted();
CREATE TRIGGER counted_delete AFTER DELETE ON addressbook_contact REFERENCING OLD TABLE AS went
    FOR EACH STATEMENT EXECUTE FUNCTION addressbook_contacts_counted();
"""
BACKWARDS = """
DROP TRIGGER counted_insert ON addressbook_contact;
DROP TRIGGER counted_update ON addressbook_contact;
DROP TRIGGER counted_delete ON addressbook_contact;
DROP FUNCTION addressbook_contacts_counted();
"""
BACKFILL = "\n".join(
    [
        *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;" for table in TABLES),
        COUNT,
        "SET CONSTRAINTS ALL IMMEDIATE;",
        *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;" for table in TABLES),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("addressbook", "0013_named_teams")]

    operations = [
        migrations.AddField("addressbook", "filled", models.IntegerField(default=0, editable=False)),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
