"""From a booking to a receiver: what is written, what is sent when, and what becomes of what fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.mail_limits import TELLING
from accounts.roles import Role
from security import scope
from security.models import AccessEntry
from shipments import services as shipments
from shipments.models import Shipment, Status
from tests.api.calling import ROOT, call, is_problem, key_of
from tests.conftest import Person, make_person
from tests.mailbox import deliver
from tests.shipments.booking import NOW, goods_to_london, make_booked
from tests.tracking.hooks import Receiver, made_webhook, receiver, told, waiting
from tracking import tasks
from tracking.webhooks import services, tending, working
from tracking.webhooks.models import DeliveryState, Failure, Reason, Webhook, WebhookDelivery, WebhookState

HOOKS = f"{ROOT}/webhooks/"
HOOK = {"url": "https://hooks.example.com/ecship"}
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])


@pytest.fixture(autouse=True)
def _here(settings: Any) -> None:
    settings.WEBHOOK_LOOPBACK = True


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def hook_of(person: Person, url: str, **values: Any) -> Webhook:
    with person.scope():
        return made_webhook(url, timezone.now(), by=person.user.pk, **values)


def work(webhook: Webhook, *, later: timedelta = timedelta(0)) -> bool:
    return working.work(webhook.pk, account_id=webhook.account_id, clock=lambda: timezone.now() + later)


def fresh(person: Person, row: Any) -> Any:
    with person.scope():
        return type(row).objects.get(pk=row.pk)


def messages(person: Person) -> list[WebhookDelivery]:
    with person.scope():
        return list(WebhookDelivery.objects.order_by("at", "pk"))


# What is written --------------------------------------------------------------------------------------------------


def test_booking_cancelling_and_moving_are_told_with_what_they_are(alice: Person, charlie: Person) -> None:
    hook_of(alice, "https://hooks.example.com/")
    few = hook_of(alice, "https://few.example.com/", events=["shipment.cancelled"])
    hook_of(charlie, "https://other.example.com/")
    with alice.scope():
        booked = make_booked(goods_to_london())
        shipments.cancel_shipment(shipment_id=booked.pk, now=NOW)
        moving = make_booked(goods_to_london())
        for status in (Status.ACCEPTED, Status.ACCEPTED, Status.IN_TRANSIT, Status.DELIVERED):
            shipments.advance(shipment_id=moving.pk, status=status, now=NOW)

    found = messages(alice)
    assert sorted(one.event for one in found if one.shipment == moving.pk) == [
        "shipment.accepted", "shipment.booked", "shipment.delivered", "shipment.in_transit",
    ]  # fmt: skip
    assert sorted((one.event, one.webhook_id == few.pk) for one in found if one.shipment == booked.pk) == [
        ("shipment.booked", False), ("shipment.cancelled", False), ("shipment.cancelled", True),
    ]  # fmt: skip
    assert {(one.item_number, one.state, one.attempts) for one in found} == {
        (booked.item_number, "waiting", 0), (moving.item_number, "waiting", 0),
    }  # fmt: skip
    assert messages(charlie) == []


def test_what_is_taken_back_is_not_told(alice: Person) -> None:
    hook_of(alice, "https://hooks.example.com/")
    with alice.scope():
        with transaction.atomic():
            make_booked(goods_to_london())
            transaction.set_rollback(True)
        assert not Shipment.objects.exists()

    assert messages(alice) == []


@pytest.mark.parametrize("state", [WebhookState.PAUSED, WebhookState.OFF])
def test_nothing_is_written_for_a_webhook_that_is_not_on(alice: Person, state: str) -> None:
    hook_of(alice, "https://hooks.example.com/", state=state)
    with alice.scope():
        make_booked(goods_to_london())

    assert messages(alice) == []


# What is sent -----------------------------------------------------------------------------------------------------


def test_a_booking_arrives_signed_and_names_nobody(alice: Person, there: Receiver) -> None:
    webhook = hook_of(alice, there.url)
    with alice.scope():
        booked = make_booked(goods_to_london(reference="Order of Rita"), now=timezone.now())

    now = timezone.now()
    assert tending.due(now=now) == [(alice.account.pk, webhook.pk)]
    work(webhook)

    got, message = there.got[0], messages(alice)[0]
    assert got.is_signed_under(webhook.secret)
    assert got.headers["webhook-id"] == message.message_id == f"msg_{message.pk.hex}"
    assert got.data.keys() == {"type", "timestamp", "data"}
    assert (got.data["type"], got.data["data"]) == (
        "shipment.booked", {"shipment": str(booked.pk), "item_number": booked.item_number, "status": "booked"},
    )  # fmt: skip
    assert (message.state, message.attempts, message.status_code, message.due_at) == ("delivered", 1, 204, None)
    assert tending.due(now=now + timedelta(days=9)) == []


def test_a_failure_is_tried_again_later_under_the_same_id(alice: Person, there: Receiver) -> None:
    webhook = hook_of(alice, there.url)
    with alice.scope():
        message, next_one = (waiting(webhook, timezone.now() - timedelta(minutes=n)) for n in (2, 1))
    there.answer = lambda handler, number: handler.say(500 if number == 0 else 200)

    work(webhook)
    work(webhook)  # it rests
    assert len(there.got) == 1
    failed = fresh(alice, message)
    assert (failed.state, failed.attempts, failed.status_code, failed.failure) == ("waiting", 1, 500, Failure.STATUS)
    assert timedelta(seconds=9) < failed.due_at - timezone.now() < timedelta(seconds=13)

    work(webhook, later=timedelta(seconds=20))
    assert sorted(got.headers["webhook-id"] for got in there.got) == sorted(
        [message.message_id, message.message_id, next_one.message_id]
    )
    assert {one.state for one in messages(alice)} == {"delivered"}
    assert fresh(alice, webhook).failing_since is None


def test_attempts_are_spread_over_some_three_days_and_then_end(alice: Person, there: Receiver) -> None:
    waits = sum(working.WAITS, timedelta(0))
    assert timedelta(days=3) < waits < timedelta(days=4)
    assert all(wait <= working._wait(number) <= wait * 1.2 for number, wait in enumerate(working.WAITS, start=1))
    webhook = hook_of(alice, there.url)
    with alice.scope():
        message = waiting(webhook, timezone.now(), attempts=len(working.WAITS))
    there.answer = lambda handler, _number: handler.say(500)

    work(webhook)

    ended = fresh(alice, message)
    assert (ended.state, ended.due_at, ended.attempts) == (DeliveryState.FAILED, None, 11)
    assert fresh(alice, webhook).is_active


@pytest.mark.parametrize(
    ("status", "values", "reason"),
    [
        (410, {}, Reason.GONE),
        (500, {"failing_since": timezone.now() - timedelta(days=3, hours=1), "failures": 9}, Reason.FAILING),
    ],
)
def test_it_is_switched_off_when_nobody_wants_it_and_the_owners_are_told(
    alice: Person, there: Receiver, status: int, values: dict[str, Any], reason: str
) -> None:
    with scope.identity():
        alice.user.language = "zh-hant"
        alice.user.save()
    webhook = hook_of(alice, there.url, description="Shop", **values)
    with alice.scope():
        waiting(webhook, timezone.now())
    there.answer = lambda handler, _number: handler.say(status)

    work(webhook)

    found = fresh(alice, webhook)
    assert (found.state, found.reason) == (WebhookState.OFF, reason)
    sent = deliver()
    assert [mail.to for mail in sent] == [[alice.user.email]]
    assert "Shop" in str(sent[0].body)
    assert "Webhook" in str(sent[0].subject)
    assert "switched off" not in str(sent[0].body)  # in her language


def test_one_account_is_worked_on_twice_at_once_and_no_more(alice: Person, charlie: Person, there: Receiver) -> None:
    """So its dead receivers take two of the worker's places, and leave the others to others."""
    until = timezone.now() + timedelta(minutes=1)
    held = [hook_of(alice, there.url, lease=uuid4(), leased_until=until) for _each in range(working.AT_ONCE)]
    third, others = hook_of(alice, there.url), hook_of(charlie, there.url)
    for person, webhook in ((alice, held[0]), (alice, third), (charlie, others)):
        with person.scope():
            waiting(webhook, timezone.now())

    for webhook in (*held, third, others):
        work(webhook)

    assert [got.headers["webhook-id"] for got in there.got] == [messages(charlie)[0].message_id]
    assert tending.due(now=timezone.now()) == [(alice.account.pk, third.pk)]
    work(held[0], later=timedelta(minutes=2))  # its worker died
    assert len(there.got) == 2


def test_a_message_whose_worker_died_is_sent_again(alice: Person, there: Receiver) -> None:
    webhook = hook_of(alice, there.url)
    with alice.scope():
        message = waiting(webhook, timezone.now())
    with patch.object(working, "_note", side_effect=SystemExit), pytest.raises(SystemExit):
        work(webhook)

    work(webhook, later=timedelta(minutes=2))

    assert [got.headers["webhook-id"] for got in there.got] == [message.message_id] * 2
    assert fresh(alice, message).state == DeliveryState.DELIVERED


def test_the_security_role_learns_states_and_times_alone(alice: Person) -> None:
    hook_of(alice, "https://hooks.example.com/")
    with connections["security"].cursor() as cursor:
        for column in ("sealed", "events", "by", "item_number"):
            table = "tracking_webhookdelivery" if column == "item_number" else "tracking_webhook"
            with pytest.raises(Exception, match="permission denied"):
                cursor.execute(f"SELECT {column} FROM {table}")


def test_tasks_find_what_is_due_and_forget_what_is_old(alice: Person, there: Receiver) -> None:
    webhook = hook_of(alice, there.url)
    now = timezone.now()
    with alice.scope():
        old, young = told(webhook, now - timedelta(days=31)), waiting(webhook, now)
    sent: list[tuple[str, Any, scope.Scope]] = []

    def send(task: Any, **kwargs: Any) -> None:
        sent.append((task.name, kwargs, scope.get()))

    with patch.object(tasks, "send", send):
        tasks.send_webhooks.run()
        tasks.forget_deliveries.run()
    assert [(name, kwargs, asked.account_id) for name, kwargs, asked in sent] == [
        ("tracking.send_webhook", {"webhook_id": str(webhook.pk)}, alice.account.pk),
        ("tracking.forget_deliveries_here", {}, alice.account.pk),
    ]
    with alice.scope():
        tasks.forget_deliveries_here.run()

    assert [one.pk for one in messages(alice)] == [young.pk]
    assert old.pk != young.pk


# What people do ---------------------------------------------------------------------------------------------------


def test_a_program_makes_one_and_sees_its_secret_once(alice: Person) -> None:
    program = key_of(alice, "webhooks:write")

    made = call(program, "post", HOOKS, {**HOOK, "description": "Shop", "events": ["shipment.booked"]}).json()
    listed = call(program, "get", HOOKS).json()["results"]
    single = call(program, "get", f"{HOOKS}{made['id']}/")
    turned = call(program, "post", f"{HOOKS}{made['id']}/rotate-secret/").json()

    assert made["secret"].startswith("whsec_")
    assert listed == [{name: value for name, value in made.items() if name != "secret"}]
    assert "secret" not in single.json()
    assert turned["secret"] not in {"", made["secret"]}
    with alice.scope():
        kept = Webhook.objects.get()
        assert services.secrets_of(kept, now=timezone.now()) == [turned["secret"], made["secret"]]
        assert services.secrets_of(kept, now=timezone.now() + timedelta(hours=25)) == [turned["secret"]]
        acts = AccessEntry.objects.filter(kind="webhook").order_by("at").values_list("action", flat=True)
        assert list(acts) == ["create", "list", "read", "change"]
    stale = call(program, "patch", f"{HOOKS}{made['id']}/", {"description": "x"}, If_Match=single["ETag"])
    assert is_problem(stale, 412)
    told_by_mail = [str(mail.subject) for mail in deliver()]
    assert sorted(told_by_mail) == ["A webhook was changed", "A webhook was made"]
    assert all(made["secret"] not in str(mail.body) for mail in deliver())


def test_what_is_wrong_is_pointed_at(alice: Person) -> None:
    program = key_of(alice)

    for url in ("https://10.0.0.1/", "https://user:x@shop.example.com/", "ftp://shop.example.com/"):
        refused = call(program, "post", HOOKS, {"url": url})
        assert refused.status_code == 400
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/url"]
    assert is_problem(call(program, "post", HOOKS, {**HOOK, "events": []}), 400)
    assert is_problem(call(program, "post", HOOKS, {**HOOK, "events": ["webhook.test"]}), 400)


def test_an_account_has_at_most_ten(alice: Person) -> None:
    for _each in range(services.MOST):
        hook_of(alice, "https://hooks.example.com/")

    assert is_problem(call(key_of(alice), "post", HOOKS, HOOK), 409)


def test_changes_that_the_owners_are_mailed_about_are_few(alice: Person) -> None:
    with patch("accounts.mail_limits._count") as count:
        call(key_of(alice), "post", HOOKS, HOOK)

    assert [limit for limit, _whom in count.call_args.args[0]] == [TELLING]


def test_a_session_must_have_shown_lately_who_it_is(alice: Person) -> None:
    webhook = hook_of(alice, "https://hooks.example.com/")
    at = f"{HOOKS}{webhook.pk}/"
    with patch("accounts.step_up._is_fresh", return_value=False):
        answers = [
            call(alice.client, "post", HOOKS, HOOK),
            call(alice.client, "patch", at, {"description": "x"}),
            call(alice.client, "delete", at),
            call(alice.client, "post", f"{at}rotate-secret/"),
        ]

    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(403, "urn:ecship:problem:step-up")}
    assert fresh(alice, webhook).description == ""


def test_paused_it_waits_and_switched_on_it_goes_on(alice: Person, there: Receiver) -> None:
    webhook, program = hook_of(alice, there.url), key_of(alice)
    with alice.scope():
        waiting(webhook, timezone.now())
    at = f"{HOOKS}{webhook.pk}/"
    call(program, "patch", at, {"state": "paused"})
    work(webhook)
    assert there.got == []
    assert is_problem(call(program, "post", f"{at}test/"), 409)

    call(program, "patch", at, {"state": "active"})
    made = call(program, "post", f"{at}test/").json()
    work(webhook)

    assert [got.data["type"] for got in there.got] == ["shipment.booked", "webhook.test"]
    listed = call(program, "get", f"{at}deliveries/").json()["results"]
    newest = listed[0]
    assert (newest["id"], newest["event"], newest["state"], newest["status_code"]) == (
        made["id"], "webhook.test", "delivered", 204,
    )  # fmt: skip
    again = call(program, "post", f"{at}deliveries/{made['id']}/redeliver/").json()
    assert (again["state"], again["attempts"]) == ("waiting", 0)
    work(webhook)
    assert there.got[-1].headers["webhook-id"] == made["message_id"]


def test_deleted_it_is_gone_with_what_waits(alice: Person, there: Receiver) -> None:
    webhook = hook_of(alice, there.url)
    with alice.scope():
        waiting(webhook, timezone.now())

    assert call(key_of(alice), "delete", f"{HOOKS}{webhook.pk}/").status_code == 204
    work(webhook)

    assert there.got == []
    assert messages(alice) == []
    assert [str(mail.subject) for mail in deliver()] == ["A webhook was deleted"]


def test_it_stays_when_its_maker_leaves_the_account(alice: Person, there: Receiver) -> None:
    """It is the account's, as its shipments are."""
    bea = make_person("bea", account=alice.account)
    webhook = hook_of(bea, there.url)
    with bea.scope():
        waiting(webhook, timezone.now())
    assert bea.post("/en/account/leave/").status_code == 302

    work(webhook)

    assert len(there.got) == 1


def test_by_hand_a_receiver_is_spared_after_a_while(alice: Person, there: Receiver) -> None:
    webhook, program = hook_of(alice, there.url), key_of(alice)
    at = f"{HOOKS}{webhook.pk}/"

    answers = [call(program, "post", f"{at}test/") for _click in range(services.BY_HAND.allowed + 1)]
    page = alice.client.post(f"/en/account/webhooks/{webhook.pk}/test/", follow=True)

    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert is_problem(answers[-1], 429)
    assert int(answers[-1]["Retry-After"]) > 0
    assert "by hand just now" in page.content.decode()


def test_whoever_says_where_it_goes_answers_for_it(alice: Person, there: Receiver) -> None:
    """An owner who sends a colleague's webhook elsewhere is not served by it once suspended."""
    webhook, other = hook_of(alice, there.url), make_person("olive", account=alice.account, role=Role.OWNER)

    with other.scope():
        found = Webhook.objects.get(pk=webhook.pk)
        services.change(webhook=found, values={"description": "Depot"}, now=timezone.now())
        assert found.by == alice.user.pk
        services.change(webhook=found, values={"url": f"{there.url}/other"}, now=timezone.now())

    assert (found.by, found.key) == (other.user.pk, None)


def test_what_came_of_a_message_and_a_repeat_lock_in_one_order(alice: Person, there: Receiver) -> None:
    """The webhook first, then the message: two who lock them the other way round stop each other."""
    webhook = hook_of(alice, there.url)
    with alice.scope():
        waiting(webhook, timezone.now())

    with CaptureQueriesContext(connection) as asked:
        work(webhook)

    locked = [query["sql"] for query in asked if "FOR UPDATE" in query["sql"]]
    orders = ["delivery" if '"tracking_webhookdelivery"' in sql.split("WHERE")[0] else "webhook" for sql in locked]
    assert orders[:3] == ["webhook", "webhook", "delivery"], "to see what is due, then to write down what came of it"
