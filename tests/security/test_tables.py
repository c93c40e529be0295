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
    return {row[0] for row in found} - NOTES


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


def test_every_tenant_table_has_its_composite_unique() -> None:
    unique = {
        row[0]
        for row in catalogue("SELECT conrelid::regclass::text FROM pg_constraint WHERE conname LIKE '%\\_id\\_account'")
    }

    assert {model._meta.db_table for model in tenant_models()} - unique == set()


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
        " AND c.relkind = 'r' AND has_table_privilege('ecship_app', c.oid, 'TRUNCATE, REFERENCES, TRIGGER')"
    )

    assert rights == []
