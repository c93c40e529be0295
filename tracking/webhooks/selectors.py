"""Lists of webhooks, and of what they were told."""

from __future__ import annotations

from security import pages, trail
from security.trail import Action
from tracking.webhooks import access, services
from tracking.webhooks.models import Webhook, WebhookDelivery

PAGE_SIZE = 25


def webhook_page(*, cursor: str = "", size: int = PAGE_SIZE) -> pages.Page[Webhook]:
    """Return a page of the account's webhooks, the newest first. Raises BadCursor and Forbidden."""
    page = pages.page_of(access.webhooks(), moment="created_at", cursor=cursor, size=size, narrowed={})
    if page.rows:
        trail.record(action=Action.LIST, kind=services.KIND, ids=[one.pk for one in page.rows])
    return page


def delivery_page(webhook: Webhook, *, cursor: str, size: int = PAGE_SIZE) -> pages.Page[WebhookDelivery]:
    """Return a page of what a webhook was told, the newest first. Raises BadCursor."""
    found = WebhookDelivery.objects.filter(webhook=webhook)
    page = pages.page_of(found, moment="at", cursor=cursor, size=size, narrowed={"webhook": webhook.pk})
    trail.record(action=Action.READ, kind=services.KIND, ids=[webhook.pk])
    return page
