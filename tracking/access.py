"""Who may say what happened to an item: the door asked again behind the mark, since an event touches anybody's item."""

from __future__ import annotations

from security import scope
from security.permissions import Permission
from security.refusals import Forbidden
from security.walls import Wall, stands


def check_may_record() -> None:
    """Raise Forbidden for whoever is neither an operator's key nor postal staff."""
    active = scope.get()
    if not stands(Wall.PERMISSION) or active.may(Permission.TRACKING_WRITE) or active.may(Permission.STAFF_TRACKING):
        return
    raise Forbidden(Permission.STAFF_TRACKING)
