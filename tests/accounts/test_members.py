"""Members, invitations, roles and keys, by their pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import closing, recovery, selectors
from accounts.copies import tending as copies
from accounts.keys import create_api_key
from accounts.models import Account, ApiKey, Invitation, Member, User
from accounts.roles import Role
from addressbook import holders
from addressbook.exports import tending as exports
from addressbook.imports import tending
from security import alarms, scope, trail
from security.incidents import sending
from security.models import AccessEntry, Action
from shipments import retention
from shipments.together import tending as batches
from tests.conftest import Person, look_at, make_person
from tests.mailbox import deliver, link
from tests.pages import Page
from tracking import tasks as tracking
from tracking.webhooks import working

pytestmark = pytest.mark.django_db
GetPage = Callable[..., Page]
OWNER_PAGES = ["", "settings/", "invite/", "leave/", "keys/", "keys/add/", "access-log/"]


def member_of(person: Person) -> Member:
    with scope.identity():
        return Member.objects.get(user=person.user)


@pytest.mark.parametrize("path", OWNER_PAGES)
def test_an_owner_sees_every_page_of_the_account(alice: Person, get_page: GetPage, path: str) -> None:
    get_page(f"/en/account/{path}", alice)


@pytest.mark.parametrize("path", ["settings/", "invite/", "keys/", "keys/add/", "access-log/"])
def test_a_clerk_is_refused_where_the_role_does_not_reach(bob: Person, get_page: GetPage, path: str) -> None:
    get_page(f"/en/account/{path}", bob, status=403)


def test_somebody_signed_out_is_asked_to_sign_in(client: Client) -> None:
    response = client.get("/en/account/keys/")

    assert response.status_code == 302
    assert "next=/en/account/keys/" in response.headers["Location"]


@pytest.mark.parametrize("path", ["members/{id}/role/", "members/{id}/remove/", "invitations/{id}/withdraw/"])
def test_a_stranger_cannot_name_members_or_invitations(alice: Person, charlie: Person, path: str) -> None:
    address = f"/en/account/{path.format(id=member_of(alice).pk)}"

    assert charlie.client.post(address, {"role": "viewer"}).status_code == 404
    assert member_of(alice).role == Role.OWNER


def test_a_stranger_cannot_switch_to_a_foreign_account(alice: Person, charlie: Person) -> None:
    response = charlie.client.post(f"/en/account/switch/{alice.account.pk}/")

    assert response.status_code == 404


def test_an_invitation_is_mailed_and_accepted_once(alice: Person, charlie: Person) -> None:
    alice.client.post("/en/account/invite/", {"email": "charlie@example.com", "role": "clerk"})
    address = link(deliver()[-1])

    first, second = charlie.client.post(address), charlie.client.post(address)

    assert (first.status_code, second.status_code) == (302, 404)
    with scope.identity():
        assert Member.objects.get(user=charlie.user, account=alice.account).role == Role.CLERK


def test_joining_shows_whose_account_it_is_and_moves_nobodys_work(alice: Person, charlie: Person) -> None:
    """The mail says neither: a stranger is to send no words of theirs through us."""
    alice.client.post("/en/account/settings/", {"name": "Win a prize"})
    alice.client.post("/en/account/invite/", {"email": "charlie@example.com", "role": "clerk"})
    letter = next(one for one in deliver() if one.to == ["charlie@example.com"])

    page = charlie.get(link(letter))
    joined = charlie.client.post(link(letter), follow=True)
    offer = look_at(joined)

    page.check()
    assert {"Win a prize", "alice@example.com"} <= {tag.get_text(strip=True) for tag in page.all("dd")}
    assert not {"Win", "alice"} & set(re.findall(r"\w+", str(letter.body)))
    assert "You are now a member of “Win a prize”." in offer.text
    assert "You are still working in “Charlie Trading”." in offer.one(".govuk-inset-text").get_text()
    assert charlie.client.get("/api/v1/me/").json()["account"]["name"] == "Charlie Trading"
    with scope.identity():
        assert User.objects.get(pk=charlie.user.pk).active_account_id == charlie.account.pk
    switch = offer.one(".govuk-inset-text form")["action"]
    assert charlie.client.post(str(switch)).status_code == 302
    assert charlie.client.get("/api/v1/me/").json()["account"]["name"] == "Win a prize"


def test_nobody_is_offered_an_account_that_is_not_theirs(alice: Person, charlie: Person) -> None:
    page = charlie.get(f"/en/account/you/?joined={alice.account.pk}")

    assert page.all(".govuk-inset-text form") == []


def test_inviting_again_replaces_the_older_link(alice: Person, charlie: Person) -> None:
    for _time in range(2):
        alice.client.post("/en/account/invite/", {"email": "charlie@example.com", "role": "clerk"})
        deliver()
    older, newer = (link(letter) for letter in mail.outbox if letter.to == ["charlie@example.com"])

    assert charlie.client.post(older).status_code == 404
    assert charlie.client.post(newer).status_code == 302


def test_a_withdrawn_invitation_is_not_mailed(alice: Person) -> None:
    alice.client.post("/en/account/invite/", {"email": "eve@example.com", "role": "clerk"})
    with scope.identity():
        invitation = Invitation.objects.get()
    alice.client.post(f"/en/account/invitations/{invitation.pk}/withdraw/")

    assert [letter for letter in deliver() if "eve@example.com" in letter.to] == []


def test_an_invitation_for_somebody_else_is_as_good_as_none(alice: Person, charlie: Person) -> None:
    alice.client.post("/en/account/invite/", {"email": "eve@example.com", "role": "clerk"})

    refused = charlie.client.post(link(deliver()[-1]))
    unknown = charlie.client.post("/en/account/join/nonsense/")

    assert refused.status_code == unknown.status_code == 404
    with scope.identity():
        assert not Member.objects.filter(user=charlie.user, account=alice.account).exists()


def test_the_last_owner_cannot_leave_or_step_down(alice: Person, bob: Person) -> None:
    member = member_of(alice)

    alice.client.post("/en/account/leave/")
    alice.client.post(f"/en/account/members/{member.pk}/remove/")
    page = alice.client.post(f"/en/account/members/{member.pk}/role/", {"role": "clerk"})

    assert "keeps at least one owner" in page.content.decode()
    assert member_of(alice).role == Role.OWNER


def test_a_clerk_leaves_and_loses_access_at_once(alice: Person, bob: Person) -> None:
    assert bob.client.post("/en/account/leave/").status_code == 302

    assert bob.client.get("/en/account/").status_code == 403


def test_a_manager_makes_no_owners(alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[Exception] = []
    monkeypatch.setattr(alarms, "note_refusal", noted.append)
    manager = make_person("mona", account=alice.account, role=Role.MANAGER)

    invited = look_at(manager.client.post("/en/account/invite/", {"email": "x@example.com", "role": "owner"}))
    raised = look_at(manager.client.post(f"/en/account/members/{member_of(bob).pk}/role/", {"role": "owner"}))

    assert invited.one("[name=email]")["value"] == "x@example.com"
    for page in (invited, raised):
        assert "only an owner makes owners" in page.text
        assert [tag["value"] for tag in page.all("[name=role] option")] == ["manager", "clerk", "viewer"]
    with scope.identity():
        assert not Invitation.objects.exists()
    assert member_of(bob).role == Role.CLERK
    assert len(noted) == 2


def test_what_befalls_owners_only_owners_decide(alice: Person, bob: Person) -> None:
    manager, owner = make_person("mona", account=alice.account, role=Role.MANAGER), member_of(alice)
    acts = [f"/en/account/members/{owner.pk}/{act}/" for act in ("role", "remove")]

    offered = {tag["href"] for tag in manager.get("/en/account/").all("main a")}
    answers = [manager.client.post(address, {"role": "viewer"}, follow=True) for address in acts]

    assert not set(acts) & offered
    assert f"/en/account/members/{member_of(bob).pk}/role/" in offered
    assert all("Only an owner can change or remove an owner." in look_at(answer).text for answer in answers)
    assert member_of(alice).role == Role.OWNER
    assert set(acts) <= {tag["href"] for tag in alice.get("/en/account/").all("main a")}


def test_a_key_is_shown_once_and_works_until_it_is_ended(alice: Person, charlie: Person) -> None:
    page = alice.client.post(
        "/en/account/keys/add/",
        {"name": "Shop", "scopes": ["contacts:read"], "lifetime_days": "30", "allowed_addresses": ""},
    )
    found = re.search(r"ecs_[\w-]+", page.content.decode())
    assert found
    shop = Client(headers={"authorization": f"Bearer {found[0]}"})
    with scope.identity():
        key = ApiKey.objects.get()

    assert shop.get("/api/v1/me/").json()["scopes"] == ["contacts:read"]
    assert found[0] not in alice.client.get("/en/account/keys/").content.decode()
    assert charlie.client.post(f"/en/account/keys/{key.pk}/end/").status_code == 404
    assert alice.client.post(f"/en/account/keys/{key.pk}/end/").status_code == 302
    assert shop.get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("allowed", ["10.0.0.0/8", "192.0.2.1"])
def test_a_key_works_from_its_addresses_only(alice: Person, allowed: str) -> None:
    page = alice.client.post(
        "/en/account/keys/add/",
        {"name": "Shop", "scopes": ["contacts:read"], "lifetime_days": "0", "allowed_addresses": allowed},
    )
    found = re.search(r"ecs_[\w-]+", page.content.decode())
    assert found

    response = Client(headers={"authorization": f"Bearer {found[0]}"}).get("/api/v1/me/")

    assert response.status_code == 401


def test_the_access_log_names_who_did_what(alice: Person) -> None:
    page = alice.get("/en/account/access-log/")

    assert "Alice" in page.text
    assert "Added" in page.text


def test_the_access_log_names_the_sites_own_jobs_and_who_has_left(alice: Person) -> None:
    jobs = [
        batches.ACTOR,
        closing.ACTOR,
        working.ACTOR,
        copies.ACTOR,
        exports.ACTOR,
        tending.ACTOR,
        holders.ACTOR,
        recovery.ACTOR,
        retention.ACTOR,
        tracking.ACTOR,
        sending.ACTOR,
    ]
    for actor in [*jobs, "system:another"]:
        with scope.account(account_id=alice.account.pk, actor=actor):
            trail.record(action=Action.CHANGE, kind="shipment", ids=[uuid4()])
    with scope.account(account_id=alice.account.pk, user_id=uuid4()):
        trail.record(action=Action.READ, kind="contact", ids=[uuid4()])

    who = [row.get_text(" ", strip=True) for row in alice.get("/en/account/access-log/").all("tbody td:nth-of-type(1)")]
    told = alice.client.get("/api/v1/access-log/").json()["results"]

    assert set(jobs) == set(selectors.JOBS)
    assert [text.removeprefix("Who ") for text in who[:5]] == [
        "Somebody who has left",
        "The site itself",
        "Notices about what was read, by the site",
        "The post's tracking events",
        "Retention, by the site",
    ]
    assert [(entry["actor"]["kind"], entry["actor"]["name"]) for entry in told[:4:3]] == [
        ("user", ""),
        ("system", "The post's tracking events"),
    ]


def test_the_access_log_goes_on_within_one_moment(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries of one moment fall on both sides of a page's end; a link that was cut off shows the first page."""
    monkeypatch.setattr(selectors, "PAGE", 2)
    with time_machine.travel(timezone.now(), tick=False), alice.scope():
        for _time in range(4):
            trail.record(action=Action.READ, kind="shipment", ids=[uuid4()])
    address, seen = "/en/account/access-log/", []
    first = page = alice.get(address)

    for _time in range(2):
        seen += [str(tag["href"]) for tag in page.all("td a")]
        page = alice.get(f"{address}{page.one('a[rel=next]')['href']}")

    assert len(set(seen)) == 4
    assert page.one("a[rel=prev]").get_text() == "Newer entries"
    assert alice.get(f"{address}?cursor=x").text == first.text


def test_get_changes_nothing(alice: Person, bob: Person) -> None:
    for path in ("leave/", f"members/{member_of(bob).pk}/remove/"):
        alice.client.get(f"/en/account/{path}")
    assert alice.client.get(f"/en/account/switch/{alice.account.pk}/").status_code == 405

    with scope.identity():
        assert Member.objects.count() == 2
        assert User.objects.count() == 2


@pytest.fixture
def mona(alice: Person) -> Person:
    """A manager of Alice's, who has invited Charlie."""
    manager = make_person("mona", account=alice.account, role=Role.MANAGER)
    manager.client.post("/en/account/invite/", {"email": "charlie@example.com", "role": "manager"})
    return manager


def joins(charlie: Person, account: Account) -> bool:
    [letter] = [letter for letter in deliver() if letter.to == ["charlie@example.com"]]
    charlie.client.post(link(letter))
    with scope.identity():
        return Member.objects.filter(user=charlie.user, account=account).exists()


def test_an_open_invitation_dies_with_its_inviters_membership(alice: Person, charlie: Person, mona: Person) -> None:
    deliver()
    alice.client.post(f"/en/account/members/{member_of(mona).pk}/remove/")

    assert not joins(charlie, alice.account)


def test_an_open_invitation_dies_when_its_inviter_leaves(alice: Person, charlie: Person, mona: Person) -> None:
    deliver()
    mona.client.post("/en/account/leave/")

    assert not joins(charlie, alice.account)


@pytest.mark.parametrize(("role", "stands"), [("clerk", False), ("owner", True)])
def test_an_open_invitation_dies_when_its_inviter_steps_down(
    alice: Person, charlie: Person, mona: Person, role: str, stands: bool
) -> None:
    deliver()
    alice.client.post(f"/en/account/members/{member_of(mona).pk}/role/", {"role": role})

    assert joins(charlie, alice.account) is stands


def test_withdrawing_an_invitation_stands_in_the_access_log(alice: Person, mona: Person) -> None:
    with scope.identity():
        invitation = Invitation.objects.get()

    alice.client.post(f"/en/account/invitations/{invitation.pk}/withdraw/")

    with alice.scope():
        line = AccessEntry.objects.get(kind="invitation", action=Action.DELETE)
    assert (line.ids, line.user_id) == ([str(invitation.pk)], alice.user.pk)


def test_scopes_of_keys_stand_in_words(alice: Person) -> None:
    with alice.scope():
        create_api_key(account=alice.account, by=alice.user, name="Shop", scopes=["contacts:read", "shipments:read"])

    page = alice.get("/en/account/keys/")
    page.check()

    assert "Read address books" in page.text
    assert "contacts:read" not in page.text


def test_the_access_log_leads_to_what_was_looked_at(alice: Person) -> None:
    shipment = uuid4()
    with alice.scope():
        trail.record(action=Action.READ, kind="shipment", ids=[shipment])
        trail.record(action=Action.DELETE, kind="contact", ids=[uuid4()])
        trail.record(action=Action.LIST, kind="contact", ids=[uuid4(), uuid4()])

    page = alice.get("/en/account/access-log/")
    page.check()

    assert [tag["href"] for tag in page.all("td a")] == [f"/en/shipments/{shipment}/"]
