"""Fetching the active account's webhooks, or refusing. They are the account's: whoever may manage one may all."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from security import scope
from security.permissions import Permission
from security.refusals import Forbidden, NotFound
from security.walls import Wall, stands
from shipments.access import parse_id
from tracking.webhooks.models import Webhook, WebhookDelivery


def webhooks() -> QuerySet[Webhook]:
    """Return the account's webhooks, the newest first. Raises Forbidden."""
    _require_right()
    return Webhook.objects.order_by("-created_at", "pk")


def get_webhook(webhook_id: UUID | str, *, lock: bool = False) -> Webhook:
    """Return a webhook of the account. Raises NotFound and Forbidden."""
    _require_right()
    rows = Webhook.objects.select_for_update() if lock else Webhook.objects.all()
    webhook = rows.filter(pk=parse_id(webhook_id)).first()
    if webhook is None:
        raise NotFound
    return webhook


def get_delivery(webhook: Webhook, delivery_id: UUID | str, *, lock: bool = False) -> WebhookDelivery:
    """Return a delivery of a webhook. Raises NotFound."""
    rows = WebhookDelivery.objects.select_for_update() if lock else WebhookDelivery.objects.all()
    delivery = rows.filter(pk=parse_id(delivery_id), webhook=webhook).first()
    if delivery is None:
        raise NotFound
    return delivery


def _require_right() -> None:
    if stands(Wall.PERMISSION) and not scope.current().may(Permission.WEBHOOK_MANAGE):
        raise Forbidden(Permission.WEBHOOK_MANAGE)
