"""Named by the settings' ENGINE; see `DatabaseWrapper`."""

from __future__ import annotations

from select import POLLERR, POLLHUP, POLLIN, poll
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base

if TYPE_CHECKING:
    from psycopg._queries import PostgresQuery
    from psycopg.errors import Diagnostic

FORGED = "walls: this context was not signed for this process"  # as the database says it
SEVERAL_AT_ONCE = frozenset({"owner"})  # migrations are scripts


class OneStatementCursor(base.ServerBindingCursor):  # type: ignore[misc,name-defined]  # defined by psycopg's version
    """Sends one statement at a time: whatever is injected into a statement cannot end it and begin another.

    psycopg sends text without parameters by the protocol that takes several statements at once; this sends everything
    by the other one. Were it not so, an injected `DEALLOCATE` and `PREPARE` could put a statement in the place of one
    of ours that is prepared on the connection, to run in somebody else's context later.
    """

    def _execute_send(self, query: PostgresQuery, *, force_extended: bool = False, binary: bool | None = None) -> None:
        # Not a public name of psycopg, whose version is locked: tests/security/test_statements.py says if it is gone.
        super()._execute_send(query, force_extended=True, binary=binary)


class DatabaseWrapper(base.DatabaseWrapper):
    """Looks at the socket of a kept connection, where Django asks `SELECT 1` before each request.

    While nothing is asked a server says nothing, unless it ends the connection: restarted, shut down, or told to. So a
    silent socket is a usable connection, and one that has something to say is asked as Django asks. What neither way
    finds, a server that vanished without a word, shows at the first statement.
    """

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if self.alias not in SEVERAL_AT_ONCE:
            params["cursor_factory"] = OneStatementCursor
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if self.alias == DEFAULT_DB_ALIAS:
            connection.add_notice_handler(_heed)
        return connection

    def is_usable(self) -> bool:
        held = self.connection
        if held is None or held.closed:
            return False
        return not _has_something_to_say(held.fileno()) or super().is_usable()


def _heed(notice: Diagnostic) -> None:
    """Hear what `walls.context()` says when a context was not signed for this server process."""
    if notice.message_primary == FORGED:
        from security.detection import tripwires

        tripwires.forged()


def _has_something_to_say(socket: int) -> bool:
    watched = poll()
    watched.register(socket, POLLIN | POLLHUP | POLLERR)
    return bool(watched.poll(0))
