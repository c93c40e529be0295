"""The regulator's form: what Hong Kong's Privacy Commissioner asks of a data user after a breach, in our own layout.

Filled in from the incident as far as it knows, edited by staff, kept version by version, and set as a document by
whoever offers to (`registry.set_document`; labels does).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from security.incidents import exposure, notices, registry, timeline, words
from security.incidents import reach as reaches
from security.incidents.models import ALIAS, Exposure, Incident, IncidentEvent, NoticeRun, RegulatorForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST = 4_000  # characters of a field
DOCUMENT = "breach_notification"


@dataclass(frozen=True)
class Field:
    name: str
    label: _StrPromise
    is_long: bool = False


@dataclass(frozen=True)
class Section:
    title: _StrPromise
    fields: tuple[Field, ...]


SECTIONS = (
    Section(
        _("1. Data user"),
        (
            Field("user_name", _("Name of the organisation")),
            Field("user_address", _("Address"), is_long=True),
            Field("user_kind", _("What the organisation does")),
        ),
    ),
    Section(
        _("2. Contact person"),
        (
            Field("contact_name", _("Name")),
            Field("contact_post", _("Position")),
            Field("contact_phone", _("Telephone")),
            Field("contact_email", _("E-mail address")),
        ),
    ),
    Section(
        _("3. Particulars of the breach"),
        (
            Field("happened", _("When it happened")),
            Field("noticed", _("When we knew of it")),
            Field("how_noticed", _("How we came to know of it"), is_long=True),
            Field("cause", _("What happened, and why"), is_long=True),
            Field("where", _("Where the data were kept"), is_long=True),
        ),
    ),
    Section(
        _("4. Data subjects and data"),
        (
            Field("subjects", _("Number and kinds of data subjects"), is_long=True),
            Field("data", _("Kinds of personal data"), is_long=True),
        ),
    ),
    Section(_("5. Assessment of harm"), (Field("harm", _("Harm that may come of it"), is_long=True),)),
    Section(
        _("6. Remedy"),
        (
            Field("contained", _("What was done to stop it"), is_long=True),
            Field("prevention", _("What is done so that it does not happen again"), is_long=True),
            Field("help", _("Help and advice for data subjects"), is_long=True),
        ),
    ),
    Section(
        _("7. Notification"),
        (
            Field("told_subjects", _("Whether, when and how data subjects were told"), is_long=True),
            Field("told_others", _("Others who were told, such as the police"), is_long=True),
        ),
    ),
)
NAMES = tuple(field.name for section in SECTIONS for field in section.fields)


def filled(incident: Incident) -> dict[str, str]:
    """Return the form as it was saved last, or else what the incident itself knows, in the language that is active."""
    saved = latest(incident)
    return dict.fromkeys(NAMES, "") | (values_of(saved) if saved else _known(incident))


def save(*, incident: Incident, values: Mapping[str, str], by: UUID, now: datetime) -> RegulatorForm:
    """Keep another version of the form."""
    kept = {name: values.get(name, "").strip()[:MOST] for name in NAMES}
    with transaction.atomic(using=ALIAS):
        Incident.objects.using(ALIAS).select_for_update().get(pk=incident.pk)
        forms = RegulatorForm.objects.using(ALIAS).filter(incident_id=incident.pk)
        version = (forms.aggregate(last=Max("version"))["last"] or 0) + 1
        form = RegulatorForm(incident_id=incident.pk, version=version, at=now, by=by)
        form.words = json.dumps(kept)
        form.save(using=ALIAS, force_insert=True)
        timeline.add(incident, IncidentEvent.Kind.FORM, by=by, now=now, data={"version": version})
    return form


def latest(incident: Incident) -> RegulatorForm | None:
    return RegulatorForm.objects.using(ALIAS).filter(incident_id=incident.pk).order_by("-version").first()


def values_of(form: RegulatorForm) -> dict[str, str]:
    return {name: str(value) for name, value in json.loads(form.words).items()}


def document(incident: Incident, *, now: datetime) -> bytes:
    """Return the form as a PDF, in the language that is active. Raises LookupError where nobody sets documents."""
    values, saved = filled(incident), latest(incident)
    data = {
        "title": gettext("Notification of a data breach"),
        "reference": gettext("Incident %(number)d") % {"number": incident.number},
        "made": gettext("Version %(version)s, printed %(day)s")
        % {"version": saved.version if saved else "–", "day": _moment(now)},
        "sections": [
            {
                "title": str(section.title),
                "rows": [{"label": str(field.label), "value": values[field.name]} for field in section.fields],
            }
            for section in SECTIONS
        ],
        "note": gettext("The layout is our own; the facts are those that the Privacy Commissioner’s form asks for."),
    }
    return registry.document(DOCUMENT, data)


def _known(incident: Incident) -> dict[str, str]:
    reach, report = reaches.of_data(incident.reach), exposure.latest(incident)
    until = _moment(reach.until) if reach.until else gettext("now")
    known = {
        "contact_email": settings.CONTACT_EMAIL,
        "user_kind": gettext("Booking of mail, with address books of senders"),
        "happened": gettext("From %(since)s to %(until)s") % {"since": _moment(reach.since), "until": until},
        "noticed": _moment(incident.aware_at),
        "how_noticed": str(incident.get_cause_display()),
        "where": gettext(
            "In the service’s own database; what is personal is stored sealed under a key of each account."
        ),
        "contained": _contained(incident),
        "told_subjects": _told(incident),
        "help": gettext("Each holder finds on a page what was read of theirs, with words for the people concerned."),
    }
    return known | (_measured(report) if report else {})


def _measured(report: Exposure) -> dict[str, str]:
    counts = report.counts
    objects = "\n".join(f"{words.label_of(kind)}: {count}" for kind, count in sorted(counts["objects"].items()))
    return {
        "subjects": gettext("Holders of accounts: %(accounts)d; and the people in what was read of them:\n%(objects)s")
        % {"accounts": counts["accounts"], "objects": objects},
        "data": words.fields_of([{"fields": exposure.fields_in(report)}]),
    }


def _contained(incident: Incident) -> str:
    done = [event for event in timeline.of(incident) if event.kind == IncidentEvent.Kind.CONTAINED]
    return "\n".join(f"{_moment(event.at)}: {words.event_of(event)}" for event in done)


def _told(incident: Incident) -> str:
    runs = NoticeRun.objects.using(ALIAS).filter(incident_id=incident.pk).exclude(approved_at=None)
    return "\n".join(
        gettext("%(sent)d notices by e-mail, from %(day)s on")
        % {"sent": notices.progress(run).states.get("sent", 0), "day": _moment(run.approved_at)}
        for run in runs.order_by("approved_at")
        if run.approved_at
    )


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
