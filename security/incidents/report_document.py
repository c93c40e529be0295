"""The exposure report to be read: what was given out, account by account, set as a PDF by whoever offers to.

A printed page names the first lines and how many there are; the files beside it name every object.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from security import exposure as report
from security.incidents import exposure, registry, words
from security.incidents import reach as reaches
from security.incidents.models import Exposure, Incident

DOCUMENT = "exposure_report"
MOST_LINES = 500


@dataclass
class Line:
    """What was given out of one account and one kind of object; the moments are ISO 8601."""

    account: str
    kind: str
    objects: int
    first: str
    last: str
    fields: dict[str, None] = field(default_factory=dict)  # in their order, each once

    def add(self, one: report.Exposed) -> None:
        self.objects += 1
        self.first, self.last = min(self.first, one.first), max(self.last, one.last)
        self.fields |= dict.fromkeys(one.fields)

    @property
    def cells(self) -> list[str]:
        said = words.fields_of([{"fields": list(self.fields)}])
        moments = [_short(words.moment(self.first)), _short(words.moment(self.last))]
        return [self.account, str(words.label_of(self.kind)), number_format(self.objects), said, *moments]


class Drawing:
    """Draws the report of a bundle while its objects go by."""

    def __init__(self, incident: Incident, *, now: datetime) -> None:
        self._incident, self._now = incident, now
        self._lines: list[Line] = []
        self._count = 0
        self._open: Line | None = None
        self._facts: list[tuple[str, str]] = []
        self._summary = report.Summary()

    def begin(self, question: report.Question, known: report.How, *, now: datetime) -> None:
        self._facts = _asked(question)

    def add(self, one: report.Exposed) -> None:
        if self._open is None or (self._open.account, self._open.kind) != (one.account, one.kind):
            self._count += 1
            self._open = Line(one.account, one.kind, 0, one.first, one.last)
            if len(self._lines) < MOST_LINES:
                self._lines.append(self._open)
        self._open.add(one)

    def end(self, summary: report.Summary) -> None:
        self._summary = summary

    def drawn(self) -> bytes:
        """Return the PDF, in the language that is active. Raises LookupError where nobody sets documents."""
        made = _("Made for an evidence bundle on %(day)s") % {"day": _moment(self._now)}
        facts = [*self._facts, *_counted(self._summary.accounts, self._summary.objects)]
        return _set(self._incident, made, facts, self._lines, self._count)


def of_version(incident: Incident, made: Exposure, *, now: datetime) -> bytes:
    """Return a version of an incident's report as a PDF, in the language that is active."""
    lines: list[Line] = []
    count = 0
    for row in exposure.rows_of(made):
        for kind, ids in sorted(exposure.ids_by_kind(row.findings).items()):
            count += 1
            if count <= MOST_LINES:
                found = [finding for finding in row.findings if finding["kind"] == kind]
                lines.append(_line(str(row.account_id), kind, len(ids), found))
    facts = [
        *_asked(exposure.question_of(reaches.of_data(made.reach))),
        *_counted(made.counts["accounts"], made.counts["objects"]),
        (_("SHA-256 of the list"), made.digest),
    ]
    told = {"version": made.version, "made": _moment(made.made_at), "printed": _moment(now)}
    said = _("Version %(version)d of %(made)s, printed %(printed)s") % told
    return _set(incident, said, facts, lines, count)


def _line(account: str, kind: str, objects: int, findings: Iterable[dict[str, Any]]) -> Line:
    found = list(findings)
    fields = dict.fromkeys(name for finding in found for name in finding["fields"])
    first, last = (end(finding[name] for finding in found) for end, name in ((min, "first"), (max, "last")))
    return Line(account, kind, objects, first, last, fields)


def _asked(question: report.Question) -> list[tuple[str, str]]:
    """Return what was asked, as labels and values; where a request came from stands in the files alone."""
    facts = [
        (_("From"), _moment(question.since)),
        (_("Until"), _("now") if question.until >= exposure.OPEN else _moment(question.until)),
        (_("Actors"), "\n".join(question.actors)),
        (_("Techniques"), "\n".join(question.endpoints)),
        (_("Accounts left out"), "\n".join(question.without)),
    ]
    if question.sources:
        facts.append((_("Sources"), _("Narrowed down to %(count)d, see the file") % {"count": len(question.sources)}))
    return [(label, value) for label, value in facts if value]


def _counted(accounts: int, objects: dict[str, int]) -> list[tuple[str, str]]:
    of_kind = [(str(words.label_of(kind)), number_format(count)) for kind, count in sorted(objects.items())]
    return [(_("Accounts"), number_format(accounts)), *of_kind]


def _set(incident: Incident, made: str, facts: list[tuple[str, str]], lines: list[Line], count: int) -> bytes:
    shown = {"shown": number_format(len(lines)), "count": number_format(count)}
    rest = _("The first %(shown)s of %(count)s lines; the files beside it hold all of them.") % shown
    data = {
        "title": _("Exposure report"),
        "reference": _("Incident %(number)d") % {"number": incident.number},
        "made": made,
        "facts": [{"label": label, "value": value} for label, value in facts],
        "heading": _("What was given out"),
        "heads": [_("Account"), _("Kind"), _("Number"), _("Kinds of data"), _("First"), _("Last")],
        "rows": [line.cells for line in lines],
        "none": _("Nothing was given out."),
        "rest": rest if count > len(lines) else "",
        "note": _("Times are those of Hong Kong. Names and addresses of people are not in here."),
    }
    return registry.document(DOCUMENT, data)


def _short(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
