"""How a request is refused. One answer for every reason an object cannot be had, so that nothing is learned from it."""

from django.core.exceptions import PermissionDenied
from django.http import Http404


class NotFound(Http404):
    """Unknown, foreign, deleted and malformed are one and the same."""


class Forbidden(PermissionDenied):
    """The object is the account's own, but this member lacks the right."""

    def __init__(self, permission: str = "") -> None:
        super().__init__(permission)
        self.permission = permission


class Suspended(PermissionDenied):
    """The actor's live state does not let anything pass, at any entrance."""


class Blocked(PermissionDenied):
    """The network that a request comes from is blocked by staff for a while, whoever asks."""


class Outdated(Suspended):
    """What somebody holds (a session, a job) is of an older epoch: they may act, with what they obtain from now on."""


class EgressBlocked(Exception):
    """A row of another account was about to leave. The answer is a 500 without content, and an alarm."""


class NoScope(Exception):
    """Code that needs an account ran where none is active: a programming error, never a way around."""
