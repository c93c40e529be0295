"""The worker's part: one message after the other to one webhook, held by a lease, so that none is sent twice at once.

No transaction is open while a receiver is waited for: an attempt is counted first, and what came of it is written down
afterwards. Killed in between, the attempt is made again, under the same id.

A suspension is asked for at each attempt, when the connection stands and nothing has left: of the account, of the
person and of the key that made the webhook; one that is made while a message is written waits for that, so nothing
leaves after it. What waits then goes on waiting, and goes on after the release.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow
from time import monotonic
from uuid import UUID, uuid4

from django.db import connection

from accounts import notices
from accounts.models import Account, OutgoingMail
from security import live, scope, trail
from security.refusals import Suspended
from security.trail import Action
from tracking.webhooks import events, sending, services, signing
from tracking.webhooks.models import DeliveryState, Failure, Reason, Webhook, WebhookDelivery, WebhookState
from tracking.webhooks.sending import Outcome

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
ACTOR = "system:webhooks"
LEASE = timedelta(seconds=90)  # longer than an attempt with its look-up of the name
AT_ONCE = 2  # webhooks of one account that are worked on together
MOST_IN_A_RUN, RUN_SECONDS = 50, 20.0  # then it is somebody else's turn
# Between attempts, and up to a fifth more, so that what failed together does not come back together. Some three days.
WAITS = [timedelta(seconds=seconds) for seconds in (10, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 64_800, 86_400)]
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)  # of a webhook whose receiver fails
SUSPENDED_REST = timedelta(minutes=1)
FAILING_FOR = timedelta(days=3)  # until it is switched off


@dataclass(frozen=True)
class Message:
    """One attempt: what goes where."""

    delivery_id: UUID
    url: str
    headers: dict[str, str]
    body: bytes
    leaving: Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Job:
    """One webhook, held."""

    account_id: UUID
    webhook_id: UUID
    lease: UUID
    clock: Clock


def work(webhook_id: UUID, *, account_id: UUID, clock: Clock) -> bool:
    """Send what is due for a webhook, unless somebody else does; return whether more is due at once."""
    job = Job(account_id, webhook_id, uuid4(), clock)
    if not _claim(job):
        return False
    ends, sent = monotonic() + RUN_SECONDS, 0
    while sent < MOST_IN_A_RUN and monotonic() < ends:
        if (message := _next(job)) is None:
            return _let_go(job)
        try:
            outcome = sending.post(message.url, message.headers, message.body, leaving=message.leaving)
        except Suspended:
            _put_back(job, message)
            return False
        sent += 1
        if not _note(job, message, outcome):
            return False
    return _let_go(job)


def _claim(job: Job) -> bool:
    now = job.clock()
    with _inside(job):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 72))", [str(job.account_id)])
        held = list(Webhook.objects.filter(leased_until__gt=now).values_list("pk", flat=True))
        if job.webhook_id in held or len(held) >= AT_ONCE:
            return False
        free = Webhook.objects.filter(pk=job.webhook_id, state=WebhookState.ACTIVE).exclude(rests_until__gt=now)
        return bool(free.update(lease=job.lease, leased_until=now + LEASE))


def _next(job: Job) -> Message | None:
    """Count an attempt of what has waited longest, and return it; None where nothing is due, or the lease is lost."""
    now = job.clock()
    with _inside(job):
        if (webhook := _held(job)) is None:
            return None
        try:
            require_live(webhook)
        except Suspended:
            _rest(webhook, now + SUSPENDED_REST)
            return None
        if webhook.is_unreadable:  # damaged: an alarm was raised, and there is no address to go to
            _rest(webhook, now + LONGEST_REST)
            return None
        due = webhook.deliveries.filter(state=DeliveryState.WAITING, due_at__lte=now).order_by("due_at", "at", "pk")
        if (delivery := due.first()) is None:
            return None
        delivery.attempts += 1
        delivery.tried_at, delivery.due_at = now, now + _wait(delivery.attempts)
        delivery.save(update_fields=["attempts", "tried_at", "due_at"])
        webhook.leased_until = now + LEASE
        webhook.save(update_fields=["leased_until"])
        body, under = events.payload(delivery), services.secrets_of(webhook, now=now)
        headers = signing.headers(under, message_id=delivery.message_id, now=now, body=body)

        @contextmanager
        def leaving() -> Iterator[None]:
            """Whoever suspends now waits until the message is written; whoever did so before is met here."""
            with _inside(job):
                live.held(person=webhook.by, key=webhook.key, account=webhook.account_id)
                require_live(webhook)
                yield

        return Message(delivery.pk, webhook.url, headers, body, leaving)


def require_live(webhook: Webhook) -> None:
    """Raise Suspended where the account, or whoever made the webhook, is suspended now."""
    with scope.identity():
        for actor_id in (webhook.account_id, webhook.by, webhook.key):
            if actor_id is not None:
                state = live.state_of(actor_id)
                live.require(state, epoch=state.epoch)  # its epoch is of no matter: the webhook is the account's


def _put_back(job: Job, message: Message) -> None:
    """Nothing has left: the attempt does not count, and what waits goes on waiting."""
    now = job.clock()
    with _inside(job):
        if (webhook := _held(job)) is None:
            return
        delivery = webhook.deliveries.select_for_update().filter(pk=message.delivery_id).first()
        if delivery is not None and delivery.state == DeliveryState.WAITING:
            delivery.attempts, delivery.due_at = max(delivery.attempts - 1, 0), now
            delivery.save(update_fields=["attempts", "due_at"])
        _rest(webhook, now + SUSPENDED_REST)


def _note(job: Job, message: Message, outcome: Outcome) -> bool:
    """Write down how an attempt went; return whether the next one may follow at once."""
    now = job.clock()
    with _inside(job):
        webhook = _held(job)  # first, as everybody does who locks both
        delivery = WebhookDelivery.objects.select_for_update().filter(pk=message.delivery_id).first()
        if delivery is not None:
            _note_delivery(delivery, outcome)
        if webhook is None:
            return False
        if outcome.is_delivered:
            if webhook.failing_since is not None:
                webhook.failures, webhook.failing_since, webhook.rests_until = 0, None, None
                webhook.save(update_fields=["failures", "failing_since", "rests_until"])
            return True
        _note_failure(webhook, outcome, now=now)
        return False


def _note_delivery(delivery: WebhookDelivery, outcome: Outcome) -> None:
    delivery.status_code, delivery.failure = outcome.status_code, outcome.failure
    if outcome.is_delivered:
        delivery.state, delivery.due_at = DeliveryState.DELIVERED, None
    elif delivery.attempts > len(WAITS) or outcome.failure == Failure.GONE:
        delivery.state, delivery.due_at = DeliveryState.FAILED, None
    delivery.save(update_fields=["state", "due_at", "status_code", "failure"])


def _note_failure(webhook: Webhook, outcome: Outcome, *, now: datetime) -> None:
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or now
    reason = ""
    if outcome.failure == Failure.GONE:
        reason = Reason.GONE
    elif now - webhook.failing_since >= FAILING_FOR:
        reason = Reason.FAILING
    if reason:
        webhook.state, webhook.reason, webhook.updated_at = WebhookState.OFF, reason, now
        trail.record(action=Action.CHANGE, kind=services.KIND, ids=[webhook.pk])
        account = Account.objects.get(pk=webhook.account_id)
        notices.tell(OutgoingMail.Kind.WEBHOOK_OFF, account=account, about=webhook.name)
        logger.info("a webhook was switched off", extra={"code": reason})
    _rest(webhook, now + min(FIRST_REST * 2 ** min(webhook.failures - 1, 10), LONGEST_REST))


def _rest(webhook: Webhook, until: datetime) -> None:
    webhook.rests_until = until
    webhook.lease = webhook.leased_until = None
    webhook.save(
        update_fields=[
            "state", "reason", "updated_at", "failures", "failing_since", "rests_until", "lease", "leased_until",
        ]
    )  # fmt: skip


def _let_go(job: Job) -> bool:
    """End the lease; return whether more is due."""
    now = job.clock()
    with _inside(job):
        if not Webhook.objects.filter(pk=job.webhook_id, lease=job.lease).update(lease=None, leased_until=None):
            return False
        waiting = WebhookDelivery.objects.filter(webhook=job.webhook_id, state=DeliveryState.WAITING, due_at__lte=now)
        return waiting.exists()


def _held(job: Job) -> Webhook | None:
    """Return the webhook, locked, while it is on and ours."""
    held = Webhook.objects.select_for_update().filter(pk=job.webhook_id, lease=job.lease)
    return held.filter(state=WebhookState.ACTIVE).first()


def _wait(attempts: int) -> timedelta:
    """Return the time after an attempt until the next one, from 1 on."""
    wait = WAITS[min(attempts, len(WAITS)) - 1]
    return wait + wait * randbelow(200) / 1_000


def _inside(job: Job) -> AbstractContextManager[scope.Scope]:
    return scope.account(account_id=job.account_id, actor=ACTOR)
