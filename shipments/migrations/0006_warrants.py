"""Reference data are written by staff and by commands alone; a booking takes the next number through one function."""

from django.db import migrations

from security.operations import AskWarrant

# Runs as the owner: the runtime role may not write the table in an account's context. What it can do is this: move one
# range of a group on by one, in an account's context. A range that ran out while we waited for its row is passed over.
TAKE_NUMBER = """
CREATE FUNCTION walls.take_number(wanted text, at timestamptz)
RETURNS TABLE (indicator text, serial int, remaining int) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE found_id bigint;
BEGIN
    IF walls.account() IS NULL THEN
        RAISE EXCEPTION 'item numbers are taken for an account' USING ERRCODE = '42501';
    END IF;
    LOOP
        SELECT r.id INTO found_id FROM public.shipments_numberrange r
        WHERE r.range_group = wanted AND r.next_serial <= r.last_serial ORDER BY r.id LIMIT 1 FOR UPDATE;
        IF found_id IS NOT NULL THEN
            RETURN QUERY UPDATE public.shipments_numberrange r
            SET next_serial = r.next_serial + 1, last_used_at = at WHERE r.id = found_id
            RETURNING r.indicator::text, r.next_serial - 1, r.last_serial - r.next_serial + 1;
            RETURN;
        END IF;
        EXIT WHEN NOT EXISTS (
            SELECT FROM public.shipments_numberrange r WHERE r.range_group = wanted AND r.next_serial <= r.last_serial
        );
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION walls.take_number(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION walls.take_number(text, timestamptz) TO ecship_app;
"""
TABLES = ("Destination", "TariffEdition", "ServiceTables", "Suspension", "ExchangeRate", "NumberRange")


class Migration(migrations.Migration):
    dependencies = [("shipments", "0005_cleared"), ("security", "0006_warrants")]
    operations = [
        *(AskWarrant(name, warrant="reference", reference=True) for name in TABLES),
        migrations.RunSQL(TAKE_NUMBER, "DROP FUNCTION walls.take_number(text, timestamptz)"),
    ]
