"""What detection asks of the people floor: whose accounts, who made a key, and a mail to somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from accounts import outbox, step_up
from accounts.integrators.models import Integrator, IntegratorLink
from accounts.models import ApiKey, Member, OutgoingMail, User
from security import scope


class Holders:
    """Fills `security.detection.hooks`. Everything runs in the identity context."""

    def tell(self, person: UUID, *, kind: str, data: dict[str, Any]) -> bool:
        with scope.identity():
            user = User.objects.filter(pk=person).first()
            if user is not None:
                outbox.post(kind=OutgoingMail.Kind(kind), email=user.email, language=user.language, data=data)
            return user is not None

    def makers(self, keys: set[UUID]) -> dict[UUID, UUID]:
        with scope.identity():
            made = dict(ApiKey.objects.filter(pk__in=keys).values_list("pk", "created_by_id"))
            integrators = Integrator.objects.filter(pk__in=keys, made_by__isnull=False)
            return made | dict(integrators.values_list("pk", "made_by_id"))

    def accounts_of(self, person: UUID) -> set[UUID]:
        with scope.identity():
            return set(Member.objects.filter(user_id=person).values_list("account_id", flat=True))

    def accounts_of_key(self, key: UUID) -> set[UUID]:
        with scope.identity():
            links = IntegratorLink.objects.filter(integrator_id=key, confirmed_at__isnull=False)
            return set(links.values_list("account_id", flat=True))


def shows_who_they_are(request: HttpRequest, since: datetime) -> HttpResponse | None:
    """Return the way to show who one is, unless this session did so after a moment."""
    shown = request.session.get("account_authentication_methods", [])
    if any(method.get("at", 0) > since.timestamp() for method in shown):
        return None
    return step_up.ask(request)
