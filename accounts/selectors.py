"""Shapes that pages want, made of several models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Member
from security import scope
from security.console.models import Case
from security.models import AccessEntry, Action
from security.pages import Page, page_of

PAGE = 50
CASE = "case:"  # how an entry begins to say that staff acted, and in which case
# What an entry of the access log is about, in words; whoever records a new kind adds its words here.
KINDS: dict[str, Promise] = {
    "account": _("account"),
    "address_book": _("address books"),
    "api_key": _("API keys"),
    "case": _("cases of our staff"),
    "contact": _("contacts"),
    "invitation": _("invitations"),
    "member": _("members"),
    "second_factor": _("second factor"),
    "personal_data": _("personal data"),
    "shipment": _("shipments"),
}


# Where the one object of an entry is shown, by the name of its address; it may be gone by now.
PAGES = {
    "address_book": "addressbook:contacts",
    "contact": "addressbook:contact",
    "shipment": "shipments:shipment",
}


@dataclass(frozen=True)
class LogLine:
    """One line of the access log with the name of who acted; "" for somebody who has left."""

    entry: AccessEntry
    who: str
    count: int

    @property
    def is_staff(self) -> bool:
        return by_staff(self.entry)

    @property
    def what(self) -> str | Promise:
        return KINDS.get(self.entry.kind, self.entry.kind)

    @property
    def address(self) -> str:
        """The page of what the entry is about, where that is one thing with a page that was not deleted just then."""
        page = PAGES.get(self.entry.kind)
        if page is None or self.count != 1 or self.entry.action == Action.DELETE:
            return ""
        try:
            return reverse(page, args=[self.entry.ids[0]])
        except NoReverseMatch:  # an app that is not installed
            return ""


def log_page(*, before: datetime | None) -> dict[str, Any]:
    """Return a page of the access log older than a moment, and where the next one begins."""
    entries = AccessEntry.objects.order_by("-at", "-pk")
    if before is not None and before.tzinfo is not None:
        entries = entries.filter(at__lt=before)
    found = list(entries[: PAGE + 1])
    names = _names()
    staff = _staff(found)
    lines = [LogLine(entry, _who(entry, names, staff), len(entry.ids)) for entry in found[:PAGE]]
    return {"lines": lines, "older": found[PAGE - 1].at.isoformat() if len(found) > PAGE else ""}


def log_entries(*, action: str, kind: str, cursor: str, size: int) -> tuple[Page[AccessEntry], dict[UUID | None, str]]:
    """Return a page of the access log, newest first, and who acted, by the entry's id. Raises BadCursor."""
    narrowed = {name: value for name, value in (("action", action), ("kind", kind)) if value}
    entries = AccessEntry.objects.filter(account_id=scope.current().account, **narrowed)
    page = page_of(entries, moment="at", cursor=cursor, size=size, narrowed=narrowed)
    names, staff = _names(), _staff(page.rows)
    return page, {entry.pk: _who(entry, names, staff) for entry in page.rows}


def _who(entry: AccessEntry, names: dict[UUID | None, str], staff: dict[str, str]) -> str:
    """Return who acted; of our staff no name, but the ticket that their case was opened for."""
    if by_staff(entry):
        return gettext("Our staff, ticket %(ticket)s") % {"ticket": staff.get(entry.on_behalf, "–")}
    return names.get(entry.key_id or entry.user_id, "")


def by_staff(entry: AccessEntry) -> bool:
    return entry.on_behalf.startswith(CASE)


def _staff(entries: Iterable[AccessEntry]) -> dict[str, str]:
    """Return the tickets of the cases in which entries were made; asks only where there are any."""
    named = {entry.on_behalf for entry in entries if by_staff(entry)}
    if not named:
        return {}
    cases = Case.objects.filter(pk__in=[name.removeprefix(CASE) for name in named])
    return {f"{CASE}{case.pk}": case.ticket for case in cases}


def _names() -> dict[UUID | None, str]:
    account_id = scope.current().account
    members = Member.objects.filter(account_id=account_id).select_related("user")
    names: dict[UUID | None, str] = {member.user_id: member.user.name or member.user.email for member in members}
    return names | {key.pk: key.name for key in ApiKey.objects.filter(account_id=account_id)}
