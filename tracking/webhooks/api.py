"""Webhooks for programs: the same doors and services as the pages.

A key needs the scope `webhooks:write`; a browser's session must have shown lately who it is to change anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import step_up
from accounts.mail_limits import TooMuchMail
from addressbook.api_pages import cursor_checked, page_response
from addressbook.fields import Seen
from addressbook.serializers import PageQuerySerializer
from security import etags, strict, trail
from security.marks import requires
from security.permissions import Permission
from security.problems import STEP_UP, Conflict, InvalidBody, problem_response
from security.shapes import asks, checked, require_nothing
from tracking.webhooks import access, selectors, services
from tracking.webhooks.models import CHOOSABLE, DeliveryState, Failure, Type, Webhook, WebhookDelivery, WebhookState
from tracking.webhooks.targets import LONGEST, BadTarget
from tracking.webhooks.words import not_on, too_many

DESCRIPTION_LENGTH = 100


class WebhookWriteSerializer(serializers.Serializer[Any]):
    """Where to, and of what. All events unless some are chosen."""

    url = strict.Text(max_length=LONGEST, help_text="Begins with https://, on a public server.")
    description = Seen(max_length=DESCRIPTION_LENGTH, allow_blank=True, required=False)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=CHOOSABLE), min_length=1, max_length=len(CHOOSABLE), required=False
    )


class WebhookChangeSerializer(WebhookWriteSerializer):
    state = serializers.ChoiceField(
        choices=[choice for choice in WebhookState.choices if choice[0] != WebhookState.OFF],
        required=False,
        help_text="`active` also switches on again what the site switched off.",
    )


class WebhookSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    url = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    events = serializers.ListField(child=serializers.ChoiceField(choices=CHOOSABLE))
    state = serializers.ChoiceField(choices=WebhookState.choices)
    problem = serializers.CharField(allow_blank=True, help_text="Why the site switched it off.")
    failing_since = serializers.DateTimeField(allow_null=True, help_text="Since when nothing has arrived.")
    old_secret_until = serializers.DateTimeField(allow_null=True, help_text="Until when the secret before signs too.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class NewWebhookSerializer(WebhookSerializer):
    secret = serializers.CharField(help_text="Begins with `whsec_`. It is shown in this answer and never again.")


class WebhookListSerializer(serializers.Serializer[Any]):
    results = WebhookSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class DeliverySerializer(serializers.Serializer[Any]):
    """One message, and how far it is."""

    id = serializers.UUIDField()
    webhook = serializers.UUIDField()
    message_id = serializers.CharField(help_text="The header `webhook-id`: the same at each attempt.")
    event = serializers.ChoiceField(choices=Type.choices)
    at = serializers.DateTimeField(help_text="When it happened.")
    shipment = serializers.UUIDField(allow_null=True)
    item_number = serializers.CharField(allow_null=True)
    status = serializers.CharField(allow_null=True, help_text="What the shipment had become.")
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attempts = serializers.IntegerField()
    last_attempt_at = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    status_code = serializers.IntegerField(allow_null=True, help_text="Of the receiver's last answer.")
    failure = serializers.ChoiceField(choices=Failure.choices, allow_null=True, help_text="Of the last attempt.")


class DeliveryListSerializer(serializers.Serializer[Any]):
    results = DeliverySerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class WebhooksView(APIView):
    @extend_schema(responses=WebhookListSerializer)
    @asks(PageQuerySerializer)
    @requires(Permission.WEBHOOK_MANAGE)
    def get(self, request: Request) -> Response:
        """List the account's webhooks, the newest first; secrets are never shown again."""
        query = checked(PageQuerySerializer, request.query_params)
        with cursor_checked():
            page = selectors.webhook_page(cursor=query["cursor"], size=query["page_size"])
        return page_response(request, page, [_as_json(one) for one in page.rows])

    @extend_schema(request=WebhookWriteSerializer, responses={201: NewWebhookSerializer})
    @requires(Permission.WEBHOOK_MANAGE)
    def post(self, request: Request) -> Response | HttpResponse:
        """Make a webhook. Its secret is in this answer and nowhere again; the owners are told by mail."""
        sent = checked(WebhookWriteSerializer, request.data)
        if (refused := _stale(request)) is not None:
            return refused
        with _refusals():
            webhook = services.make(
                url=sent["url"],
                description=sent.get("description", ""),
                events=sent.get("events") or [name for name, _words in CHOOSABLE],
                now=timezone.now(),
            )
        response = _response(request, webhook, status.HTTP_201_CREATED, with_secret=True)
        response.headers["Location"] = reverse("api-webhook", args=[webhook.pk])
        return response


class WebhookView(APIView):
    @extend_schema(responses=WebhookSerializer)
    @requires(Permission.WEBHOOK_MANAGE)
    def get(self, request: Request, webhook_id: str) -> Response:
        """Return a webhook."""
        webhook = access.get_webhook(webhook_id)
        trail.record(action=trail.Action.READ, kind=services.KIND, ids=[webhook.pk])
        return _response(request, webhook)

    @extend_schema(request=WebhookChangeSerializer, responses=WebhookSerializer)
    @requires(Permission.WEBHOOK_MANAGE)
    def patch(self, request: Request, webhook_id: str) -> Response | HttpResponse:
        """Change a webhook, pause it or switch it on. Switched on, it is sent what has waited."""
        webhook = access.get_webhook(webhook_id, lock=True)
        sent = checked(WebhookChangeSerializer, request.data, partial=True)
        if (refused := _stale(request)) is not None:
            return refused
        etags.require(request, version=_version(webhook))
        if (state := sent.pop("state", None)) is not None:
            sent["is_active"] = state == WebhookState.ACTIVE
        with _refusals():
            services.change(webhook=webhook, values=sent, now=timezone.now())
        return _response(request, webhook)

    @extend_schema(responses={204: None})
    @requires(Permission.WEBHOOK_MANAGE)
    def delete(self, request: Request, webhook_id: str) -> Response | HttpResponse:
        """Delete a webhook and the list of its deliveries; what waits is never sent."""
        webhook = access.get_webhook(webhook_id, lock=True)
        if (refused := _stale(request)) is not None:
            return refused
        etags.require(request, version=_version(webhook))
        services.delete(webhook=webhook)
        return Response(status=status.HTTP_204_NO_CONTENT)


class RotateView(APIView):
    @extend_schema(operation_id="webhooks_rotate_secret", request=None, responses=NewWebhookSerializer)
    @requires(Permission.WEBHOOK_MANAGE)
    def post(self, request: Request, webhook_id: str) -> Response | HttpResponse:
        """Give a webhook a new secret, which is in this answer alone. For 24 hours the old one signs as well."""
        webhook = access.get_webhook(webhook_id, lock=True)
        require_nothing(request.data)
        if (refused := _stale(request)) is not None:
            return refused
        with _refusals():
            services.rotate(webhook=webhook, now=timezone.now())
        return _response(request, webhook, with_secret=True)


class TestView(APIView):
    @extend_schema(operation_id="webhooks_test", request=None, responses=DeliverySerializer)
    @requires(Permission.WEBHOOK_MANAGE)
    def post(self, request: Request, webhook_id: str) -> Response:
        """Send a message of the type `webhook.test`, which tells of nothing."""
        webhook = access.get_webhook(webhook_id, lock=True)
        require_nothing(request.data)
        with _refusals():
            delivery = services.test(webhook=webhook, now=timezone.now())
        return Response(_told(delivery))


class DeliveriesView(APIView):
    @extend_schema(responses=DeliveryListSerializer)
    @asks(PageQuerySerializer)
    @requires(Permission.WEBHOOK_MANAGE)
    def get(self, request: Request, webhook_id: str) -> Response:
        """List what a webhook was, is and is to be told in the last 30 days, the newest first."""
        webhook = access.get_webhook(webhook_id)
        query = checked(PageQuerySerializer, request.query_params)
        with cursor_checked():
            page = selectors.delivery_page(webhook, cursor=query["cursor"], size=query["page_size"])
        return page_response(request, page, [_told(one) for one in page.rows])


class RedeliverView(APIView):
    @extend_schema(operation_id="webhooks_redeliver", request=None, responses=DeliverySerializer)
    @requires(Permission.WEBHOOK_MANAGE)
    def post(self, request: Request, webhook_id: str, delivery_id: str) -> Response:
        """Send a message again, under the same id."""
        webhook = access.get_webhook(webhook_id, lock=True)
        delivery = access.get_delivery(webhook, delivery_id, lock=True)
        require_nothing(request.data)
        with _refusals():
            services.redeliver(webhook=webhook, delivery=delivery, now=timezone.now())
        return Response(_told(delivery))


@contextmanager
def _refusals() -> Iterator[None]:
    """Say as a problem what the services refuse."""
    try:
        yield
    except BadTarget as error:
        raise InvalidBody([("/url", "invalid", error.words)]) from error
    except services.TooMany as error:
        raise Conflict(too_many()) from error
    except services.WrongState as error:
        raise Conflict(not_on()) from error
    except services.TooOften as error:
        raise exceptions.Throttled(wait=error.wait) from error
    except TooMuchMail as error:
        raise exceptions.Throttled(wait=error.wait.total_seconds(), detail=str(error)) from error


def _stale(request: Request) -> HttpResponse | None:
    """Refuse a browser's session that has not shown lately who it is; a key shows that with each request."""
    inner = request._request
    if getattr(inner, "api_key", None) is not None or step_up.is_fresh(inner):
        return None
    return problem_response(inner, 403, kind=STEP_UP, detail=_("Sign in on the site and show who you are."))


def _version(webhook: Webhook) -> str:
    return etags.version_of(webhook.updated_at)


def _response(
    request: Request, webhook: Webhook, code: int = status.HTTP_200_OK, *, with_secret: bool = False
) -> Response:
    data = _as_json(webhook) | ({"secret": webhook.secret} if with_secret else {})
    return etags.answer(request, data, version=_version(webhook), code=code)


def _as_json(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.pk,
        "url": webhook.url,
        "description": webhook.description,
        "events": webhook.events,
        "state": webhook.state,
        "problem": webhook.get_reason_display(),
        "failing_since": webhook.failing_since,
        "old_secret_until": webhook.old_secret_until,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
    }


def _told(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.pk,
        "webhook": delivery.webhook_id,
        "message_id": delivery.message_id,
        "event": delivery.event,
        "at": delivery.at,
        "shipment": delivery.shipment,
        "item_number": delivery.item_number or None,
        "status": delivery.status or None,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "last_attempt_at": delivery.tried_at,
        "next_attempt_at": delivery.due_at,
        "status_code": delivery.status_code,
        "failure": delivery.failure or None,
    }
