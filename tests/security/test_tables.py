"""The catalogue of the database against what every table owes."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connections
from django.db.models import Model

from security.operations import composite_name
from security.tenancy import TenantForeignKey, TenantModel

pytestmark = pytest.mark.django_db(databases=["default", "trail", "owner"])

# A bare account id that is a note, not ownership: who was refused where.
NOTES = {"security_securityevent"}
# Who may reach a table at all, by any right on it or on one of its columns.
REACHED = """
    SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND {which} AND EXISTS (
        SELECT 1 FROM unnest(ARRAY['ecship_app', 'ecship_security', 'public']) AS role
        WHERE has_any_column_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
        OR has_table_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'))
"""


def catalogue(sql: str) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def tables_with_an_account() -> set[str]:
    found = catalogue(
        "SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE a.attname = 'account_id' AND c.relkind IN ('r', 'p') AND n.nspname = 'public' AND NOT a.attisdropped"
    )
    return {row[0] for row in found} - NOTES - {row[0] for row in partitions() if row[1] in NOTES}


def partitions() -> list[tuple[Any, ...]]:
    """Return each partition with its parent."""
    return catalogue(
        "SELECT i.inhrelid::regclass::text, i.inhparent::regclass::text FROM pg_inherits i"
        " JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relkind = 'r'"
    )


def test_every_table_has_row_level_security_or_a_reason() -> None:
    bare = catalogue(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
        " AND n.nspname = 'public' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
        ' AND c.relname NOT IN (SELECT "table" FROM security_unscopedtable)'
    )

    assert bare == []


def test_every_protected_table_has_a_policy() -> None:
    without = catalogue(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relrowsecurity"
        " AND n.nspname = 'public' AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)"
    )

    assert without == []


def test_every_reason_names_a_table_that_exists() -> None:
    stale = catalogue('SELECT "table" FROM security_unscopedtable WHERE to_regclass(\'public.\' || "table") IS NULL')

    assert stale == []


def test_every_table_with_an_account_has_the_write_guard() -> None:
    guarded = {
        row[0] for row in catalogue("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'writeguard'")
    }

    assert tables_with_an_account() - guarded == set()


def tenant_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def parted() -> set[str]:
    """Return the tables that consist of partitions."""
    return {row[0] for row in catalogue("SELECT partrelid::regclass::text FROM pg_partitioned_table")}


def test_every_tenant_table_has_its_composite_unique() -> None:
    unique = {
        row[0]
        for row in catalogue("SELECT conrelid::regclass::text FROM pg_constraint WHERE conname LIKE '%\\_id\\_account'")
    }

    assert {model._meta.db_table for model in tenant_models()} - unique - parted() == set()


def test_the_key_of_a_partitioned_tenant_table_holds_id_account_and_moment() -> None:
    """A unique constraint must hold the partitions' column, so nothing can refer to a row by id and account alone."""
    keys = {
        table: set(columns)
        for table, columns in catalogue(
            "SELECT c.conrelid::regclass::text, array_agg(a.attname::text) FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)"
            " WHERE c.contype = 'p' GROUP BY 1"
        )
    }
    tables = {model._meta.db_table for model in tenant_models()} & parted()

    assert tables == {"security_accessentry"}
    assert {table: keys[table] for table in tables} == {"security_accessentry": {"id", "account_id", "at"}}


def test_nobody_reaches_a_partition_but_through_its_parent() -> None:
    """A granted partition would go around its parent's policy; so would one without walls of its own, one day."""
    assert {parent for _part, parent in partitions()} == parted()
    assert catalogue(REACHED.format(which="c.relispartition")) == []
    assert len(catalogue(REACHED.format(which="NOT c.relispartition"))) > 20  # the question can be answered with yes
    open_to_others = catalogue(
        "SELECT polrelid::regclass::text, polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
        " WHERE c.relispartition AND p.polroles <> ARRAY['ecship_owner'::regrole::oid]"
    )
    assert open_to_others == []


def test_every_partitioned_table_has_somewhere_for_what_fits_no_month() -> None:
    default = catalogue("SELECT partrelid::regclass::text FROM pg_partitioned_table WHERE partdefid <> 0")

    assert {row[0] for row in default} == parted() == {"security_accessentry", "security_securityevent"}


def test_the_runtime_role_does_not_say_where_in_the_chain_a_row_stands() -> None:
    for table in parted():
        assert catalogue(f"SELECT has_column_privilege('ecship_app', '{table}', 'at', 'INSERT')") == [(True,)]
        assert catalogue(f"SELECT has_column_privilege('ecship_app', '{table}', 'pos', 'INSERT')") == [(False,)]
        assert catalogue(f"SELECT has_table_privilege('ecship_app', '{table}', 'UPDATE, DELETE')") == [(False,)]
    assert catalogue("SELECT has_sequence_privilege('ecship_app', 'security_trail_place', 'UPDATE')") == [(False,)]


def test_every_reference_between_tenant_tables_is_composite() -> None:
    names = {
        row[0]
        for row in catalogue("SELECT conname FROM pg_constraint WHERE contype = 'f' AND array_length(conkey, 1) = 2")
    }

    for model in tenant_models():
        for field in model._meta.local_fields:
            if field.is_relation and issubclass(field.related_model, TenantModel):  # type: ignore[arg-type]
                assert isinstance(field, TenantForeignKey), f"{model._meta.label}.{field.name} is a plain foreign key"
                assert composite_name(model._meta.db_table, field.column) in names


def test_every_unique_constraint_of_a_tenant_includes_its_account() -> None:
    """Otherwise a clash tells that another account has the same value. Item numbers are ours alone, never typed."""
    allowed = {"shipment_item_number_once"}
    for model in tenant_models():
        for constraint in model._meta.constraints:
            fields = getattr(constraint, "fields", ())
            if fields and constraint.name not in allowed and type(constraint).__name__ == "UniqueConstraint":
                assert "account_id" in fields, constraint.name
        assert not [
            f.name for f in model._meta.local_fields if f.unique and not f.primary_key and f.name != "item_number"
        ]


def test_the_runtime_role_owns_nothing_and_bypasses_nothing() -> None:
    roles = catalogue(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname IN ('ecship_app', 'ecship_security') ORDER BY 1"
    )
    owned = catalogue(
        "SELECT count(*) FROM pg_class WHERE relowner IN ('ecship_app'::regrole, 'ecship_security'::regrole)"
    )

    assert roles == [("ecship_app", False, False, False, False), ("ecship_security", False, False, False, False)]
    assert owned == [(0,)]


def test_the_runtime_role_truncates_nothing() -> None:
    rights = catalogue(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('public', 'walls')"
        " AND c.relkind IN ('r', 'p') AND has_table_privilege('ecship_app', c.oid, 'TRUNCATE, REFERENCES, TRIGGER')"
    )

    assert rights == []
