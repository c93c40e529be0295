"""Named by the settings' ENGINE; see `DatabaseWrapper`."""

from __future__ import annotations

from select import POLLERR, POLLHUP, POLLIN, poll

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Looks at the socket of a kept connection, where Django asks `SELECT 1` before each request.

    While nothing is asked a server says nothing, unless it ends the connection: restarted, shut down, or told to. So a
    silent socket is a usable connection, and one that has something to say is asked as Django asks. What neither way
    finds, a server that vanished without a word, shows at the first statement.
    """

    def is_usable(self) -> bool:
        held = self.connection
        if held is None or held.closed:
            return False
        return not _has_something_to_say(held.fileno()) or super().is_usable()


def _has_something_to_say(socket: int) -> bool:
    watched = poll()
    watched.register(socket, POLLIN | POLLHUP | POLLERR)
    return bool(watched.poll(0))
