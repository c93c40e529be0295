"""What accounts bring into a copy: the account, its people and keys, who did what, and the notices it was sent."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.copies.sections import PAGE, Found, Row, Section, add, cell, page_of
from accounts.integrators.models import Integrator, IntegratorLink
from accounts.models import Account, ApiKey, Invitation, Member
from accounts.teams.models import Team
from security import scope
from security.incidents.models import Notice
from security.models import AccessEntry

MOST_ENTRIES = 100_000  # of the access log, the newest
LOG = ("at", "who", "action", "kind", "ids", "fields", "via", "decision", "address")


def register() -> None:
    add(Section("account", _("the account and its settings"), _account, "account"))
    add(Section("members", _("who is in it, with which role"), _members, "member", lambda: MEMBER))
    add(Section("teams", _("its teams, and who is in them"), _teams, "team"))
    add(Section("invitations", _("invitations that are open"), _invitations, "invitation"))
    add(Section("api_keys", _("API keys: their names and scopes, never the keys"), _keys, "api_key"))
    add(Section("integrators", _("integrators: their names and settings, never the keys"), _integrators, "integrator"))
    add(Section("integrator_links", _("which integrators may act in the account"), _links, "integrator_link"))
    add(Section("notices", _("what you were told after an incident"), _notices))
    add(
        Section(
            "access_log",
            _("who opened or changed what, by numbers, the newest first, 100,000 entries at most"),
            _log,
            head=lambda: LOG,
        )
    )


MEMBER = ("user", "name", "email", "role", "joined_at")


def _account(place: str) -> Found:
    account = Account.objects.get(pk=scope.current().account)
    row: Row = {
        "id": account.pk,
        "name": account.name,
        "kind": account.kind,
        "asks_for_fax": account.fax_enabled,
        "second_factor_required_from": account.factor_required_from,
        "created_at": account.created_at,
    }
    return Found([row], ids=[account.pk])


def _members(place: str) -> Found:
    rows = Member.objects.filter(account_id=scope.current().account).select_related("user")

    def plain(member: Member) -> Row:
        person = {"user": member.user_id, "name": member.user.name, "email": member.user.email}
        return {"id": member.pk, **person, "role": member.role, "joined_at": member.joined_at}

    return page_of(rows, place, plain, columns=MEMBER)


def _teams(place: str) -> Found:
    def plain(team: Team) -> Row:
        inside = [{"user": one.user_id, "joined_at": one.joined_at} for one in team.members.all()]
        return {"id": team.pk, "name": team.name, "members": inside, "created_at": team.created_at}

    return page_of(Team.objects.prefetch_related("members"), place, plain)


def _invitations(place: str) -> Found:
    rows = Invitation.objects.filter(account_id=scope.current().account)

    def plain(one: Invitation) -> Row:
        times = {"created_at": one.created_at, "expires_at": one.expires_at}
        return {"id": one.pk, "email": one.email, "role": one.role, "invited_by": one.invited_by_id, **times}

    return page_of(rows, place, plain)


def _keys(place: str) -> Found:
    rows = ApiKey.objects.filter(account_id=scope.current().account)

    def plain(key: ApiKey) -> Row:
        return {
            "id": key.pk,
            "name": key.name,
            "begins_with": key.prefix,
            "scopes": key.scopes,
            "addresses": key.allowed_addresses,
            "made_by": key.created_by_id,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "last_used_at": key.last_used_at,
        }

    return page_of(rows, place, plain)


def _integrators(place: str) -> Found:
    def plain(one: Integrator) -> Row:
        strict = {"headers_are_fresh_for_minutes": one.fresh_minutes, "refuses_replays": one.refuses_replays}
        times = {"created_at": one.created_at, "key_made_at": one.key_made_at, "last_used_at": one.last_used_at}
        return {"id": one.pk, "name": one.name, "key_made_by": one.made_by_id, **strict, **times}

    return page_of(Integrator.objects.filter(account_id=scope.current().account), place, plain)


def _links(place: str) -> Found:
    def plain(one: IntegratorLink) -> Row:
        times = {"asked_at": one.asked_at, "confirmed_at": one.confirmed_at}
        return {"id": one.pk, "integrator": one.integrator_id, "name": one.name, "user": one.user_id, **times}

    return page_of(IntegratorLink.objects.filter(account_id=scope.current().account), place, plain)


def _notices(place: str) -> Found:
    return page_of(Notice.objects.all(), place, lambda one: {"id": one.pk, "at": one.at, "what_was_read": one.findings})


def _log(place: str) -> Found:
    """Go from the newest entry to older ones; the place is how many were seen, and where the list goes on."""
    seen, _bar, cursor = place.partition("|")
    page, names = selectors.log_entries(action="", kind="", cursor=cursor, size=PAGE)
    rows = [_entry(entry, names[entry.pk]) for entry in page.rows]
    count = int(seen or 0) + len(rows)
    next_place = f"{count}|{page.next}" if page.next and count < MOST_ENTRIES else ""
    return Found(rows, next_place, cells=[[cell(row[name]) for name in LOG] for row in rows])


def _entry(entry: AccessEntry, who: str) -> Row:
    is_staff = selectors.by_staff(entry)  # of whom no more is said than on the account's own page
    person = {"who": who, "user": None if is_staff else entry.user_id, "key": None if is_staff else entry.key_id}
    act = {"action": entry.action, "kind": entry.kind, "ids": entry.ids, "fields": entry.fields}
    way = {"via": entry.via, "decision": entry.decision, "address": None if is_staff else entry.source}
    return {"at": entry.at, **person, **act, **way}
