"""Which address asks again who one is: every closed one that can be sent to decides, and does as it decided.

SECURITY names export, bulk delete, e-mail, factors, members, keys and webhooks. A new address goes into `ASKS`, or into
`DOES_NOT` under its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from addressbook import services as books
from security import scope
from tests.accounts.factors import give_app, sign_in
from tests.conftest import Person
from tests.tracking.hooks import made_webhook, told
from tests.walls.corpus import Address, addresses

pytestmark = pytest.mark.django_db
ASKS = {
    # bulk delete
    "accounts:delete",
    "accounts:close-sign-in",
    "addressbook:delete-book",
    "addressbook:delete-selected",
    # e-mail
    "account_email",
    # factors
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "accounts:factor-rule",
    # members
    "accounts:invite",
    "accounts:remove",
    "accounts:role",
    # sessions
    "end_session",
    "usersessions_list",
    # export
    "addressbook:export-file",
    "addressbook:export-go-on",
    "addressbook:export-selected",
    "addressbook:exports",
    "notices:download",
    "accounts:copies",
    "accounts:copy-file",
    "accounts:copy-go-on",
    "accounts:own-data",
    # webhooks
    "tracking:add-webhook",
    "tracking:change-webhook",
    "tracking:delete-webhook",
    "tracking:rotate-webhook",
    # keys
    "accounts:add-key",
    "accounts:end-key",
    "accounts:add-integrator",
    "accounts:end-integrator",
    "accounts:end-integrator-link",
    "accounts:integrator",
    "accounts:integrator-key",
    "accounts:let-integrator",
}
DOES_NOT: dict[str, set[str]] = {
    "it asks for the password itself, or is where one shows a factor": {
        "account_change_password", "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
    },
    "it is opened by a link that was mailed to whoever is signed in, who showed who they are to ask for it": {
        "accounts:confirm-integrator",
    },
    "it only takes something away from whoever might be a thief": {
        "accounts:copy-remove", "accounts:dissolve-team", "accounts:keep", "accounts:leave",
        "accounts:take-out-of-team", "accounts:withdraw", "addressbook:export-remove",
        "addressbook:unshare", "addressbook:unshare-with-team",
    },
    "it changes what one is called, or where one works": {
        "accounts:open", "accounts:settings", "accounts:switch", "accounts:you", "stay_signed_in",
    },
    "it shows a page": {
        "accounts:access-log", "accounts:copy", "accounts:integrators", "accounts:keys",
        "accounts:overview", "accounts:team", "accounts:teams",
        "addressbook:address-fields", "addressbook:books",
        "addressbook:export", "addressbook:import", "addressbook:import-left-out",
        "addressbook:bin", "addressbook:compare", "addressbook:contact", "addressbook:contacts",
        "addressbook:duplicates", "addressbook:search", "addressbook:who", "labels:customs", "labels:label",
        "labels:receipt", "notices:notice", "notices:notices", "shipments:done", "shipments:list", "shipments:search",
        "shipments:shipment", "account_confirm_login_code", "labels:labels", "shipments:batch", "shipments:batches",
        "tracking:webhook", "tracking:webhooks",
    },
    "it is daily work with one thing, which can be undone or is in the access log": {
        "accounts:add-team", "accounts:put-into-team", "accounts:rename-team", "addressbook:share-with-team",
        "addressbook:add-book", "addressbook:add-contact", "addressbook:add-to-default", "addressbook:book-settings",
        "addressbook:forget-import-profile", "addressbook:import-carry-out", "addressbook:import-columns",
        "addressbook:import-give-up", "addressbook:import-go-on", "addressbook:import-undo", "addressbook:imports",
        "addressbook:copy-selected", "addressbook:move-selected", "addressbook:restore-selected",
        "addressbook:favourite", "addressbook:tag-selected", "addressbook:undo-selected",
        "addressbook:compare-selected", "addressbook:dismiss", "addressbook:look", "addressbook:part",
        "addressbook:delete-contact", "addressbook:edit-contact", "addressbook:restore-contact", "addressbook:share",
        "shipments:again", "shipments:cancel", "shipments:delete", "shipments:new", "shipments:review",
        "shipments:step", "shipments:ship-to", "shipments:batch-recipients", "shipments:batch-service",
        "shipments:batch-step", "shipments:batch-make", "shipments:batch-book",
        "shipments:batch-delete",
        "tracking:redeliver", "tracking:test-webhook",
    },
}  # fmt: skip
DECIDED = ASKS.union(*DOES_NOT.values())


def closed() -> dict[str, Address]:
    """The closed addresses of the pages, by name; of two with one name the first, which is the one that serves."""
    found: dict[str, Address] = {}
    for address in addresses():
        if not (address.is_api or address.is_soap) and address.is_closed("POST"):
            found.setdefault(address.name, address)
    return found


def test_every_address_has_decided() -> None:
    undecided = set(closed()) - DECIDED
    assert not undecided, f"put these into ASKS or DOES_NOT of tests/site/test_step_up.py: {sorted(undecided)}"
    assert not DECIDED - set(closed()), "gone"
    assert len(DECIDED) == len(ASKS) + sum(len(names) for names in DOES_NOT.values()), "decided twice"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def values(alice: Person, bob: Person) -> dict[str, Any]:
    with scope.identity():
        member = Member.objects.get(user=bob.user)
    with alice.scope():
        book = books.create_book(name="Few", now=timezone.now())
        webhook = made_webhook("https://hooks.example.com/", timezone.now(), by=alice.user.pk)
        delivery = told(webhook, timezone.now())
    return {
        "member_id": member.pk, "book_id": book.pk, "webhook_id": webhook.pk, "delivery_id": delivery.pk,
    }  # fmt: skip


def asks_again(client: Client, address: Address, values: dict[str, Any]) -> bool:
    """Tell whether an address, sent something, leads to where one shows again who one is."""
    client.raise_request_exception = False
    unknown = dict.fromkeys(address.parameters, "0b1e9a52-6d9f-4a0e-9c56-2f4f2a3c8d11")
    path = address.fill({**unknown, **values})
    answer = client.post(path, {"action_add": "", "email": "other@example.com"})
    if answer.status_code == 405:
        answer = client.get(path)
    return answer.status_code == 302 and "reauthenticate" in answer["Location"]


@pytest.fixture
def older(clock: time_machine.Traveller, alice: Person, values: dict[str, Any]) -> Client:
    """A browser in which Alice, who has an app and a passkey, signed in six minutes ago."""
    client = sign_in(alice, give_app(alice))
    with scope.identity():
        data = {"name": "A", "credential": {}}
        values["pk"] = Authenticator.objects.create(user=alice.user, type="webauthn", data=data).pk
    clock.shift(timedelta(minutes=6))
    return client


@pytest.mark.parametrize("name", sorted(ASKS))
def test_who_signed_in_a_while_ago_is_asked_again(
    older: Client, alice: Person, values: dict[str, Any], name: str
) -> None:
    if name == "mfa_activate_totp":  # there is none yet
        with scope.identity():
            Authenticator.objects.filter(type="totp").delete()

    assert asks_again(older, closed()[name], values)


@pytest.mark.parametrize("name", sorted(set().union(*DOES_NOT.values())))
def test_others_do_not_ask(older: Client, values: dict[str, Any], name: str) -> None:
    assert not asks_again(older, closed()[name], values)
