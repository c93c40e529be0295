"""The pages of webhooks: an owner makes, changes and ends them, and sees what they were told."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.utils import timezone

from security.models import AccessEntry
from tests.conftest import Person, make_person
from tests.mailbox import deliver
from tests.shipments.booking import make_booked
from tests.tracking.hooks import made_webhook, told, waiting
from tracking.webhooks import services
from tracking.webhooks.models import OF_SHIPMENTS, Webhook, WebhookDelivery

pytestmark = pytest.mark.django_db
AT = "/en/account/webhooks/"
TYPED: dict[str, Any] = {"url": "https://shop.example.com/hook", "description": "Shop", "events": ["shipment.booked"]}


def hook_of(person: Person, **values: Any) -> Webhook:
    with person.scope():
        return made_webhook("https://hooks.example.com/", timezone.now(), by=person.user.pk, **values)


def fresh(person: Person, webhook: Webhook) -> Webhook:
    with person.scope():
        found = Webhook.objects.get(pk=webhook.pk)
        assert found.secret  # opened within the scope
        return found


def test_an_owner_makes_one_and_sees_its_secret_once(alice: Person) -> None:
    empty = alice.get(AT)
    empty.check()
    alice.get(f"{AT}add/").check()

    made = alice.client.post(f"{AT}add/", TYPED)
    with alice.scope():
        webhook = Webhook.objects.get()
        assert webhook.secret  # opened within the scope
    listed, single = alice.get(AT), alice.get(f"{AT}{webhook.pk}/")
    listed.check()
    single.check()

    assert "There are no webhooks" in empty.text
    assert webhook.secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert webhook.secret not in str(listed.soup) + str(single.soup)
    assert "Shop" in listed.text
    assert "https://shop.example.com/hook" in single.text
    assert "Nothing yet" in single.text
    assert [str(mail.subject) for mail in deliver()] == ["A webhook was made"]
    assert "Webhooks" in alice.get("/en/account/").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "https://127.0.0.1/"}, "Enter the web address of a public server."),
        ({"url": "http://shop.example.com/"}, "Enter a web address that begins with https://."),
        ({"events": []}, "Choose at least one"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(alice: Person, wrong: dict[str, Any], said: str) -> None:
    answer = alice.client.post(f"{AT}add/", {**TYPED, **wrong}).content.decode()

    assert said in answer
    assert 'value="Shop"' in answer
    with alice.scope():
        assert not Webhook.objects.exists()


def test_an_owner_changes_pauses_and_switches_on(alice: Person) -> None:
    webhook = hook_of(alice, state="off", reason="failing", failing_since=timezone.now(), failures=3)
    page = alice.get(f"{AT}{webhook.pk}/")
    alice.get(f"{AT}{webhook.pk}/change/").check()

    changed = {"url": "https://hooks.example.com/", "description": "Till", "events": OF_SHIPMENTS}
    alice.post(f"{AT}{webhook.pk}/change/", {**changed, "state": "active"})
    on = fresh(alice, webhook)
    alice.post(f"{AT}{webhook.pk}/change/", {**changed, "state": "paused"})

    assert "For three days nothing arrived." in page.text
    assert (on.state, on.reason, on.failing_since, on.failures, on.description) == ("active", "", None, 0, "Till")
    assert fresh(alice, webhook).state == "paused"
    assert deliver() == []  # the same address, the same secret
    assert alice.client.post(f"{AT}{webhook.pk}/test/", follow=True).content.decode().count("is not on") == 1


def test_an_owner_makes_a_new_secret_and_deletes(alice: Person) -> None:
    webhook = hook_of(alice)
    for page in ("secret/", "delete/"):
        alice.get(f"{AT}{webhook.pk}/{page}").check()

    made = alice.client.post(f"{AT}{webhook.pk}/secret/").content.decode()
    turned = fresh(alice, webhook)
    gone = alice.client.post(f"{AT}{webhook.pk}/delete/", follow=True).content.decode()

    assert turned.secret in made
    assert turned.old_secret == webhook.secret
    assert "The webhook is deleted." in gone
    assert [str(mail.subject) for mail in deliver()] == ["A webhook was changed", "A webhook was deleted"]
    with alice.scope():
        acts = AccessEntry.objects.filter(kind="webhook").order_by("at").values_list("action", flat=True)
        assert list(acts) == ["change", "delete"]


def test_what_it_was_told_is_listed_in_words_and_sent_again(alice: Person) -> None:
    now = timezone.now()
    with alice.scope():
        booked = make_booked()
    webhook = hook_of(alice, failing_since=now)
    with alice.scope():
        done = told(webhook, now, shipment=booked)
        waiting(webhook, now, attempts=2, failure="status", status_code=503)

    page = alice.get(f"{AT}{webhook.pk}/")
    page.check()
    with patch("security.tasks.Task.apply_async"):
        alice.post(f"{AT}{webhook.pk}/deliveries/{done.pk}/again/")
        alice.post(f"{AT}{webhook.pk}/test/")

    for words in (str(booked.item_number), "Arrived", "Waiting", "answered with an error. (503)", "Next attempt"):
        assert words in page.text
    with alice.scope():
        assert sorted(WebhookDelivery.objects.values_list("event", "state", "attempts")) == [
            ("shipment.booked", "waiting", 0), ("shipment.booked", "waiting", 2), ("webhook.test", "waiting", 0),
        ]  # fmt: skip


def test_strangers_and_colleagues_without_the_right_get_nothing(alice: Person, bob: Person, charlie: Person) -> None:
    webhook = hook_of(alice)
    manager = make_person("mia", account=alice.account, role="manager")

    for page in ("", "change/", "secret/", "delete/"):
        assert charlie.client.get(f"{AT}{webhook.pk}/{page}").status_code == 404
        assert bob.client.get(f"{AT}{webhook.pk}/{page}").status_code == 403
        assert manager.client.get(f"{AT}{webhook.pk}/{page}").status_code == 403
    again = f"{AT}{webhook.pk}/deliveries/{uuid4()}/again/"
    assert [one.client.post(again).status_code for one in (alice, charlie, bob)] == [404, 404, 403]
    assert "Webhooks" not in manager.get("/en/account/").text


def test_the_eleventh_is_refused_in_words(alice: Person) -> None:
    for _each in range(services.MOST):
        hook_of(alice)

    assert "as many webhooks as it may" in alice.get(AT).text
    assert "may have 10 webhooks" in alice.client.post(f"{AT}add/", TYPED).content.decode()
