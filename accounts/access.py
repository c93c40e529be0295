"""Fetching members and keys of the active account, or refusing."""

from __future__ import annotations

from uuid import UUID

from accounts.models import ApiKey, Invitation, Member
from security import scope
from security.refusals import NotFound


def get_member(member_id: UUID) -> Member:
    """Return a member of the active account. Raises NotFound."""
    member = Member.objects.select_related("user").filter(account_id=scope.current().account, pk=member_id).first()
    if member is None:
        raise NotFound
    return member


def get_key(key_id: UUID) -> ApiKey:
    """Return a key of the active account. Raises NotFound."""
    key = ApiKey.objects.filter(account_id=scope.current().account, pk=key_id).first()
    if key is None:
        raise NotFound
    return key


def get_invitation(invitation_id: UUID) -> Invitation:
    """Return an open invitation of the active account. Raises NotFound."""
    invitation = Invitation.objects.filter(account_id=scope.current().account, pk=invitation_id).first()
    if invitation is None:
        raise NotFound
    return invitation
