"""Teams and who is in them.

Whoever is in a team is a member of its account, the database promises; whoever leaves the account is in no team of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from security.sealing import SealedField, SealedModel
from security.tenancy import TenantForeignKey, TenantModel

if TYPE_CHECKING:
    from accounts.models import User


class Team(SealedModel):  # type: ignore[django-manager-missing]  # django-scopes makes the related managers
    """A team. Its name is sealed, since it may say much of a business; `name_index` keeps two from having the same."""

    name = SealedField("")

    name_index = models.BinaryField(editable=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "name_index"], name="team_name_once")]

    def __str__(self) -> str:
        return f"team {self.pk}"


class TeamMember(TenantModel):
    """A member of the account in one of its teams."""

    team: models.ForeignKey[Team, Team] = TenantForeignKey(  # type: ignore[assignment]  # generic
        Team, on_delete=models.CASCADE, related_name="members", db_index=False
    )
    user: models.ForeignKey[User, User] = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "team", "user"], name="team_member_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in team {self.team_id}"
