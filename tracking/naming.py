"""What webhooks are called, on the page which says what was read of an account after an incident."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from security import scope
from security.incidents import registry
from security.incidents.registry import Thing
from security.permissions import Permission
from tracking.webhooks.models import Webhook


def register() -> None:
    registry.show("webhook", label=_("Webhooks"), names=_webhooks)


def _webhooks(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    if not scope.current().may(Permission.WEBHOOK_MANAGE):
        return {}
    return {one.pk: Thing(one.name, "") for one in Webhook.objects.filter(pk__in=ids)}
