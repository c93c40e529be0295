"""Findings in words: kinds of actors, kinds of fields, days; in the language that is active."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from security.console import registry as console
from security.detection import freeze
from security.detection.models import Freeze
from security.incidents import exposure, registry
from security.incidents.models import Findings, IncidentEvent, State

# Whoever records a new kind of field adds its words here.
FIELDS: dict[str, Promise] = {
    "name": _("name"),
    "company": _("company"),
    "address": _("address"),
    "place": _("place"),
    "country": _("country"),
    "email": _("e-mail address"),
    "phone": _("telephone number"),
    "fax": _("fax number"),
    "tags": _("tags"),
    "notes": _("notes"),
    "sender": _("sender"),
    "recipient": _("recipient"),
    "contents": _("contents"),
    "reference": _("reference"),
    "item_number": _("item number"),
    "not noted": _("not noted at that time: take it for all there is"),
}
ACTORS: dict[str, Promise] = {
    "user": _("Somebody who was signed in"),
    "key": _("A program with an API key"),
    "operator": _("A program of the post"),
    "staff": _("Staff"),
    "case": _("Staff"),
}
UNKNOWN_ACTOR = pgettext_lazy("who read something", "Unknown")


@dataclass(frozen=True)
class Amount:
    """How many objects of a kind were read, and which of their fields."""

    label: str | Promise
    count: int
    fields: str


def amounts(findings: Findings) -> list[Amount]:
    """Return one line for each kind of object."""
    ids = exposure.ids_by_kind(findings)
    return [
        Amount(label_of(kind), len(ids[kind]), fields_of(f for f in findings if f["kind"] == kind))
        for kind in sorted(ids)
    ]


def label_of(kind: str) -> str | Promise:
    known = registry.shown(kind)
    return known.label if known else console.words_of_kind(kind)


def fields_of(findings: Iterable[dict[str, object]]) -> str:
    """Return the kinds of fields of some findings, each once."""
    named: dict[str, None] = {}
    for finding in findings:
        named |= dict.fromkeys(finding["fields"])  # type: ignore[call-overload]  # a list of names
    return gettext(", ").join(str(FIELDS.get(name, name)) for name in named)


def actor_of(who: str) -> str | Promise:
    return ACTORS.get(who, UNKNOWN_ACTOR)


def event_of(event: IncidentEvent) -> str:
    """Return what a line of the timeline says beside its kind; "" where the kind says it all."""
    data = event.data
    if event.kind in {IncidentEvent.Kind.MOVED, IncidentEvent.Kind.REOPENED}:
        return f"{State(data['before']).label} → {State(data['after']).label}"
    if event.kind == IncidentEvent.Kind.CONTAINED and data["act"] == "suspended":
        count = int(data["count"])
        return ngettext("%(count)d actor was locked.", "%(count)d actors were locked.", count) % {"count": count}
    if event.kind == IncidentEvent.Kind.CONTAINED and data["act"] == "ended":
        count = int(data["count"])
        said = ngettext(
            "The sessions of %(count)d actor were ended.", "The sessions of %(count)d actors were ended.", count
        )
        return said % {"count": count}
    if event.kind == IncidentEvent.Kind.CONTAINED and data["act"] == "blocked":
        until = date_format(timezone.localtime(moment(data["until"])), "DATETIME_FORMAT")
        return gettext("A source was blocked until %(until)s.") % {"until": until}
    if event.kind == IncidentEvent.Kind.CONTAINED:
        frozen = {"feature": freeze.words_of(data["feature"]), "size": Freeze.Size(data["size"]).label}
        return gettext("Reading in bulk was frozen in %(feature)s: %(size)s") % frozen
    if event.kind == IncidentEvent.Kind.EXPOSED:
        report = {name: str(data[name]) for name in ("version", "accounts", "acts")}
        return gettext("Version %(version)s. Accounts: %(accounts)s. Acts: %(acts)s") % report
    if event.kind == IncidentEvent.Kind.EVIDENCE:
        bundle = {name: str(data[name]) for name in ("version", "entries", "digest")}
        return gettext("Version %(version)s. Entries: %(entries)s. SHA-256 %(digest)s") % bundle
    if event.kind == IncidentEvent.Kind.JOINED:
        return str(data["actor"])
    return ""


def days(findings: Findings) -> dict[str, str]:
    """Return the first and the last day, of Hong Kong, and when that was, in words."""
    first = _day(min(moment(finding["first"]) for finding in findings))
    last = _day(max(moment(finding["last"]) for finding in findings))
    named = {"first_day": first, "last_day": last}
    days = gettext("on %(first_day)s") if first == last else gettext("between %(first_day)s and %(last_day)s")
    return {**named, "days": days % named}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATE_FORMAT")
