"""What lies unsealed in the tables of people and accounts, against the two lists in docs/security.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from security.sealing import SealedField, SealedModel
from tests.walls.tally import TALLY

pytestmark = pytest.mark.django_db(databases=["default", "trail", "owner"])

HEADING = "### What an injection could read with `rls` away"
ROW = re.compile(r"^\| `(?P<table>\w+)` \| (?P<columns>[^|]+) \| (?P<reason>[^|]+) \|$", re.MULTILINE)
# Of every table. Whether they are what they are named after is asked as well.
RANDOM, SEALED = {"id", "account_id"}, {"sealed", "key_version"}
AT_MOST_OF_PEOPLE = 20  # a column more is a decision, not an accident

# What the runtime role may read of tables that only row-level security, of all walls, keeps from an injected statement.
READABLE = """
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace IN ('public'::regnamespace, 'walls'::regnamespace)
    AND has_column_privilege('ecship_app', c.oid, a.attnum, 'SELECT')
    AND c.relname NOT IN (SELECT "table" FROM security_unscopedtable)
"""


def listed() -> list[set[tuple[str, str]]]:
    """Return table and column of each of the two lists."""
    text = (Path(settings.BASE_DIR) / "docs" / "security.md").read_text()
    section = re.split(r"^##", text.split(HEADING)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return [
        {(row["table"], column) for row in ROW.finditer(part) for column in re.findall(r"`(\w+)`", row["columns"])}
        for part in section.split("|---|---|---|")[1:]
    ]


def readable() -> dict[tuple[str, str], str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(READABLE)
        return {(table, column): kind for table, column, kind in cursor.fetchall()}


def test_every_bare_column_is_listed_with_a_reason() -> None:
    of_people, facts = listed()
    bare = {place for place in readable() if place[1] not in RANDOM | SEALED}
    TALLY.bare_of_people, TALLY.bare_facts = len(of_people), len(facts)

    assert bare - of_people - facts == set(), "seal them, or give a reason in docs/security.md"
    assert (of_people | facts) - bare == set(), "these are gone: take them from docs/security.md"
    assert of_people & facts == set()
    assert len(of_people) <= AT_MOST_OF_PEOPLE


def test_what_no_list_names_is_random_or_sealed() -> None:
    kinds = readable()
    of_libraries = ("account_", "axes_", "django_", "guardian_", "mfa_", "usersessions_")
    named = {place: kind for place, kind in kinds.items() if not place[0].startswith(of_libraries)}

    assert {kind for (_table, column), kind in named.items() if column in RANDOM} == {"uuid"}
    assert {kind for (_table, column), kind in kinds.items() if column == "sealed"} == {"bytea"}
    assert {kind for (_table, column), kind in kinds.items() if column == "key_version"} == {"smallint"}
    assert {kind for (_table, column), kind in kinds.items() if column == "id"} <= {"uuid", "integer", "bigint"}


def test_no_sealed_value_has_a_column_of_its_own() -> None:
    """A value may not lie sealed and bare at once."""
    for model in SealedModel.__subclasses__():
        names = {name for name, value in vars(model).items() if isinstance(value, SealedField)}
        assert names & {field.name for field in model._meta.local_fields} == set()
