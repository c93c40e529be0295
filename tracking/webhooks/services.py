"""What people and programs do with webhooks. Whoever calls has fetched them through `access`, locked, and shown who
they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts import mail_limits, notices
from accounts.models import Account, OutgoingMail
from security import limits, scope, tasks, trail
from security.refusals import NotFound
from security.texts import clean_text
from security.trail import Action
from tracking.webhooks import signing, targets
from tracking.webhooks.models import OF_SHIPMENTS, DeliveryState, Type, Webhook, WebhookDelivery, WebhookState

KIND = "webhook"  # in the access log
MOST = 10  # of one account
BY_HAND = limits.Limit(name="webhook", items=10, seconds=60)  # tests and repeats of one webhook
OLD_SECRET_LASTS = timedelta(hours=24)
Mail = OutgoingMail.Kind


class TooMany(Exception):
    """The account has as many webhooks as it may."""


class TooOften(Exception):
    """So much was sent by hand just now that the receiver, who may be anybody, is spared for `wait` seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(limits.wait_words(wait))
        self.wait = wait


class WrongState(Exception):
    """The webhook or the delivery is not at the point where this can be done."""


@transaction.atomic
def make(*, url: str, description: str, events: Iterable[str], now: datetime) -> Webhook:
    """Make a webhook with a secret of its own; the owners are told by mail.

    Raises BadTarget, TooMany, TooMuchMail; ValueError for an event that is not told.
    """
    active = scope.current()
    if active.user_id is None:
        raise NotFound
    targets.check(url)
    _wait_for_turn()
    if Webhook.objects.count() >= MOST:
        raise TooMany
    mail_limits.tell(by=active.user_id, now=now)
    webhook = Webhook(events=_known(events), by=active.user_id, key=active.key_id, created_at=now, updated_at=now)
    webhook.url, webhook.description, webhook.secret = url, clean_text(description), signing.new_secret()
    webhook.save(force_insert=True)
    _record(Action.CREATE, webhook)
    _tell(Mail.WEBHOOK_MADE, webhook)
    return webhook


@transaction.atomic
def change(*, webhook: Webhook, values: dict[str, Any], now: datetime) -> Webhook:
    """Set `url`, `description`, `events`, or `is_active`; another address is told the owners by mail.

    Switched on, it begins anew: what waits is sent at once. Raises BadTarget, TooMuchMail and ValueError as `make`.
    """
    url = values.get("url", webhook.url)
    is_elsewhere = url != webhook.url
    if is_elsewhere:
        targets.check(url)
        mail_limits.tell(by=_who(), now=now)
        webhook.by, webhook.key = _who(), scope.current().key_id  # whoever says where it goes answers for it
        webhook.failures, webhook.failing_since, webhook.rests_until = 0, None, None
    webhook.url, webhook.description = url, clean_text(values.get("description", webhook.description))
    webhook.events = _known(values.get("events", webhook.events))
    is_active = values.get("is_active")
    if is_active and not webhook.is_active:
        webhook.state, webhook.reason = WebhookState.ACTIVE, ""
        webhook.failures, webhook.failing_since, webhook.rests_until = 0, None, None
    elif is_active is False and webhook.is_active:
        webhook.state = WebhookState.PAUSED
    webhook.updated_at = now
    webhook.save()
    _record(Action.CHANGE, webhook)
    if is_elsewhere:
        _tell(Mail.WEBHOOK_CHANGED, webhook)
    return webhook


@transaction.atomic
def rotate(*, webhook: Webhook, now: datetime) -> Webhook:
    """Give a webhook a new secret; the old one signs as well for a day, so that a receiver can change over.

    Raises TooMuchMail.
    """
    mail_limits.tell(by=_who(), now=now)
    webhook.old_secret, webhook.secret = webhook.secret, signing.new_secret()
    webhook.old_secret_until, webhook.updated_at = now + OLD_SECRET_LASTS, now
    webhook.save()
    _record(Action.CHANGE, webhook)
    _tell(Mail.WEBHOOK_CHANGED, webhook)
    return webhook


@transaction.atomic
def delete(*, webhook: Webhook) -> None:
    """Delete a webhook with what it was told; what waits is never sent. The owners are told by mail."""
    _record(Action.DELETE, webhook)
    _tell(Mail.WEBHOOK_DELETED, webhook)
    webhook.deliveries.all().delete()
    webhook.delete()


@transaction.atomic
def test(*, webhook: Webhook, now: datetime) -> WebhookDelivery:
    """Send a message that tells of nothing. Raises WrongState where the webhook is not on, and TooOften."""
    if not webhook.is_active:
        raise WrongState
    _require_patience(webhook, now=now)
    delivery = WebhookDelivery.objects.create(webhook=webhook, event=Type.TEST, at=now, due_at=now)
    _record(Action.CHANGE, webhook)
    _send_now(webhook)
    return delivery


@transaction.atomic
def redeliver(*, webhook: Webhook, delivery: WebhookDelivery, now: datetime) -> WebhookDelivery:
    """Send a message again, under the same id, with as many attempts as at first.

    Raises WrongState where the webhook is not on, and TooOften.
    """
    if not webhook.is_active:
        raise WrongState
    _require_patience(webhook, now=now)
    delivery.state, delivery.attempts, delivery.due_at, delivery.failure = DeliveryState.WAITING, 0, now, ""
    delivery.save(update_fields=["state", "attempts", "due_at", "failure"])
    _record(Action.CHANGE, webhook)
    _send_now(webhook)
    return delivery


def secrets_of(webhook: Webhook, *, now: datetime) -> list[str]:
    """Return what signs: the secret, and the one before it while it is valid."""
    until = webhook.old_secret_until
    return [webhook.secret] + ([webhook.old_secret] if until is not None and now < until else [])


# ----------------------------------------------------------------


def _who() -> UUID:
    if (user_id := scope.current().user_id) is None:
        raise NotFound
    return user_id


def _known(events: Iterable[str]) -> list[str]:
    """Return events in their order, each once. Raises ValueError for none, and for one that cannot be chosen."""
    wanted = set(events)
    if not wanted or wanted - set(OF_SHIPMENTS):
        raise ValueError(", ".join(sorted(wanted)))
    return [name for name in OF_SHIPMENTS if name in wanted]


def _wait_for_turn() -> None:
    """Let two who make webhooks at once do so one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 71))", [str(scope.current().account)])


def _record(action: Action, webhook: Webhook) -> None:
    trail.record(action=action, kind=KIND, ids=[webhook.pk])


def _tell(kind: OutgoingMail.Kind, webhook: Webhook) -> None:
    account = Account.objects.get(pk=scope.current().account)
    notices.tell(kind, account=account, about=webhook.name)


def _require_patience(webhook: Webhook, *, now: datetime) -> None:
    """Let a webhook be tried by hand so many times, then no more for a while."""
    (verdict,) = limits.ask([(BY_HAND, str(webhook.pk))], now=now)
    if not verdict.allowed:
        raise TooOften(verdict.retry_in)


def _send_now(webhook: Webhook) -> None:
    """Name the webhook to the queue: somebody waits to see what comes of it. It lets no rest stand in the way."""
    from tracking.tasks import send_webhook  # the task calls these services

    Webhook.objects.filter(pk=webhook.pk).update(rests_until=None)
    tasks.send(send_webhook, webhook_id=str(webhook.pk))
