"""What is asked again before an answer of the API is given again: the same door as for a GET."""

from __future__ import annotations

from security import idempotency
from tracking.webhooks import access


def register() -> None:
    for endpoint in ("api-webhooks", "api-webhook-rotate"):
        idempotency.door(endpoint, lambda made: access.get_webhook(made["id"]))
    for endpoint in ("api-webhook-test", "api-webhook-redeliver"):
        idempotency.door(endpoint, lambda made: access.get_delivery(access.get_webhook(made["webhook"]), made["id"]))
