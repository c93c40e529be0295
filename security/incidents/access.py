"""Fetching the notices of the active account, or refusing."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from security import scope
from security.incidents.models import Notice
from security.refusals import NotFound
from security.walls import Wall, stands


def get_notice(notice_id: UUID) -> Notice:
    """Return a notice of the active account. Raises NotFound."""
    notice = own_notices().filter(pk=notice_id).first()
    if notice is None:
        raise NotFound
    return notice


def own_notices() -> QuerySet[Notice]:
    """Narrow notices down to the active account's."""
    rows = Notice.objects.order_by("-at", "pk")
    return rows.filter(account_id=scope.current().account) if stands(Wall.PERMISSION) else rows
