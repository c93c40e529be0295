from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import connections, transaction
from psycopg import sql
from psycopg.types.json import Jsonb

from bench.bare.models import Contact, Key
from ecship.scale import people

NEWEST = datetime(2026, 6, 30, tzinfo=UTC)


class Command(BaseCommand):
    help = "Make the twin table, as many rows in each book as ours has; what is there already stays."

    def handle(self, *args: Any, **options: Any) -> None:
        fill()


def fill() -> None:
    owner = connections["owner"]
    if Contact._meta.db_table in owner.introspection.table_names():
        return
    with transaction.atomic(using="owner"):
        with owner.cursor() as cursor:
            cursor.execute("ALTER TABLE addressbook_contact NO FORCE ROW LEVEL SECURITY")
            cursor.execute("SELECT account_id, book_id, count(*) FROM addressbook_contact GROUP BY 1, 2 ORDER BY 1, 2")
            books = cursor.fetchall()
            cursor.execute("ALTER TABLE addressbook_contact FORCE ROW LEVEL SECURITY")
        with owner.schema_editor() as editor:
            editor.create_model(Key)
            editor.create_model(Contact)
        with owner.cursor() as cursor:
            for model in (Key, Contact):
                name = sql.Identifier(model._meta.db_table)
                cursor.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO ecship_app").format(name))
            _copy(cursor, books)
    with owner.cursor() as cursor:
        cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(Contact._meta.db_table)))


def _copy(cursor: Any, books: list[tuple[UUID, UUID, int]]) -> None:
    names = [field.column for field in Contact._meta.local_concrete_fields]
    chance = Random(1)  # noqa: S311 - no secret: the same rows at each run
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(Contact._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with cursor.copy(statement) as copy:
        for account_id, book_id, count in books:
            for _ in range(count):
                fields = people.contact(chance)
                for name in ("lines", "local_lines", "tags"):
                    fields[name] = Jsonb(fields[name])
                added = NEWEST - timedelta(seconds=chance.randrange(90_000_000))
                fields |= {"id": UUID(int=chance.getrandbits(128), version=4), "account_id": account_id}
                fields |= {"address_book": book_id, "created_at": added, "updated_at": added, "used_at": None}
                copy.write_row([fields[name] for name in names])
