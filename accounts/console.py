"""What accounts bring into the staff console: finding an account, its state, and in a case the people in it.

Without a case staff see ids, roles, days and states. An e-mail finds the accounts of its holder only where it is typed
exactly, and the search is noted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from accounts import closing, lost_factors
from accounts.models import Account, Member, User
from accounts.roles import Role
from accounts.selectors import KINDS
from security import alarms, scope
from security.console import masks, registry
from security.console.registry import Entry, Fact, Group, Holder, Panel, Row, Section
from security.pages import Page, page_of
from security.permissions import Permission

SIZE = 25
MOST_MEMBERS = 100  # on the page of an account


def register() -> None:
    registry.add_addresses("", "accounts.console_urls")
    registry.add_entry(Entry(_("Find an account"), "staff:search", Permission.STAFF_ACCOUNTS, Group.ACCOUNTS, order=10))
    registry.add_entry(
        Entry(_("Lost factors"), "staff:lost-factors", Permission.STAFF_RECOVERY, Group.ACCOUNTS, order=20)
    )
    registry.add_panel(
        Panel(
            "lost-factors", Permission.STAFF_RECOVERY, "accounts/staff/panels/lost_factors.html", lost_factors.waiting
        )
    )
    registry.add_panel(
        Panel("deletions", Permission.STAFF_WATCH, "accounts/staff/panels/deletions.html", closing.waiting, order=60)
    )
    registry.add_entry(Entry(_("Staff"), "staff:people", Permission.STAFF_PEOPLE, Group.ACCOUNTS, order=40))
    registry.knows_staff(names=names_of_staff)
    registry.knows_kinds(KINDS)
    registry.knows_accounts(find=account_of, masked_name=masked_name)
    registry.add_section(Section("member", _("Members"), member_rows, one_member, order=10))


def account_of(account_id: UUID) -> Holder | None:
    """Return what may be said of an account to anybody on the staff; None for one that there is not."""
    with scope.identity():
        found = Account.objects.filter(pk=account_id).values("kind", "created_at", "closing_at").first()
        members = Member.objects.filter(account_id=account_id).count()
    if found is None:
        return None
    deletion = [Fact(_("Deletion"), _deletion(account_id, found["closing_at"]))] if found["closing_at"] else []
    return Holder(
        account_id,
        (
            Fact(_("Account id"), str(account_id)),
            Fact(_("Kind"), str(Account.Kind(found["kind"]).label)),
            Fact(_("Opened on"), _day(found["created_at"])),
            Fact(_("How many members"), str(members)),
            *deletion,
        ),
    )


def _deletion(account_id: UUID, due_at: datetime) -> str:
    if due_at > timezone.now():
        return __("On %(day)s, unless an owner takes it back") % {"day": _day(due_at)}
    if closing.is_held(account_id):
        return __("Waits, because an incident or a suspension holds the account")
    return __("Within the hour")


def accounts_of(asked: UUID | str) -> list[UUID]:
    """Return the account of an id, or those of whoever holds an e-mail, typed exactly.

    That somebody asked is noted, and what was found; not for whom.
    """
    with scope.identity():
        if isinstance(asked, UUID):
            found = list(Account.objects.filter(pk=asked).values_list("pk", flat=True))
        else:
            user = User.objects.holder_of(asked)
            found = list(Member.objects.filter(user=user).values_list("account_id", flat=True)) if user else []
    alarms.note(kind="staff.search", data={"accounts": [str(item) for item in found]})
    return found


def names_of_staff(ids: set[UUID]) -> dict[UUID, str]:
    """Return what members of the staff are called; a customer has no name here."""
    with scope.identity():
        found = User.objects.exclude(staff_role="").filter(pk__in=ids).values_list("pk", "name", "email")
        return {pk: name or email for pk, name, email in found}


def members_of(account_id: UUID) -> list[dict[str, Any]]:
    """Return the members of an account by id, role and day; nobody's name."""
    with scope.identity():
        members = Member.objects.filter(account_id=account_id).order_by("joined_at")
        found = list(members.values("user_id", "role", "joined_at")[:MOST_MEMBERS])
    return [{**member, "role": Role(member["role"]).label} for member in found]


def masked_name(account_id: UUID) -> str:
    """Return the first letters of an account's name. Runs in a case's scope."""
    return masks.words(Account.objects.get(pk=account_id).name)


def member_rows(cursor: str) -> Page[Row]:
    members = Member.objects.filter(account_id=scope.current().account).select_related("user")
    page = page_of(members, moment="joined_at", cursor=cursor, size=SIZE, narrowed={})
    rows = [_row(member, masks.words(member.user.name), masks.email(member.user.email)) for member in page.rows]
    return Page(rows, next=page.next, previous=page.previous)


def one_member(member_id: UUID) -> Row | None:
    found = Member.objects.filter(account_id=scope.current().account, pk=member_id).select_related("user").first()
    return _row(found, found.user.name, found.user.email) if found else None


def _row(member: Member, name: str, email: str) -> Row:
    return Row(
        member.pk,
        (
            Fact(_("Name"), name or __("Not given")),
            Fact(_("E-mail address"), email),
            Fact(_("Role"), member.get_role_display()),
            Fact(_("Member since"), _day(member.joined_at)),
        ),
    )


def _day(moment: object) -> str:
    return str(date_format(timezone.localtime(moment), "DATE_FORMAT"))  # type: ignore[arg-type]
