"""Integrators and their links: made, confirmed by mail, found by the one question, ended by either side at once."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import closing_rights, leftovers, rewrapping, services
from accounts.integrators import finding
from accounts.integrators import services as integrators
from accounts.integrators.models import Integrator, IntegratorLink, unwrapped
from accounts.models import Account, Member
from accounts.roles import Role
from security import kek, live, scope
from security.permissions import Permission as P
from security.refusals import Suspended
from security.warrants import Warrant
from tests.accounts.integrated import Integrated, integrated, integrator_of, link_to
from tests.conftest import Person, make_person
from tests.mailbox import deliver, link

pytestmark = pytest.mark.django_db
LIST = "/en/account/integrators/"


@pytest.fixture
def linked(alice: Person, charlie: Person) -> Integrated:
    """Charlie's integrator, which may act for Alice."""
    return integrated(charlie, alice)


def find(shown: finding.Shown) -> finding.Found | None:
    return finding.find(shown, now=timezone.now())


def found(linked: Integrated, key: str = "") -> bool:
    return find(linked.shown(key=key)) is not None


def test_the_scope_is_the_links_account_and_what_the_role_leaves(alice: Person, linked: Integrated) -> None:
    who = find(linked.shown())

    assert who is not None
    assert (who.account, who.user_id, who.integrator_id) == (alice.account, alice.user.pk, linked.integrator.pk)
    assert who.account.name == alice.account.name
    assert who.rights == finding.RIGHTS_OF_INTEGRATORS
    _be(alice, Role.VIEWER)
    who = find(linked.shown())
    assert who is not None
    assert who.rights == {P.SHIPMENT_VIEW}


def _be(person: Person, role: str) -> None:
    with scope.identity():
        Member.objects.filter(user=person.user).update(role=role)


def test_the_header_is_taken_as_clients_send_it(linked: Integrated) -> None:
    for nonce in (b"7", b"\x00\xff\x01\x02\x03", b""):
        assert find(linked.shown(nonce=nonce)) is not None
    for _call in range(4):  # one header for several calls
        assert find(linked.shown(created="2026-11-25T07:14:15Z")) is not None
    assert find(linked.shown(integrator=" Shop-Tools ", username="ALICE@example.com")) is not None


WRONG: dict[str, dict[str, str]] = {
    "another key": {"key": "x" * 43},
    "a digest of nothing": {"digest": ""},
    "a digest that is no text of ours": {"digest": "Ünterschrift"},
    "another moment": {"created": "2026-11-26T03:14:16Z", "digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    "a nonce that is no base64": {"nonce": "***"},
    "an unknown integrator": {"integrator": "nobodys-tools"},
    "an unknown person": {"username": "unknown@example.com"},
    "a person without a link": {"username": "charlie@example.com"},
    "a character that no name has": {"username": "alice@example.com\x00"[:-1] + "\x00x"},
}


@pytest.mark.parametrize("other", WRONG.values(), ids=list(WRONG))
def test_what_does_not_fit_is_nobody_after_the_same_work(
    linked: Integrated, other: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    def opening(wrapped: bytes, *, bound_to: bytes) -> str:
        opened.append(bound_to)
        return unwrapped(wrapped, bound_to=bound_to)

    monkeypatch.setattr(finding, "unwrapped", opening)
    find(linked.shown())
    opened.clear()

    with CaptureQueriesContext(connection) as asked:
        key = other.get("key", linked.key)
        sent = {name: value for name, value in other.items() if name != "key"}
        assert find(replace(linked.shown(key=key), **sent)) is None

    assert (len(asked), len(opened)) == (1, 1)


def _ask_factor(person: Person) -> None:
    with person.scope(), scope.warrant(Warrant.ACCOUNT):
        Account.objects.filter(pk=person.account.pk).update(factor_required_from=datetime(2020, 1, 1, tzinfo=UTC))


def _unverify(person: Person) -> None:
    with scope.identity():
        EmailAddress.objects.filter(user=person.user).update(verified=False)


def _deactivate(person: Person) -> None:
    with scope.identity():
        type(person.user).objects.filter(pk=person.user.pk).update(is_active=False)


def _leave(person: Person) -> None:
    with scope.identity():
        Member.objects.filter(user=person.user).delete()


@pytest.mark.parametrize("whose", ["alice", "charlie"])
@pytest.mark.parametrize("spoil", [_ask_factor, _deactivate, _leave], ids=lambda spoil: spoil.__name__)
def test_a_link_that_may_not_be_used_is_none(
    linked: Integrated, request: pytest.FixtureRequest, spoil: Callable[[Person], None], whose: str
) -> None:
    assert found(linked)
    spoil(request.getfixturevalue(whose))
    assert not found(linked)


def test_only_a_verified_address_and_an_owners_key_count(alice: Person, charlie: Person, linked: Integrated) -> None:
    _be(charlie, Role.CLERK)
    assert not found(linked)
    _be(charlie, Role.OWNER)
    assert found(linked)
    _unverify(alice)
    assert not found(linked)


@pytest.mark.parametrize("whose", ["person", "integrator", "maker", "business"])
def test_a_suspension_of_either_side_is_told_to_whoever_has_the_key_alone(
    alice: Person, charlie: Person, linked: Integrated, whose: str
) -> None:
    ids = {
        "person": alice.user.pk, "integrator": linked.integrator.pk, "maker": charlie.user.pk,
        "business": charlie.account.pk,
    }  # fmt: skip
    live.suspend(ids[whose])

    with pytest.raises(Suspended):
        find(linked.shown())
    assert not found(linked, key="wrong")
    assert find(linked.shown(username="unknown@example.com")) is None


def test_an_account_that_is_being_deleted_is_read_only(alice: Person, linked: Integrated) -> None:
    with scope.identity():
        Account.objects.filter(pk=alice.account.pk).update(closing_at=timezone.now())
    who = find(linked.shown())
    assert who is not None
    assert who.rights == finding.RIGHTS_OF_INTEGRATORS & closing_rights.STAYS


def test_freshness_and_replays_are_settings(alice: Person, charlie: Person) -> None:
    linked = integrated(charlie, alice, fresh_minutes=5, refuses_replays=True)
    now = timezone.now()

    assert find(linked.shown(created=(now - timedelta(minutes=6)).isoformat())) is None
    assert find(linked.shown(created="26 Nov 2026, 3 pm")) is None
    fresh = linked.shown(created=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert find(fresh) is not None
    assert find(fresh) is None
    assert find(linked.shown(nonce=b"2", created=fresh.created)) is not None
    row = finding._look(fresh)
    assert row is not None
    borrowed = b64encode(b"1" + fresh.created[:1].encode()).decode()
    for nonce, created in (("MR==", fresh.created), (borrowed, fresh.created[1:])):
        assert not finding._is_first(replace(fresh, nonce=nonce, created=created), row), "the same bytes, put otherwise"


def test_nobody_finds_it_but_in_the_identity_context(alice: Person, linked: Integrated) -> None:
    with alice.scope(), connection.cursor() as cursor:
        for forged in ("", "account|x|y"):
            cursor.execute("SELECT 1 FROM walls.find_link(%s, 'shop-tools', 'alice@example.com')", [forged])
            assert cursor.fetchall() == []
        assert not Integrator.objects.exists()  # the business's, whose account this is not
        assert IntegratorLink.objects.get().pk == linked.link_id


# Pages ---------------------------------------------------------------------------------------------------------


def test_a_link_is_asked_for_on_a_page_and_confirmed_by_mail(alice: Person, charlie: Person) -> None:
    integrator, _key = integrator_of(charlie)
    deliver()

    assert alice.client.post(f"{LIST}let/", {"name": "Shop-Tools"}).status_code == 302
    assert b"Waits for the mailed link" in alice.client.get(LIST).content
    letter = deliver()[-1]
    page = alice.client.get(link(letter))
    assert b"shop-tools" in page.content
    assert b"Charlie Trading" in page.content
    assert charlie.client.get(link(letter)).status_code == 404  # another person's
    assert charlie.client.post(link(letter)).status_code == 404
    assert alice.client.post(link(letter)).status_code == 302
    assert alice.client.post(link(letter)).status_code == 404  # once
    assert {mail.subject for mail in deliver()} >= {"An integrator may act for somebody"}
    assert b"Charlie Trading" in alice.client.get(LIST).content
    assert b"alice@example.com" in charlie.client.get(f"{LIST}{integrator.pk}/").content
    again = alice.client.post(f"{LIST}let/", {"name": "shop-tools"})
    assert b"may act for you already" in again.content


def test_only_the_mail_says_whether_there_is_such_an_integrator(alice: Person, charlie: Person) -> None:
    integrator_of(charlie)
    answers = [alice.client.post(f"{LIST}let/", {"name": name}) for name in ("nobodys-tools", "shop-tools")]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, LIST)}
    subjects = [mail.subject for mail in deliver() if mail.to == ["alice@example.com"]]
    assert subjects == ["There is no such integrator", "Confirm that an integrator may act for you"]


def test_a_wish_is_worth_nothing_after_a_day_or_a_newer_one(alice: Person, charlie: Person) -> None:
    integrator_of(charlie)
    alice.client.post(f"{LIST}let/", {"name": "shop-tools"})
    first = link(deliver()[-1])
    alice.client.post(f"{LIST}let/", {"name": "shop-tools"})
    assert alice.client.post(first).status_code == 404
    second = link(deliver()[-1])
    token, later = second.rstrip("/").rsplit("/", 1)[1], timezone.now() + timedelta(hours=25)
    with time_machine.travel(later, tick=False), scope.identity(), pytest.raises(integrators.LinkInvalid):
        integrators.find_wish(token=token, user=alice.user, now=later)
    assert leftovers.end(now=later).wishes == 1


@pytest.mark.parametrize("who", ["alice", "charlie"])
def test_either_side_ends_a_link_at_once(
    linked: Integrated, request: pytest.FixtureRequest, alice: Person, who: str
) -> None:
    person: Person = request.getfixturevalue(who)
    at = f"{LIST}links/{linked.link_id}/end/"
    stranger = make_person("mallory")
    assert (stranger.client.get(at).status_code, stranger.client.post(at).status_code) == (404, 404)
    assert found(linked)
    assert person.client.get(at).status_code == 200
    assert person.client.post(at).status_code == 302
    assert not found(linked)
    told = [mail for mail in deliver() if mail.subject == "An integrator may not act any more"]
    assert [mail.to for mail in told] == [["alice@example.com"]]


def _shown_key(person: Person, page: str, typed: dict[str, str]) -> str:
    found = re.search(
        r'id="new-key" readonly value="([^"]+)"', person.client.post(f"{LIST}{page}", typed).content.decode()
    )
    assert found is not None
    return found[1]


def test_a_key_is_shown_once_and_a_new_one_ends_it(alice: Person, charlie: Person) -> None:
    typed = {"name": "my.shop", "fresh_minutes": "0"}
    key = _shown_key(charlie, "add/", typed)
    with scope.identity():
        integrator = Integrator.objects.get()
    assert integrator.key == key
    assert key not in charlie.client.get(f"{LIST}{integrator.pk}/").content.decode()
    linked = Integrated(integrator, key, link_to(alice, integrator), alice.user.email)
    assert found(linked)
    second = _shown_key(charlie, f"{integrator.pk}/key/", {})
    assert not found(linked)
    assert found(linked, key=second)
    charlie.client.post(f"{LIST}{integrator.pk}/", {"fresh_minutes": "5", "refuses_replays": "on"})
    assert not found(linked, key=second)  # its header is from long ago
    assert b"called so" in alice.client.post(f"{LIST}add/", typed).content
    assert charlie.client.post(f"{LIST}{integrator.pk}/end/").status_code == 302
    with scope.identity():
        assert not IntegratorLink.objects.exists()


def test_personal_accounts_have_none_and_colleagues_may_not(alice: Person, bob: Person) -> None:
    assert bob.client.get(LIST).status_code == 403
    with alice.scope(), scope.warrant(Warrant.ACCOUNT):
        Account.objects.filter(pk=alice.account.pk).update(kind=Account.Kind.PERSONAL)
    answer = alice.client.post(f"{LIST}add/", {"name": "my.shop", "fresh_minutes": "0"})
    assert b"Only a business account" in answer.content
    assert b"Your own integrators" not in alice.client.get(LIST).content


def test_a_business_that_is_deleted_takes_its_links_along(linked: Integrated, charlie: Person) -> None:
    with charlie.scope():
        services.delete_account(Account.objects.get(pk=charlie.account.pk))
    with scope.identity():
        assert not IntegratorLink.objects.exists()
        assert not Integrator.objects.exists()


def test_keys_are_wrapped_anew_with_the_rest(linked: Integrated) -> None:
    held = bytes(linked.integrator.wrapped_key)
    newest = b64encode(b"n" * 32).decode()
    with override_settings(ECSHIP_OLD_KEKS=[kek.encoded()], ECSHIP_KEK=newest):
        assert rewrapping.everything(lambda *_told: None)["integrators"] == 1
        assert found(linked)
        with scope.identity():
            assert bytes(Integrator.objects.get().wrapped_key) != held


def test_whoever_leaves_takes_their_link_along_and_their_integrators_rest(alice: Person, linked: Integrated) -> None:
    olga = make_person("olga", account=alice.account, role=Role.OWNER)
    of_olga = Integrated(linked.integrator, linked.key, link_to(olga, linked.integrator), olga.user.email)
    made, _key = integrator_of(olga, "olgas-tools")
    with scope.identity():
        page = f"/en/account/members/{Member.objects.get(user=olga.user).pk}/remove/"

    said = alice.client.get(page).content.decode()
    assert "1 integrator may not act for them here any more." in said
    assert "The key of 1 integrator rests" in said
    assert alice.client.post(page).status_code == 302

    assert not found(of_olga)
    assert found(linked)
    rests = alice.client.get(LIST).content.decode()
    assert "Rests: make a new key" in rests
    assert made.name in rests
