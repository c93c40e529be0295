"""Telling people by mail what was changed in their account: its owners, and whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from accounts import outbox
from accounts.models import Account, Member, OutgoingMail, User
from accounts.roles import Role
from security import scope


def tell(
    kind: OutgoingMail.Kind, *, account: Account, about: str, concerned: Iterable[User] = (), by: User | None = None
) -> None:
    """Mail the owners and those concerned, each in their own language.

    `about` names what was changed: a key, or somebody's e-mail. `by` is whoever acts in the scope, if not named.
    """
    active = scope.get()
    with scope.identity():
        owners = Member.objects.filter(account=account, role=Role.OWNER).select_related("user").order_by("joined_at")
        readers = {member.user_id: member.user for member in owners}
        readers |= {user.pk: user for user in concerned}
        actor = by or (User.objects.filter(pk=active.user_id).first() if active.user_id else None)
    data = {
        "at": timezone.now().isoformat(),
        "address": active.source,
        "account": account.name,
        "about": about,
        "who": name_of(actor) if actor else "",
    }
    for reader in readers.values():
        outbox.post(kind=kind, email=reader.email, language=reader.language, data=data)


def name_of(user: User) -> str:
    return user.name or user.email
