"""Shapes that pages want, made of several models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Value
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.integrators import services as integrators
from accounts.models import ApiKey, Member
from security import scope
from security.console.models import Case
from security.models import AccessEntry, Action, Decision
from security.pages import Page, page_of

PAGE = 50
SYSTEM = "system"  # how an actor begins that is the site itself, doing one of its own jobs
CASE = "case:"  # how an entry begins to say that staff acted, and in which case
# What an entry of the access log is about, in words; whoever records a new kind adds its words here.
KINDS: dict[str, Promise] = {
    "account": _("account"),
    "account_copy": _("copies of the account"),
    "account_deletion": _("deletion of the account"),
    "address_book": _("address books"),
    "contact_export": _("exports of contacts"),
    "contact_import": _("imports of contacts"),
    "contact_merge": _("merges of contacts"),
    "possible_duplicate": _("possible duplicates"),
    "import_profile": _("remembered columns"),
    "api_key": _("API keys"),
    "batch": _("what was shipped together"),
    "case": _("cases of our staff"),
    "contact": _("contacts"),
    "integrator": _("integrators"),
    "integrator_link": _("links of integrators"),
    "invitation": _("invitations"),
    "member": _("members"),
    "team": _("teams"),
    "second_factor": _("second factor"),
    "personal_data": _("personal data"),
    "shipment": _("shipments"),
    "webhook": _("webhooks"),
}


# Which of its own jobs the site did, by the name of the actor; whoever adds such a job adds its words here.
JOBS: dict[str, Promise] = {
    "system:batch": _("Looking after what was shipped together, by the site"),
    "system:closing": _("Deleting the account, as asked, by the site"),
    "system:copy": _("Removing copies of the account, by the site"),
    "system:expire": _("Retention, by the site"),
    "system:export": _("Removing files of exported contacts, by the site"),
    "system:find_person": _("The site’s staff, for a person who asked which address books they are in"),
    "system:import": _("Removing what came out of imported files, by the site"),
    "system:notices": _("Notices about what was read, by the site"),
    "system:recovery": _("The site’s staff, for a lost second factor"),
    "system:tracking": _("The post's tracking events"),
    "system:webhooks": _("Sending to webhooks, by the site"),
}

# Where the one object of an entry is shown, by the name of its address; it may be gone by now.
PAGES = {
    "batch": "shipments:batch",
    "address_book": "addressbook:contacts",
    "contact": "addressbook:contact",
    "contact_import": "addressbook:import",
    "shipment": "shipments:shipment",
    "team": "accounts:team",
}


@dataclass(frozen=True)
class LogLine:
    """One line of the access log with the name of who acted; "" for somebody who has left."""

    entry: AccessEntry
    who: str

    @property
    def count(self) -> int:
        return len(self.entry.ids)

    @property
    def is_staff(self) -> bool:
        return by_staff(self.entry)

    @property
    def is_refused(self) -> bool:
        return self.entry.decision == Decision.REFUSED

    @property
    def what(self) -> str | Promise:
        return KINDS.get(self.entry.kind, self.entry.kind)

    @property
    def address(self) -> str:
        """The page of what the entry is about, where that is one thing with a page that was not deleted just then."""
        page = PAGES.get(self.entry.kind)
        if page is None or self.count != 1 or self.entry.action == Action.DELETE or self.is_refused:
            return ""
        try:
            return reverse(page, args=[self.entry.ids[0]])
        except NoReverseMatch:  # an app that is not installed
            return ""


def log_page(*, cursor: str) -> Page[LogLine]:
    """Return a page of the access log, newest first, as the account's own page shows it. Raises BadCursor."""
    page, names = log_entries(action="", kind="", cursor=cursor, size=PAGE)
    return Page([LogLine(entry, names[entry.pk]) for entry in page.rows], next=page.next, previous=page.previous)


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
    if by_site(entry):
        return str(JOBS.get(entry.actor, gettext("The site itself")))
    return names.get(entry.key_id or entry.user_id, "")


def by_site(entry: AccessEntry) -> bool:
    """Tell whether the site did one of its own jobs: no person and no key asked for it."""
    return not (entry.user_id or entry.key_id) and entry.actor.partition(":")[0] == SYSTEM


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
    # An integrator has no such beginning of a key; a key with the name of another one, or of a member, is called by it.
    keys = ApiKey.objects.filter(account_id=account_id).values_list("pk", "name", "prefix")
    links = integrators.names_in(account_id).annotate(prefix=Value(""))
    found = list(keys.union(links, all=True))
    often = Counter(name.casefold() for name in (*names.values(), *(name for _pk, name, _prefix in found)))
    return names | {
        pk: f"{name} ({prefix}…)" if often[name.casefold()] > 1 and prefix else name for pk, name, prefix in found
    }
