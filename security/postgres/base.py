"""Named by the settings' ENGINE; see `DatabaseWrapper`.

Each time that a process waits for the server costs more than most of what it waits for: it sleeps, somebody else runs,
and it wakes up with cold caches. So what need not be waited for by itself travels with its neighbour: a transaction's
BEGIN with its first statement, its COMMIT with a last one that was put off (`later`).
"""

from __future__ import annotations

from collections.abc import Sequence
from select import POLLERR, POLLHUP, POLLIN, poll
from typing import TYPE_CHECKING, Any, cast

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.postgresql import base
from psycopg import generators
from psycopg._preparing import Prepare
from psycopg.adapt import Transformer
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from psycopg._queries import PostgresQuery
    from psycopg.abc import PQGen
    from psycopg.errors import Diagnostic
    from psycopg.pq.abc import PGresult

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

    commits = False  # whether the transaction ends with this cursor's statement

    def _execute_gen(self, query: Any, params: Any = None, **options: Any) -> PQGen[None]:
        """Send a prepared statement in one go with the BEGIN that is due, and with the COMMIT where it is the last.

        Nor is this a public name: tests/security/test_together.py says if it is gone.
        """
        conn = self._conn
        begins = not conn.autocommit and self._pgconn.transaction_status == TransactionStatus.IDLE
        if (begins or self.commits) and not conn._pipeline and not self.closed:
            self._reset()
            self._tx, self._last_query = Transformer(self), None
            prepared = self._convert_query(query, params)
            state, name = self._get_prepared(prepared)
            if state is Prepare.YES:
                yield from self._together(prepared, name, begins=begins)
                return
        yield from super()._execute_gen(query, params, **options)

    def _together(self, query: PostgresQuery, name: bytes, *, begins: bool) -> PQGen[None]:
        server = self._pgconn
        server.enter_pipeline_mode()
        try:
            if begins:
                server.send_query_params(self._conn._get_tx_start_command(), None)
            server.send_query_prepared(name, query.params, param_formats=query.formats, result_format=self.format)
            if self.commits:
                server.send_query_params(b"COMMIT", None)
            server.pipeline_sync()
            yield from generators.send(server)
            answers: list[list[PGresult]] = []
            while len(answers) <= begins + 1 + self.commits:  # the last says that all has been said
                answers += [(yield from generators.fetch_many(server))]
            server.exit_pipeline_mode()
        except BaseException:
            server.finish()  # nobody could say which answer comes next
            raise
        # Where one fails the server skips the rest, so the first failure is the one to tell.
        for answer in answers[:-1]:
            self._check_results(answer)
        self._set_results(answers[begins])
        self._conn._prepared.maybe_add_to_cache(query, Prepare.YES, name)


class DatabaseWrapper(base.DatabaseWrapper):
    """Looks at the socket of a kept connection, where Django asks `SELECT 1` before each request.

    While nothing is asked a server says nothing, unless it ends the connection: restarted, shut down, or told to. So a
    silent socket is a usable connection, and one that has something to say is asked as Django asks. What neither way
    finds, a server that vanished without a word, shows at the first statement.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._put_off: list[tuple[str, Sequence[Any]]] = []

    def later(self, statement: str, parameters: Sequence[Any]) -> None:
        """Put a statement off until the next one, or the end of the transaction, and send it with that.

        The order of all statements stays, so nothing in the database can tell; what it says in error is raised there.
        """
        if self.in_atomic_block:
            self._put_off.append((statement, parameters))
        else:
            self._catch_up([(statement, parameters)])

    def create_cursor(self, name: str | None = None) -> Any:
        self._catch_up(self._taken())
        return super().create_cursor(name)

    def _commit(self) -> None:
        self._catch_up(self._taken(), commits=True)
        # Where it is done already psycopg sees it, and asks nobody.
        super()._commit()  # type: ignore[misc]  # the stubs do not know it

    def _rollback(self) -> None:
        self._taken()
        super()._rollback()  # type: ignore[misc]  # the stubs do not know it

    def _close(self) -> None:
        self._taken()
        super()._close()  # type: ignore[misc]  # the stubs do not know it

    def _taken(self) -> list[tuple[str, Sequence[Any]]]:
        taken, self._put_off = self._put_off, []
        return taken

    def _catch_up(self, statements: list[tuple[str, Sequence[Any]]], *, commits: bool = False) -> None:
        if self.needs_rollback:
            return
        for number, (statement, parameters) in enumerate(statements, start=1):
            with self.cursor() as cursor:
                cursor.cursor.commits = commits and number == len(statements)
                cursor.execute(statement, parameters)

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


def later(statement: str, parameters: Sequence[Any]) -> None:
    """`DatabaseWrapper.later` of the default connection."""
    cast("DatabaseWrapper", connection).later(statement, parameters)


def _heed(notice: Diagnostic) -> None:
    """Hear what `walls.context()` says when a context was not signed for this server process."""
    if notice.message_primary == FORGED:
        from security.detection import tripwires

        tripwires.forged()


def _has_something_to_say(socket: int) -> bool:
    watched = poll()
    watched.register(socket, POLLIN | POLLHUP | POLLERR)
    return bool(watched.poll(0))
