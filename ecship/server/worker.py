"""gunicorn's threaded worker, which gives a thread to a request only when all of it has come.

gunicorn reads head and body within the thread that will answer: as many connections as there are threads, which send a
few bytes and then nothing, would hold the site for ever. Here the loop that waits for connections gathers requests from
all of them, as far as the limit of a body; a slow one costs its bytes and nothing else, and is answered 408 when its
time is over. The time counts from the request's first moment to its last byte, not from one piece to the next.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from socket import SHUT_WR, socket
from typing import Any

from gunicorn import http
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker

from ecship.server.framing import Incoming
from ecship.server.refusing import answer, status_of

PIECE = 64 * 1024  # bytes read at once
KEPT_HEAD = 8 * 1024  # of a request, to know afterwards who asked for what
SMALL = 64 * 1024  # a request of so many bytes is taken however much others hold
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection whose requests are gathered before they are parsed."""

    def __init__(self, *args: Any, linger: Callable[[Connection], None]) -> None:
        super().__init__(*args)
        self.initialized = True
        self.parser = http.get_parser(self.cfg, (), self.client)  # of what was gathered: it never waits for more
        self.linger = linger
        self.incoming = Incoming(most_body=0)
        self.head = b""
        self.began = self.ends_at = 0.0
        self.drained = 0

    def close(self, graceful: bool = False) -> None:
        if graceful:
            self.linger(self)
        else:
            super().close()


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Seconds are class attributes, so that tests can be less patient."""

    head_seconds = 10.0  # until the head of a request has come
    request_seconds = 60.0  # until all of it has
    answer_seconds = 30.0  # until an answer was taken
    linger_seconds = 2.0  # until a connection that we end is gone, so that its last answer is read
    most_gathered = 64 * 1024 * 1024  # bytes of all requests that are not whole yet
    most_lingering = 512  # connections
    most_drained = 4 * 1024 * 1024  # bytes that a lingering one may still send

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.gathering: set[Connection] = set()
        self.lingering: set[Connection] = set()
        self.gathered = 0  # bytes
        self.looked_at = 0.0

    # From connection to request, in the loop -----------------------------------------------------------------------

    def accept(self, listener: socket) -> None:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}:
                raise
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, client, address, listener.getsockname(), linger=self._linger))

    def enqueue_req(self, conn: Connection) -> None:
        """Gather the next request of a connection; begin with what came along with the one before."""
        from django.conf import settings  # set up when the application was loaded, after this module

        from security import bodies

        conn.incoming = Incoming(most_body=settings.DATA_UPLOAD_MAX_MEMORY_SIZE, most_for=bodies.most_for)
        conn.began = time.monotonic()
        conn.ends_at = conn.began + self.head_seconds
        conn.sock.setblocking(False)
        self.gathering.add(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_readable, conn))
        if left := conn.parser.unreader.take_buffered():
            self._feed(conn, left)
        else:
            self._on_readable(conn, conn.sock)

    def _on_readable(self, conn: Connection, client: socket) -> None:
        try:
            data = client.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            self._feed(conn, data)
        else:  # gone: before a request, or in the middle of one, of which nothing was done
            self._leave(conn)
            self.nr_conns -= 1
            conn.close()

    def _feed(self, conn: Connection, data: bytes) -> None:
        incoming, self.gathered = conn.incoming, self.gathered + len(data)
        incoming.feed(data)
        if incoming.refusal:
            self._refuse(conn, incoming.refusal)
        elif incoming.is_whole:
            self._hand_over(conn)
        elif self.gathered > self.most_gathered and len(incoming.data) > SMALL:
            self._refuse(conn, 503)
        elif incoming.has_head:
            conn.ends_at = conn.began + self.request_seconds
            if incoming.waits_for_continue:
                incoming.waits_for_continue = False
                with suppress(OSError):
                    conn.sock.send(CONTINUE)

    def _hand_over(self, conn: Connection) -> None:
        """Give a whole request to a thread."""
        self._leave(conn)
        conn.head = bytes(conn.incoming.data[:KEPT_HEAD])
        conn.parser.unreader.unread(bytes(conn.incoming.data))
        conn.incoming.data.clear()
        super().enqueue_req(conn)

    def _leave(self, conn: Connection) -> None:
        self.gathering.discard(conn)
        self.gathered -= len(conn.incoming.data)
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)

    def _refuse(self, conn: Connection, status: int) -> None:
        """Answer a request that is not whole; one that has not begun is only a connection that was left open."""
        self._leave(conn)
        self.nr_conns -= 1
        if not conn.incoming.data:
            conn.close()
            return
        self.log.info("Refused a request that is not whole: %d", status)
        with suppress(OSError):
            conn.sock.send(answer(status, bytes(conn.incoming.data[:KEPT_HEAD])))
        self._linger(conn)

    # Ends ------------------------------------------------------------------------------------------------------------

    def murder_pending(self) -> None:
        """End what has had its time; gunicorn's loop calls it at least once a second."""
        super().murder_pending()
        now = time.monotonic()
        if now - self.looked_at < 0.2:
            return
        self.looked_at = now
        for conn in [one for one in self.gathering if one.ends_at <= now]:
            self._refuse(conn, 408)
        for conn in [one for one in self.lingering if one.ends_at <= now]:
            self._end(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(deadline)
        for conn in self.gathering:
            if not conn.incoming.data:
                conn.ends_at = min(conn.ends_at, deadline)

    def _linger(self, conn: Connection) -> None:
        """Close our half of a connection and wait, without a thread, until the other side has read the answer.

        Closed at once, while bytes still come in, the system would throw away what we sent (RFC 9112, 9.6). gunicorn
        waits as well, but in the loop, where everybody else waits with it.
        """
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(SHUT_WR)
        except OSError:
            TConn.close(conn)
            return
        if len(self.lingering) >= self.most_lingering:
            TConn.close(conn)
            return
        conn.ends_at, conn.drained = time.monotonic() + self.linger_seconds, 0
        self.lingering.add(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_lingering, conn))

    def _on_lingering(self, conn: Connection, client: socket) -> None:
        try:
            data = client.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        conn.drained += len(data)
        if not data or conn.drained > self.most_drained:
            self._end(conn)

    def _end(self, conn: Connection) -> None:
        self.lingering.discard(conn)
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        TConn.close(conn)

    # A whole request, in a thread ------------------------------------------------------------------------------------

    def handle(self, conn: Connection) -> bool:
        """Parse a request and answer it; return whether the connection may bring another one."""
        conn.sock.settimeout(self.answer_seconds)
        try:
            request = next(conn.parser)
            if not any(name == "HOST" for name, _value in request.headers):  # RFC 9112, 3.2
                raise ParseException
            return bool(self._keepalive_after(conn, self.handle_request(request, conn)))
        except (OSError, StopIteration):  # the other side has gone, or takes no answer
            return False
        except ParseException as error:
            status = status_of(error)
            self.log.info("Refused a request: %s", type(error).__name__)
        except Exception:
            status = 500
            self.log.exception("Error handling a request")
        with suppress(OSError):
            conn.sock.sendall(answer(status, conn.head))
        return False

    def handle_request(self, req: Any, conn: Connection) -> bool:
        req._expected_100_continue = False  # it was told to go on while it was gathered
        if conn.incoming.is_cut:
            req.force_close()
        return bool(super().handle_request(req, conn))
