"""A shipment has no number that was not given out: one written ahead would stop whoever's turn it is.

Numbers are unique over all accounts, and the range's counter moves back with a booking that fails. So a statement injected
into a page of one's own account, which writes tomorrow's number into a shipment of one's own, would have failed every
booking of that range from the moment its counter came there.
"""

from django.db import migrations

TAKEN = """
CREATE FUNCTION walls.guard_number() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.shipments_numberrange r WHERE r.indicator = left(NEW.item_number, 2)
            AND substr(NEW.item_number, 3, 8) ~ '^[0-9]{8}$'
            AND substr(NEW.item_number, 3, 8)::int >= r.first_serial AND substr(NEW.item_number, 3, 8)::int < r.next_serial
    ) THEN
        RAISE EXCEPTION 'write guard: % was not given out', NEW.item_number USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION walls.guard_number() FROM PUBLIC;
CREATE TRIGGER writeguard_number BEFORE INSERT OR UPDATE OF item_number ON shipments_shipment
    FOR EACH ROW WHEN (NEW.item_number IS NOT NULL) EXECUTE FUNCTION walls.guard_number();
"""
GONE = "DROP TRIGGER writeguard_number ON shipments_shipment; DROP FUNCTION walls.guard_number()"


class Migration(migrations.Migration):
    dependencies = [("shipments", "0007_looked_up")]
    operations = [migrations.RunSQL(TAKEN, GONE)]
