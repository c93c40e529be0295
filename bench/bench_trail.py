"""How fast the trail is sealed and checked, and how long an exposure report takes over many entries.

`python -m bench.bench_trail [--rows 10000000]` in `python -m ecship.embedded exec --`: it makes a database of its own,
fills a day with entries by COPY, of which one in a hundred is one actor's, each a page of 25, seals a part, checks it,
and asks for that actor's day.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import sql

from bench.stage import ADDRESSES, _of_database
from ecship.embedded.places import PROJECT

NAME = "bench_trail"
ACCOUNTS, OBJECTS = 20_000, 2_000_000
ATTACKER = UUID(int=7, version=4)
SHARE = 100  # one entry in so many is the attacker's
PAGE = 25
DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
COLUMNS = (
    "id, account_id, at, pos, user_id, key_id, row_count, request_id, actor, on_behalf, action, kind, via, endpoint,"
    " decision, wall, ids, fields, source"
)
INDEXES = (
    "access_entry_by_actor",
    "access_entry_by_source",
    "access_entry_by_place",
    "access_entry_by_time",
    "access_entry_for_others",
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_TRAIL_ROWS", "200000")))
    parser.add_argument("--seal", type=int, default=500_000, help="how many of them are sealed at most")
    options = parser.parse_args()
    environment = _database()
    _fill(environment["DATABASE_OWNER_URL"], options.rows)
    command = [sys.executable, "-m", "bench.trail_inside", str(options.rows), str(min(options.seal, options.rows))]
    subprocess.run(command, cwd=PROJECT, env=environment, check=True)  # noqa: S603


def _database() -> dict[str, str]:
    """Make the database anew, with its tables."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(NAME)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
    here = {key: _of_database(os.environ[key], NAME) for key in ADDRESSES if os.environ.get(key)}
    environment = {**os.environ, **here, "LOG_LEVEL": "ERROR"}
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(migrate, cwd=PROJECT, env=environment, check=True)  # noqa: S603
    return environment


def _fill(owner: str, count: int) -> None:
    """COPY the entries into a table of the same shape, index it, and make it the partition of its month."""
    began = time.monotonic()
    with psycopg.connect(owner, autocommit=True) as connection:
        table = "security_accessentry"
        connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE TRIGGER USER")
        indexes = [
            row[0]
            for row in connection.execute("SELECT indexdef FROM pg_indexes WHERE indexname = ANY(%s)", [list(INDEXES)])
        ]
        connection.execute(f"DROP INDEX {', '.join(INDEXES)}; ALTER TABLE {table} DROP CONSTRAINT {table}_key")
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN") as copy:
            for block in _blocks(count):
                copy.write(block)
        filled = time.monotonic() - began
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_key PRIMARY KEY (account_id, at, id)")
        for definition in indexes:
            connection.execute(definition.replace(" ON ONLY ", " ON "))
        connection.execute(f"SELECT setval('security_trail_place', {count})")
        connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY; ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.execute(f"ANALYZE {table}")
        [(size,)] = connection.execute(
            "SELECT pg_size_pretty(sum(pg_total_relation_size(inhrelid))) FROM pg_inherits"
            " WHERE inhparent = %s::regclass",
            [table],
        ).fetchall()
    print(
        f"{count:,} entries by COPY in {filled:.0f} s, indexed in {time.monotonic() - began - filled:.0f} s, {size}",
        flush=True,
    )


def _blocks(count: int) -> Iterator[str]:
    """Make lines for COPY, some thousand at once. Ids are random, but the same in each run."""
    luck = random.Random(1)  # noqa: S311  (nothing secret)
    objects = [str(UUID(int=luck.getrandbits(128), version=4)) for _ in range(min(OBJECTS, max(PAGE, count)))]
    accounts = [str(UUID(int=luck.getrandbits(128), version=4)) for _ in range(ACCOUNTS)]
    people = [str(UUID(int=luck.getrandbits(128), version=4)) for _ in range(ACCOUNTS)]
    whole, listed = '["name", "company", "address", "email", "phone"]', '["name", "company", "place"]'
    step = timedelta(days=1) / count
    lines: list[str] = []
    for number in range(count):
        at = (DAY + number * step).isoformat()
        row_id = f"{luck.getrandbits(128):032x}"
        if number % SHARE == 0:
            owner = number // SHARE % ACCOUNTS
            start = luck.randrange(len(objects) - PAGE)
            person, account = str(ATTACKER), accounts[owner]
            size, action, fields, source = PAGE, "list", listed, "203.0.113.9"
            ids = '["' + '", "'.join(objects[start : start + PAGE]) + '"]'
        else:
            owner = luck.randrange(ACCOUNTS)
            person, account = people[owner], accounts[owner]
            size, action, fields, source = 1, "read", whole, f"198.51.{owner % 200}.{owner // 200 % 200}"
            ids = f'["{objects[luck.randrange(len(objects))]}"]'
        lines.append(
            f"{row_id}\t{account}\t{at}\t{number + 1}\t{person}\t\\N\t{size}\t{row_id}\tuser:{person}\t\t{action}\t"
            f"contact\tpage\taddressbook:contact\tallowed\tpermission\t{ids}\t{fields}\t{source}\n"
        )
        if len(lines) == 5_000:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)


if __name__ == "__main__":
    main()
