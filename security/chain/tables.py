"""Which tables are chained, and the one text of a row that is hashed.

The text is made by the database: a JSON object of the columns named here, with the table's name, in the order and
spelling of `jsonb`, times in UTC. A row's place (`pos`) is not in it: the order of a batch says it. A column that comes
later needs a new format: add an entry with the next `since`, and old batches go on being read in the old one.
"""

from __future__ import annotations

from dataclasses import dataclass

BY_DAY, BY_MOMENT = "date", "moment"


@dataclass(frozen=True)
class ChainedTable:
    """One table under one format. `code` is its number in a leaf, for ever; `since` the format that brought this."""

    name: str
    code: int
    columns: tuple[str, ...]
    since: int = 1

    def text(self) -> str:
        """SQL for the text of a row."""
        pairs = ", ".join(f"'{column}', {_value(column)}" for column in self.columns)
        return f"jsonb_build_object('table', '{self.name}', {pairs})::text"


# As text, so that the digits of numbers and the empty values inside stay as they were written.
_AS_TEXT = frozenset({"data"})
_MOMENTS = frozenset({"at"})
_tables: list[ChainedTable] = []


def _value(column: str) -> str:
    if column in _MOMENTS:
        return f"{column} AT TIME ZONE 'UTC'"
    return f"{column}::text" if column in _AS_TEXT else column


def chain(table: ChainedTable) -> None:
    """Chain a table from now on. It needs columns id, at, pos; `pos` as in security/migrations/0005_trail.py."""
    if any(known.code == table.code and known.name != table.name for known in _tables):
        raise ValueError(f"The code {table.code} is taken.")
    if table not in _tables:
        _tables.append(table)


def newest_format() -> int:
    return max(table.since for table in _tables)


def tables_of(version: int) -> list[ChainedTable]:
    """Return the tables as they are hashed under one format."""
    known = {table.name: table for table in sorted(_tables, key=lambda table: table.since) if table.since <= version}
    return list(known.values())


def rows_between(version: int, *, with_text: bool = False) -> str:
    """SQL for rows with after < pos <= upto (%(after)s, %(upto)s), at most %(most)s, by place.

    Each as (pos, table's code, month, id, SHA-256 of its text), with the text itself where it is asked for.
    """
    parts = []
    for table in tables_of(version):
        text = table.text()
        month = "(extract(year FROM at AT TIME ZONE 'UTC') * 12 + extract(month FROM at AT TIME ZONE 'UTC') - 1)::int"
        shown = f", {text}" if with_text else ""
        parts.append(
            f"(SELECT pos, {table.code}, {month}, id, sha256(convert_to({text}, 'UTF8')){shown} FROM {table.name}"  # noqa: S608
            " WHERE pos > %(after)s AND pos <= %(upto)s ORDER BY pos LIMIT %(most)s)"
        )
    return f"{' UNION ALL '.join(parts)} ORDER BY 1 LIMIT %(most)s"


chain(
    ChainedTable(
        "security_accessentry",
        1,
        (
            "id", "at", "account_id", "user_id", "key_id", "row_count", "request_id", "actor", "on_behalf", "action",
            "kind", "via", "endpoint", "decision", "wall", "ids", "fields", "source",
        ),
    )
)  # fmt: skip
chain(
    ChainedTable(
        "security_securityevent",
        2,
        ("id", "at", "kind", "wall", "actor", "account_id", "request_id", "source", "via", "endpoint", "data"),
    )
)
chain(
    ChainedTable("security_retiredpartition", 3, ("id", "at", "parent", "month", "row_count", "first_pos", "last_pos"))
)
