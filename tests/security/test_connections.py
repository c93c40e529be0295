"""A kept connection that the server has ended is found before anything is asked over it."""

from __future__ import annotations

import pytest
from django.db import OperationalError, close_old_connections, connection, connections
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


def end_from_outside() -> None:
    """Let the server end a connection, as a restart would; over another one of the same role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connections["trail"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert cursor.fetchone() == (True,)


def test_a_silent_connection_is_usable_without_a_statement() -> None:
    connection.ensure_connection()

    connection.force_debug_cursor = True
    try:
        before = len(connection.queries)
        assert connection.is_usable()
        assert len(connection.queries) == before
    finally:
        connection.force_debug_cursor = False


def test_an_ended_connection_is_not_usable() -> None:
    end_from_outside()

    assert not connection.is_usable()
    connection.close()


def test_no_connection_is_not_usable() -> None:
    connection.close()

    assert not connection.is_usable()


def test_a_request_after_the_server_ended_its_connection_is_served() -> None:
    end_from_outside()

    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # without the look, this is what a request would meet
    connection.close()
    end_from_outside()
    close_old_connections()  # what a server's request begins with
    assert Client().get("/api/v1/services/").status_code == 200
