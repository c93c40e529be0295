"""Which database role a process works as: asked of the server, said in the log when the process starts.

A process which row-level security does not bind, or which holds a credential that is not its own, does not start.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import OperationalError, connections

log = logging.getLogger(__name__)
OWN = frozenset({"default", "trail"})  # the runtime role's two connections
_ASK = """
    SELECT rolname, rolsuper, rolbypassrls, rolcreaterole,
        EXISTS (SELECT 1 FROM pg_class WHERE relowner = pg_roles.oid AND relkind = 'r')
    FROM pg_roles WHERE rolname = current_user
"""


class WrongRole(Exception):
    """The process must not serve anybody like this; the message says what to change."""


@dataclass(frozen=True)
class Role:
    """A role as the server describes it."""

    name: str
    is_superuser: bool
    bypasses_rls: bool
    creates_roles: bool
    owns_tables: bool

    @property
    def is_bound(self) -> bool:
        """Whether row-level security binds it, and it cannot make itself another role."""
        return not (self.is_superuser or self.bypasses_rls or self.creates_roles or self.owns_tables)


def ask(alias: str = "default") -> Role:
    """Return the role of a connection. Raises OperationalError where no server answers."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_ASK)
        row = cursor.fetchone()
    assert row is not None, "a role can read its own row"
    return Role(*row)


def report(process: str, *, may_hold: Collection[str] = ()) -> None:
    """Log the role of every connection this process has, and close them; `may_hold`: aliases beside its own two.

    Without a server it only says so: whoever needs one will fail, and try again. Raises WrongRole.
    """
    if foreign := sorted(settings.DATABASES.keys() - OWN - set(may_hold)):
        raise WrongRole(
            f"{process} holds the database credential of: {', '.join(foreign)}. Take it from its environment."
        )
    try:
        found = {alias: ask(alias) for alias in settings.DATABASES}
    except OperationalError:
        log.warning("database role unknown: no server answers", extra={"service": process})
        return
    finally:
        connections.close_all()
    for alias, role in found.items():
        if not role.is_bound:
            raise WrongRole(f"{process} runs as {role.name}, which row-level security does not bind.")
        if alias != "trail":
            log.info("database role", extra={"service": process, "role": role.name, "connection": alias})
