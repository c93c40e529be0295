"""Named by the settings' ENGINE; see `DatabaseWrapper`.

Each time that a process waits for the server costs more than most of what it waits for: it sleeps, somebody else runs,
and it wakes up with cold caches. So what need not be waited for by itself travels with its neighbour: a transaction's
BEGIN with its first statement, savepoints and what was put off (`later`) with the next one, COMMIT with the last one
that was put off.
"""

from __future__ import annotations

from collections.abc import Sequence
from select import POLLERR, POLLHUP, POLLIN, poll
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.db import DEFAULT_DB_ALIAS, InternalError, connection
from django.db.backends.postgresql import base
from psycopg import generators
from psycopg._preparing import Prepare, PrepareManager
from psycopg.adapt import Transformer
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from psycopg._queries import PostgresQuery
    from psycopg.abc import PQGen
    from psycopg.errors import Diagnostic
    from psycopg.pq.abc import PGresult

FORGED = "walls: this context was not signed for this process"  # as the database says it
SEVERAL_AT_ONCE = frozenset({"owner"})  # migrations are scripts


class PutOff(NamedTuple):
    """A statement that waits for the next one; `opens` and `ends` name the savepoint that it makes or releases."""

    statement: Any  # as psycopg takes it
    parameters: Any = None
    opens: str = ""
    ends: str = ""


class Part(NamedTuple):
    """One of the statements that travel together, and whether it is prepared, or is to be."""

    query: PostgresQuery
    state: Prepare
    name: bytes


class KeptStatements(PrepareManager):
    """Statements stay prepared when a transaction is rolled back.

    psycopg forgets them all, lest a table be made anew meanwhile. The runtime role makes no tables, and the server
    keeps prepared statements whatever becomes of the transaction; else each request that is refused would cost the next
    ones their plans. Where the server says that one is no good any more, the rollback that follows forgets them all.
    """

    are_stale = False

    def clear(self) -> bool:
        if not self.are_stale:
            return False
        self.are_stale = False
        return super().clear()


class OneStatementCursor(base.ServerBindingCursor):  # type: ignore[misc,name-defined]  # defined by psycopg's version
    """Sends one statement at a time: whatever is injected into a statement cannot end it and begin another.

    psycopg sends text without parameters by the protocol that takes several statements at once; this sends everything
    by the other one. Were it not so, an injected `DEALLOCATE` and `PREPARE` could put a statement in the place of one
    of ours that is prepared on the connection, to run in somebody else's context later.
    """

    commits = False  # whether the transaction ends with this cursor's statement

    def _execute_send(self, query: PostgresQuery, *, force_extended: bool = False, binary: bool | None = None) -> None:
        # Not a public name of psycopg, whose version is locked: tests/security/test_statements.py says if it is gone.
        super()._execute_send(query, force_extended=True, binary=binary)

    def _execute_gen(self, query: Any, params: Any = None, **options: Any) -> PQGen[None]:
        """Send a statement in one go with the BEGIN that is due, what was put off, and the COMMIT where it is the last.

        Nor is this a public name: tests/security/test_together.py says if it is gone.
        """
        conn = self._conn
        begins = not conn.autocommit and self._pgconn.transaction_status == TransactionStatus.IDLE
        is_plain = not conn._pipeline and not self.closed and not any(value is not None for value in options.values())
        if not is_plain or not (begins or conn.put_off or self.commits):
            yield from super()._execute_gen(query, params, **options)
            return
        self._reset()
        self._tx, self._last_query = Transformer(self), None
        parts = self._parts([*conn.put_off, PutOff(query, params)])  # where one cannot be written, nothing is sent
        conn.put_off.clear()
        yield from self._together(parts, begins=begins)
        yield from conn._prepared.maintain_gen(conn)

    def executemany(self, *arguments: Any, **options: Any) -> None:
        """As psycopg does, in a pipeline of its own, which nobody else's statements can share."""
        if self._conn.put_off:
            self.execute("SELECT 1")
        super().executemany(*arguments, **options)

    def _start_query(self, query: Any = None) -> PQGen[None]:
        """Send what was put off before what does not travel with others: COPY."""
        yield from super()._start_query(query)
        if parts := self._parts(self._conn.put_off):
            self._conn.put_off.clear()
            yield from self._together(parts, begins=False)
            self._reset()

    def _parts(self, statements: Sequence[PutOff]) -> list[Part]:
        """Write statements as they are sent; one that comes twice is prepared once."""
        prepared: dict[Any, bytes] = {}
        parts = []
        for item in statements:
            query = self._convert_query(item.statement, item.parameters)
            state, name = self._get_prepared(query)
            key = PrepareManager.key(query)
            if key in prepared:
                state, name = Prepare.YES, prepared[key]
            elif state is Prepare.SHOULD:
                prepared[key] = name
            parts.append(Part(query, state, name))
        return parts

    def _check_results(self, results: list[PGresult]) -> None:
        try:
            super()._check_results(results)
        except (FeatureNotSupported, InvalidSqlStatementName):  # the owner has changed what a statement brings
            self._conn._prepared.are_stale = True
            raise

    def _together(self, parts: list[Part], *, begins: bool) -> PQGen[None]:
        server, conn = self._pgconn, self._conn
        server.enter_pipeline_mode()
        try:
            if begins:
                server.send_query_params(conn._get_tx_start_command(), None)
            for part in parts:
                self._send(part)
            if self.commits:
                server.send_query_params(b"COMMIT", None)
            server.pipeline_sync()
            yield from generators.send(server)
            count = begins + sum(1 + (part.state is Prepare.SHOULD) for part in parts) + self.commits + 1
            answers: list[list[PGresult]] = []
            while len(answers) < count:  # the last says that all has been said
                answers += [(yield from generators.fetch_many(server))]
            server.exit_pipeline_mode()
        except BaseException:
            server.finish()  # nobody could say which answer comes next
            raise
        self._take(parts, answers, begins=begins)

    def _send(self, part: Part) -> None:
        query, server = part.query, self._pgconn
        values: dict[str, Any] = {"param_formats": query.formats, "result_format": self.format}
        if part.state is Prepare.NO:
            server.send_query_params(query.query, query.params, param_types=query.types, **values)
            return
        if part.state is Prepare.SHOULD:
            server.send_prepare(part.name, query.query, param_types=query.types)
        server.send_query_prepared(part.name, query.params, **values)

    def _take(self, parts: list[Part], answers: list[list[PGresult]], *, begins: bool) -> None:
        """Take the last statement's answer. Where one fails the server skips the rest: the first failure is told."""
        coming = iter(answers)
        if begins:
            self._check_results(next(coming))
        prepared = self._conn._prepared
        answer: list[PGresult] = []
        for part in parts:
            if part.state is Prepare.SHOULD:
                self._check_results(next(coming))
            key = prepared.maybe_add_to_cache(part.query, part.state, part.name)
            answer = next(coming)
            self._check_results(answer)
            if key is not None:
                prepared.validate(key, part.state, part.name, answer)
        if self.commits:
            self._check_results(next(coming))
        self._query = parts[-1].query
        self._set_results(answer)


class DatabaseWrapper(base.DatabaseWrapper):
    """Looks at the socket of a kept connection, where Django asks `SELECT 1` before each request.

    While nothing is asked a server says nothing, unless it ends the connection: restarted, shut down, or told to. So a
    silent socket is a usable connection, and one that has something to say is asked as Django asks. What neither way
    finds, a server that vanished without a word, shows at the first statement.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._put_off: list[PutOff] = []  # the same list as the connection's

    def later(self, statement: str, parameters: Sequence[Any]) -> None:
        """Put a statement off until the next one, or the end of the transaction, and send it with that.

        The order of all statements stays, so nothing in the database can tell; what it says in error is raised there.
        """
        if self.in_atomic_block and self.alias not in SEVERAL_AT_ONCE:
            self._put_off.append(PutOff(statement, parameters))
            if self.queries_logged:  # it is sent, and whoever counts statements counts it
                self.queries_log.append({"sql": self.ops.compose_sql(statement, parameters), "time": "0"})
        else:
            with self.cursor() as cursor:
                cursor.execute(statement, parameters)

    def create_cursor(self, name: str | None = None) -> Any:
        if name and self._put_off:  # the server's own cursors are declared by another class
            with self.cursor() as cursor:
                cursor.execute("SELECT 1")
        return super().create_cursor(name)

    def _savepoint(self, sid: str) -> None:
        if self.alias in SEVERAL_AT_ONCE:
            super()._savepoint(sid)  # type: ignore[misc]  # the stubs know none of these
        else:
            self._put_off.append(PutOff(self.ops.savepoint_create_sql(sid), opens=sid))

    def _savepoint_commit(self, sid: str) -> None:
        """Release a savepoint with the next statement; one that was not made yet is not made at all."""
        put_off, begun = self._put_off, self._unsent(sid)
        if self.alias in SEVERAL_AT_ONCE:
            super()._savepoint_commit(sid)  # type: ignore[misc]
        elif begun is not None:
            del put_off[begun]
        elif self._has_failed():
            super()._savepoint_commit(sid)  # type: ignore[misc]  # so that the server says it
        else:
            while put_off and put_off[-1].ends:  # it lies within this one, and ends with it
                put_off.pop()
            put_off.append(PutOff(self.ops.savepoint_commit_sql(sid), ends=sid))

    def _savepoint_rollback(self, sid: str) -> None:
        begun = self._unsent(sid)
        if begun is not None:
            del self._put_off[begun + 1 :]
            return
        self._put_off.clear()  # all of it came after the savepoint
        super()._savepoint_rollback(sid)  # type: ignore[misc]

    def _unsent(self, sid: str) -> int | None:
        return next((place for place, item in enumerate(self._put_off) if item.opens == sid), None)

    def _has_failed(self) -> bool:
        return bool(self.connection.pgconn.transaction_status == TransactionStatus.INERROR)

    def _commit(self) -> None:
        if self.connection is not None and self._has_failed():  # the server would answer it by a rollback, in silence
            raise InternalError("A statement of this transaction failed: nothing of it can be committed.")
        while self._put_off and not self._put_off[-1].parameters:  # savepoints end with their transaction
            self._put_off.pop()
        if self._put_off:
            last = self._put_off.pop()
            with self.cursor() as cursor:
                cursor.cursor.commits = True
                cursor.execute(last.statement, last.parameters)
        # Where it is done already psycopg sees it, and asks nobody.
        super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        self._put_off.clear()
        super()._rollback()  # type: ignore[misc]

    def _close(self) -> None:
        self._put_off.clear()
        super()._close()  # type: ignore[misc]

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if self.alias not in SEVERAL_AT_ONCE:
            params["cursor_factory"] = OneStatementCursor
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if self.alias not in SEVERAL_AT_ONCE:
            connection.put_off = self._put_off = []
            kept, given = KeptStatements(), connection._prepared
            kept.prepare_threshold, kept.prepared_max = given.prepare_threshold, given.prepared_max
            connection._prepared = kept
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


def plan_each() -> None:
    """Have the rest of this transaction's statements planned for the values that they carry, which costs each a little.

    A prepared statement is else planned for an account of ordinary size, and goes through all rows of a large one.
    """
    later("SET LOCAL plan_cache_mode = force_custom_plan", ())


def _heed(notice: Diagnostic) -> None:
    """Hear what `walls.context()` says when a context was not signed for this server process."""
    if notice.message_primary == FORGED:
        from security.detection import tripwires

        tripwires.forged()


def _has_something_to_say(socket: int) -> bool:
    watched = poll()
    watched.register(socket, POLLIN | POLLHUP | POLLERR)
    return bool(watched.poll(0))
