"""Fetching members and keys of the active account, or refusing."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from accounts.models import ApiKey, Invitation, Member
from security import scope
from security.refusals import NotFound
from security.walls import Wall, stands

M = TypeVar("M", bound=Model)


def get_member(member_id: UUID) -> Member:
    """Return a member of the active account. Raises NotFound."""
    member = _own(Member.objects.select_related("user")).filter(pk=member_id).first()
    if member is None:
        raise NotFound
    return member


def get_key(key_id: UUID) -> ApiKey:
    """Return a key of the active account. Raises NotFound."""
    key = _own(ApiKey.objects.all()).filter(pk=key_id).first()
    if key is None:
        raise NotFound
    return key


def get_invitation(invitation_id: UUID) -> Invitation:
    """Return an open invitation of the active account. Raises NotFound."""
    invitation = _own(Invitation.objects.all()).filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound
    return invitation


def _own(rows: QuerySet[M]) -> QuerySet[M]:
    """Narrow rows down to the active account's."""
    return rows.filter(account_id=scope.current().account) if stands(Wall.PERMISSION) else rows
