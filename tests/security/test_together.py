"""What travels together to the database: BEGIN with the first statement, COMMIT with the last, savepoints between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from django.db import (
    DatabaseError,
    DataError,
    InternalError,
    NotSupportedError,
    OperationalError,
    connections,
    transaction,
)

from security.postgres.base import DatabaseWrapper, OneStatementCursor

pytestmark = pytest.mark.django_db
PUT, READ = "SELECT set_config('walls.put', %s, true)", "SELECT current_setting('walls.put', true)"
FAILS = "SELECT 1 / %s::int"


@pytest.fixture
def own() -> Iterator[DatabaseWrapper]:
    """A connection of its own, outside of the test's transaction."""
    made = connections["default"].copy(alias="own")
    assert isinstance(made, DatabaseWrapper)
    connections["own"] = made
    yield made
    made.close()
    del connections["own"]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, bool]]:
    """Whether each thing that was sent together began a transaction, and whether it ended one."""
    seen: list[tuple[bool, bool]] = []
    together = OneStatementCursor._together

    def spied(self: Any, *arguments: Any, begins: bool) -> Any:
        seen.append((begins, self.commits))
        return together(self, *arguments, begins=begins)

    monkeypatch.setattr(OneStatementCursor, "_together", spied)
    return seen


def ask(own: DatabaseWrapper, statement: str = READ, *parameters: Any) -> Any:
    with own.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchone()[0]


def prepare(own: DatabaseWrapper) -> None:
    """Ask everything so often that it is prepared."""
    for _turn in range(8):
        with transaction.atomic(using="own"):
            assert ask(own, PUT, "a") == "a"
            ask(own)
            ask(own, FAILS, 1)


def broken_off(own: DatabaseWrapper, *put_off: Any) -> None:
    """Begin something, put a statement off, and fail."""
    with transaction.atomic(using="own"):
        own.later(*put_off)
        raise ZeroDivisionError


def ended_by(own: DatabaseWrapper, *put_off: Any) -> None:
    with transaction.atomic(using="own"):
        ask(own, PUT, "x")
        own.later(*put_off)


def test_begin_and_commit_ride_along(own: DatabaseWrapper, sent: list[Any]) -> None:
    prepare(own)
    sent.clear()

    with transaction.atomic(using="own"):
        assert ask(own) in {"", None}
        own.later(PUT, ["b"])

    assert sent == [(True, False), (False, True)]
    assert own.connection.info.transaction_status == 0
    assert ask(own) == ""  # the setting ended with the transaction, which began with the first of both


def test_what_is_put_off_comes_before_the_next_statement(own: DatabaseWrapper) -> None:
    with transaction.atomic(using="own"):
        own.later(PUT, ["first"])
        own.later(PUT, ["second"])

        assert ask(own) == "second"


@pytest.mark.parametrize("is_prepared", [True, False])
def test_an_only_statement_carries_both_ends(own: DatabaseWrapper, sent: list[Any], is_prepared: bool) -> None:
    if is_prepared:
        prepare(own)
        sent.clear()

    with transaction.atomic(using="own"):
        own.later(PUT, ["x"])

    assert sent == [(True, True)]
    assert own.connection.info.transaction_status == 0


def test_a_savepoint_takes_back_what_was_put_off_in_it(own: DatabaseWrapper) -> None:
    with transaction.atomic(using="own"):
        own.later(PUT, ["outer"])
        with pytest.raises(ZeroDivisionError):
            broken_off(own, PUT, ["inner"])

        assert ask(own) == "outer"


def test_a_rollback_forgets_what_was_put_off(own: DatabaseWrapper) -> None:
    with pytest.raises(ZeroDivisionError):
        broken_off(own, FAILS, [0])
    with transaction.atomic(using="own"):
        own.later(FAILS, [0])
        transaction.set_rollback(True, using="own")

    with transaction.atomic(using="own"):
        assert ask(own) in {"", None}


@pytest.mark.parametrize("is_prepared", [True, False])
def test_its_error_is_raised_at_the_end_and_nothing_is_committed(own: DatabaseWrapper, is_prepared: bool) -> None:
    if is_prepared:
        prepare(own)

    with pytest.raises(DataError, match="division by zero"):
        ended_by(own, FAILS, [0])

    assert own.connection.info.transaction_status == 0
    assert ask(own, "SELECT 1") == 1


def test_its_error_is_raised_before_the_next_statement(own: DatabaseWrapper) -> None:
    with transaction.atomic(using="own"):
        own.later(FAILS, [0])
        with pytest.raises(DataError):
            ask(own)
        transaction.set_rollback(True, using="own")


def test_the_first_statement_may_fail(own: DatabaseWrapper) -> None:
    prepare(own)

    with pytest.raises(DataError), transaction.atomic(using="own"):
        ask(own, FAILS, 0)

    assert own.connection.info.transaction_status == 0
    assert ask(own, "SELECT 1") == 1


def test_a_server_that_goes_away_meanwhile(own: DatabaseWrapper, sent: list[Any]) -> None:
    ends = "SELECT CASE WHEN %s THEN pg_terminate_backend(pg_backend_pid()) END"
    for _turn in range(8):
        ask(own, ends, False)
    sent.clear()

    with pytest.raises(OperationalError), transaction.atomic(using="own"):
        ask(own, ends, True)

    assert sent == [(True, False)]
    own.close_if_unusable_or_obsolete()
    assert ask(own, "SELECT 1") == 1


def test_outside_of_a_transaction_nothing_waits(own: DatabaseWrapper) -> None:
    with pytest.raises(DatabaseError):
        own.later(FAILS, [0])


class Thrown(Exception):
    pass


def texts(sent_parts: list[Any]) -> list[list[str]]:
    return [[part.query.query.decode().split(" ")[0] for part in parts] for parts in sent_parts]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was sent together."""
    seen: list[Any] = []
    together = OneStatementCursor._together

    def spied(self: Any, given: Any, *, begins: bool) -> Any:
        seen.append(given)
        return together(self, given, begins=begins)

    monkeypatch.setattr(OneStatementCursor, "_together", spied)
    return seen


def test_a_savepoint_is_made_with_its_first_statement_and_released_with_the_next(
    own: DatabaseWrapper, parts: list[Any]
) -> None:
    with transaction.atomic(using="own"):
        ask(own, "SELECT 1")
        with transaction.atomic(using="own"), transaction.atomic(using="own"):
            ask(own, PUT, "inside")
        assert ask(own) == "inside"

    assert texts(parts) == [["SELECT"], ["SAVEPOINT", "SAVEPOINT", "SELECT"], ["RELEASE", "SELECT"]]


def test_a_savepoint_in_which_nothing_happens_is_not_made(own: DatabaseWrapper, parts: list[Any]) -> None:
    with transaction.atomic(using="own"):
        with transaction.atomic(using="own"):
            pass
        with pytest.raises(Thrown), transaction.atomic(using="own"):
            raise Thrown
        ask(own)

    assert texts(parts) == [["SELECT"]]


def failing(own: DatabaseWrapper, *, first: str = "") -> None:
    with transaction.atomic(using="own"):
        if first:
            ask(own, PUT, first)
        ask(own, FAILS, 0)


@pytest.mark.parametrize("first", ["", "undone"])
def test_a_failure_is_taken_back_to_its_savepoint(own: DatabaseWrapper, first: str) -> None:
    with transaction.atomic(using="own"):
        ask(own, PUT, "kept")
        with pytest.raises(DataError):
            failing(own, first=first)

        assert ask(own) == "kept"


def test_an_inner_savepoint_that_was_kept_goes_with_the_outer_one(own: DatabaseWrapper) -> None:
    def outer() -> None:
        with transaction.atomic(using="own"):
            with transaction.atomic(using="own"):
                ask(own, PUT, "inner")
            own.later(PUT, ["put off"])
            raise Thrown

    with transaction.atomic(using="own"):
        ask(own, PUT, "kept")
        with pytest.raises(Thrown):
            outer()

        assert ask(own) == "kept"


def test_many_rows_and_copies_come_after_what_was_put_off(own: DatabaseWrapper) -> None:
    for several in (True, False):
        with transaction.atomic(using="own"), transaction.atomic(using="own"):
            own.later(PUT, ["first"])
            with own.cursor() as cursor:
                if several:
                    cursor.executemany(
                        "SELECT set_config('walls.put', current_setting('walls.put') || %s, true)", [["a"], ["b"]]
                    )
                else:
                    with cursor.cursor.copy(
                        "COPY (SELECT set_config('walls.put', current_setting('walls.put') || 'ab', true)) TO STDOUT"
                    ) as copy:
                        assert [bytes(row) for row in copy] == [b"firstab\n"]
            assert ask(own) == "firstab"


def test_the_server_s_own_cursors_come_after_what_was_put_off(own: DatabaseWrapper) -> None:
    with transaction.atomic(using="own"):
        own.later(PUT, ["first"])
        with own.chunked_cursor() as cursor:
            cursor.execute(READ)
            assert cursor.fetchone() == ("first",)


def test_a_statement_stays_prepared_when_a_transaction_is_rolled_back(own: DatabaseWrapper) -> None:
    prepare(own)
    held = "SELECT count(*) FROM pg_prepared_statements"
    before = ask(own, held)
    with pytest.raises(DataError), transaction.atomic(using="own"):
        failing(own, first="undone")
    with transaction.atomic(using="own"):
        with pytest.raises(DataError):
            failing(own, first="undone")
        transaction.set_rollback(True, using="own")

    assert ask(own, held) == before > 0
    with transaction.atomic(using="own"):
        assert ask(own, PUT, "still served") == "still served"


NUL = "a\0"  # cannot be sent


@pytest.mark.parametrize("parameters", [(NUL,), ("\ud800",), ("a", "b")], ids=["NUL", "half a character", "too many"])
def test_what_was_put_off_outlives_a_statement_that_cannot_be_written(
    own: DatabaseWrapper, parameters: tuple[str, ...]
) -> None:
    with transaction.atomic(using="own"):
        ask(own, PUT, "inner")
        own.later(PUT, ["outer"])
        with pytest.raises((DataError, DatabaseError, UnicodeEncodeError)):
            ask(own, "SELECT %s::text", *parameters)

        assert ask(own) == "outer"


def test_a_savepoint_whose_first_statement_cannot_be_written_is_taken_back(own: DatabaseWrapper) -> None:
    def inner() -> None:
        with transaction.atomic(using="own"):
            ask(own, "SELECT %s::text", NUL)

    with transaction.atomic(using="own"):
        ask(own, PUT, "kept")
        with pytest.raises(DataError):
            inner()

        assert ask(own) == "kept"


def test_what_was_put_off_and_cannot_be_written_is_not_passed_over(own: DatabaseWrapper) -> None:
    def committed() -> None:
        with transaction.atomic(using="own"):
            own.later(PUT, [NUL])

    with pytest.raises(DataError):
        committed()
    assert ask(own, "SELECT 1") == 1


def swallowing(own: DatabaseWrapper, done: list[str], *, nested: bool) -> None:
    with transaction.atomic(using="own"):
        transaction.on_commit(lambda: done.append("told"), using="own")
        with transaction.atomic(using="own") if nested else nullcontext(), suppress(DataError):
            ask(own, FAILS, 0)


@pytest.mark.parametrize("nested", [True, False])
def test_a_failure_that_somebody_swallowed_is_no_commit(own: DatabaseWrapper, nested: bool) -> None:
    done: list[str] = []

    with pytest.raises(InternalError):
        swallowing(own, done, nested=nested)

    assert done == []
    assert own.connection.info.transaction_status == 0
    assert ask(own, "SELECT 1") == 1


def test_a_statement_that_comes_twice_is_prepared_once(own: DatabaseWrapper) -> None:
    for _turn in range(3):
        with transaction.atomic(using="own"):
            for _each in range(3):
                own.later(PUT, ["x"])
            ask(own)

    assert ask(own, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%walls.put%%true)'") <= 2


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_statement_whose_result_has_changed_is_prepared_anew(own: DatabaseWrapper) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE changing (word text); GRANT SELECT ON changing TO ecship_app")
        cursor.execute("INSERT INTO changing VALUES ('a')")
        try:
            for _turn in range(8):
                with transaction.atomic(using="own"):
                    assert ask(own, "SELECT word FROM changing WHERE word <> %s", "b") == "a"
            cursor.execute("ALTER TABLE changing ALTER word TYPE varchar(9)")

            with pytest.raises(NotSupportedError), transaction.atomic(using="own"):
                ask(own, "SELECT word FROM changing WHERE word <> %s", "b")
            with transaction.atomic(using="own"):
                assert ask(own, "SELECT word FROM changing WHERE word <> %s", "b") == "a"
        finally:
            own.close()
            cursor.execute("DROP TABLE changing")
