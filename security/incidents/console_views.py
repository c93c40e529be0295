"""Incidents in the staff console: for security; an auditor reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from security import alarms, scope
from security.console import fresh, registry
from security.console.fresh import step_up
from security.detection import blocking, hooks
from security.incidents import (
    bundles,
    containment,
    deadlines,
    exposure,
    forms,
    notices,
    regulator,
    services,
    timeline,
    words,
)
from security.incidents import console_access as access
from security.incidents import reach as reaches
from security.incidents import report_document as drawn
from security.incidents import texts as wording
from security.incidents.models import ALIAS, EvidenceBundle, Exposure, Incident, NoticeRun, RegulatorForm, State
from security.marks import staff
from security.permissions import Permission

SHOWN = 100  # incidents on a page of their own
DAY = timedelta(days=1)
SENDS = {"ask", "approve", "resume", "try_again"}  # buttons of a mailing
TAGS = {"en": "en", "zh-hant": "zh-Hant", "zh-hans": "zh-Hans"}  # for the readers of screens


@staff(Permission.STAFF_WATCH)
@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    """All incidents, the newest first, those of one state where it is asked for."""
    state = request.GET.get("state", "")
    found = Incident.objects.using(ALIAS).order_by("-number")
    if state in State.values:
        found = found.filter(state=state)
    now = timezone.now()
    rows = [{"incident": one, "deadlines": due} for one, due in deadlines.of_each(found[:SHOWN], now=now)]
    context = {"rows": rows, "states": State.choices, "state": state, "may_act": _may_act()}
    return render(request, "security/incidents/console/list.html", context)


@staff(Permission.STAFF_RELEASE)
@require_http_methods(["GET", "HEAD", "POST"])
def open_incident(request: HttpRequest) -> HttpResponse:
    """Open an incident, for what is known so far."""
    since = timezone.localtime(timezone.now() - DAY).strftime(forms.LOCAL)
    form = forms.OpenForm(hooks.typed(request), initial={"since": since})
    if request.method == "POST" and form.is_valid():
        made = services.open_incident(
            title=form.cleaned_data["title"], reach=form.reach(), by=_who(), now=timezone.now()
        )
        return redirect("incidents:incident", made.number)
    context = {"form": form, "title": _("Open an incident"), "button": _("Open the incident")}
    return render(request, "security/incidents/console/reach.html", context)


@staff(Permission.STAFF_WATCH)
@require_safe
def incident(request: HttpRequest, incident_number: int) -> HttpResponse:
    """One incident: how far it is, what is to be done by when, what it reaches, and who did what."""
    return _page(request, access.get_incident(incident_number))


@staff(Permission.STAFF_RELEASE)
@require_POST
def move(request: HttpRequest, incident_number: int) -> HttpResponse:
    found = access.get_incident(incident_number)
    form = forms.MoveForm(request.POST, incident=found)
    if form.is_valid():
        try:
            to = State(form.cleaned_data["to"])
            services.move(incident=found, to=to, by=_who(), now=timezone.now(), words=form.cleaned_data["words"])
        except services.WordsMissing:
            form.add_error("words", _("Enter the reason."))
        except services.StillSending:
            form.add_error(None, _("Notices are on their way. Stop them, or wait for their end."))
        except services.WrongMove:
            form.add_error(None, _("Somebody has moved the incident meanwhile. Look again."))
        else:
            return redirect("incidents:incident", incident_number)
    return _page(request, found, move=form)


@staff(Permission.STAFF_RELEASE)
@require_POST
@step_up
def suspend(request: HttpRequest, incident_number: int) -> HttpResponse:
    """Lock every person and key that the incident reaches."""
    found = access.get_incident(incident_number)
    try:
        count = containment.suspend_actors(incident=found, by=_who(), now=timezone.now())
    except containment.NobodyToStop:
        messages.error(request, _("The incident reaches nobody who can be suspended."))
    else:
        said = ngettext("%(count)d actor is locked.", "%(count)d actors are locked.", count)
        messages.success(request, said % {"count": count})
    return redirect("incidents:incident", incident_number)


@staff(Permission.STAFF_RELEASE)
@require_POST
@step_up
def end_sessions(request: HttpRequest, incident_number: int) -> HttpResponse:
    """End the sessions and jobs of everybody within reach, who may sign in anew."""
    found = access.get_incident(incident_number)
    try:
        count = containment.end_sessions(incident=found, by=_who(), now=timezone.now())
    except containment.NobodyToStop:
        messages.error(request, _("The incident reaches nobody who can be suspended."))
    else:
        said = ngettext(
            "The sessions of %(count)d actor are ended.", "The sessions of %(count)d actors are ended.", count
        )
        messages.success(request, said % {"count": count})
    return redirect("incidents:incident", incident_number)


@staff(Permission.STAFF_RELEASE)
@require_POST
@step_up
def freeze_feature(request: HttpRequest, incident_number: int) -> HttpResponse:
    """Freeze reading in bulk in a part of the site."""
    found = access.get_incident(incident_number)
    form = forms.FreezeForm(request.POST, auto_id="freeze_%s")
    if not form.is_valid():
        return _page(request, found, freeze=form)
    containment.freeze_feature(incident=found, by=_who(), now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("It is frozen from the next request on."))
    return redirect("incidents:incident", incident_number)


@staff(Permission.STAFF_RELEASE)
@require_POST
@step_up
def block_source(request: HttpRequest, incident_number: int) -> HttpResponse:
    """Refuse whatever comes from a network, at every entrance, for a while."""
    found, now = access.get_incident(incident_number), timezone.now()
    form = forms.BlockForm(request.POST, here=_here(request), auto_id="block_%s")
    if not form.is_valid():
        return _page(request, found, block=form)
    asked = form.cleaned_data
    try:
        containment.block_source(
            incident=found,
            network=asked["network"],
            until=now + timedelta(hours=asked["hours"]),
            reason=asked["reason"],
            by=_who(),
            now=now,
        )
    except blocking.TooMany:
        form.add_error(None, _("So many are blocked already that no more can be. Lift some first."))
        return _page(request, found, block=form)
    messages.success(request, _("It is blocked at every entrance from now on."))
    return redirect("incidents:incident", incident_number)


@staff(Permission.STAFF_RELEASE)
@require_POST
def note(request: HttpRequest, incident_number: int) -> HttpResponse:
    found = access.get_incident(incident_number)
    form = forms.NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, note=form)
    services.note(incident=found, words=form.cleaned_data["words"], by=_who(), now=timezone.now())
    return redirect("incidents:incident", incident_number)


@staff(Permission.STAFF_RELEASE)
@require_http_methods(["GET", "HEAD", "POST"])
def change_reach(request: HttpRequest, incident_number: int) -> HttpResponse:
    found = access.get_incident(incident_number)
    form = forms.ReachForm(hooks.typed(request), initial=forms.initial_of(found))
    if request.method == "POST" and form.is_valid():
        services.change_reach(incident=found, reach=form.reach(), by=_who(), now=timezone.now())
        return redirect("incidents:incident", incident_number)
    context = {"form": form, "incident": found, "title": _("What the incident reaches"), "button": _("Save")}
    return render(request, "security/incidents/console/reach.html", context)


@staff(Permission.STAFF_RELEASE)
@require_POST
def make_report(request: HttpRequest, incident_number: int) -> HttpResponse:
    found = access.get_incident(incident_number)
    made = exposure.make(incident=found, by=_who(), now=timezone.now())
    said = _("Version %(version)d of the report is made. Accounts in it: %(accounts)d")
    messages.success(request, said % {"version": made.version, "accounts": made.counts["accounts"]})
    return redirect("incidents:incident", incident_number)


@staff(Permission.STAFF_WATCH)
@require_safe
def report_file(request: HttpRequest, incident_number: int, version: int) -> HttpResponse:
    """One version of the report, as it was made: a line of JSON for each account, over which its digest is."""
    report = access.get_report(access.get_incident(incident_number), version)
    body = b"".join(exposure.line_of(row.account_id, row.findings) for row in exposure.rows_of(report))
    return _report_as("jsonl", body, "application/x-ndjson", incident_number, version)


@staff(Permission.STAFF_WATCH)
@require_safe
def report_csv(request: HttpRequest, incident_number: int, version: int) -> HttpResponse:
    """The same for spreadsheets: a line for each object."""
    report = access.get_report(access.get_incident(incident_number), version)
    return _report_as("csv", exposure.as_csv(report).encode(), "text/csv; charset=utf-8", incident_number, version)


@staff(Permission.STAFF_WATCH)
@require_safe
def report_document(request: HttpRequest, incident_number: int, version: int) -> HttpResponse:
    """The same to be read and printed, in the language of the page; long ones end with the first lines."""
    found = access.get_incident(incident_number)
    body = drawn.of_version(found, access.get_report(found, version), now=timezone.now())
    return _report_as("pdf", body, "application/pdf", incident_number, version)


def _report_as(ending: str, body: bytes, kind: str, incident_number: int, version: int) -> HttpResponse:
    alarms.note(kind="staff.export", data={"incident": incident_number, "report": version, "as": ending})
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="incident-{incident_number}-exposure-{version}.{ending}"'
    return answer


@staff(Permission.STAFF_RELEASE)
@require_POST
def ask_evidence(request: HttpRequest, incident_number: int) -> HttpResponse:
    """Ask for an evidence bundle of what the incident reaches up to now; the security worker makes it."""
    found = access.get_incident(incident_number)
    try:
        asked = bundles.ask(incident=found, by=_who(), language=get_language() or "en", now=timezone.now())
    except bundles.AlreadyAsked as error:
        asked = error.bundle
        messages.info(request, _("One is on its way already."))
    else:
        alarms.note(kind="staff.ask_evidence", data={"incident": incident_number, "version": asked.version})
    return redirect("incidents:evidence", incident_number, asked.version)


@staff(Permission.STAFF_WATCH)
@require_safe
def evidence(request: HttpRequest, incident_number: int, bundle_version: int) -> HttpResponse:
    """How far an evidence bundle is, and what is in it; the file for those who may see where requests came from."""
    found = access.get_incident(incident_number)
    bundle = access.get_bundle(found, bundle_version)
    state = EvidenceBundle.State(bundle.state)
    context = {
        "incident": found,
        "bundle": bundle,
        "state": state,
        "is_moving": state in {EvidenceBundle.State.WAITING, EvidenceBundle.State.MAKING},
        "is_over": state in {EvidenceBundle.State.GONE, EvidenceBundle.State.FAILED},
        "percent": 100 * bundle.done // bundle.total if bundle.total else None,
        "objects": [(words.label_of(kind), count) for kind, count in bundle.counts.get("objects", {}).items()],
        "names": registry.staff_names([bundle.asked_by]),
        "may_act": _may_act(),
        "may_fetch": Permission.STAFF_SOURCE in scope.get().permissions,
    }
    return render(request, "security/incidents/console/evidence.html", context)


@staff(Permission.STAFF_SOURCE)
@require_safe
@step_up
def evidence_file(request: HttpRequest, incident_number: int, bundle_version: int) -> HttpResponseBase:
    """The file, for whoever may see where requests came from; that it was taken is noted."""
    found = access.get_incident(incident_number)
    bundle = access.get_file(found, bundle_version)
    answer = StreamingHttpResponse(bundles.hand_out(bundle, incident=found), content_type="application/zip")
    answer["Content-Length"] = str(bundle.size)
    answer["Content-Disposition"] = f'attachment; filename="incident-{incident_number}-evidence-{bundle_version}.zip"'
    return answer


@staff(Permission.STAFF_RELEASE)
@require_POST
def draft_notices(request: HttpRequest, incident_number: int) -> HttpResponse:
    found = access.get_incident(incident_number)
    report = exposure.latest(found)
    try:
        if report is None:
            raise notices.NobodyAffected
        made = notices.draft(incident=found, report=report, by=_who(), now=timezone.now())
    except notices.NobodyAffected:
        messages.error(
            request, _("The newest report names no account. Make one, or look at what the incident reaches.")
        )
    except notices.WrongState:
        messages.error(request, _("Notices are drafted once the incident is at notifying."))
    else:
        return redirect("incidents:run", incident_number, made.pk)
    return redirect("incidents:incident", incident_number)


@staff(Permission.STAFF_WATCH)
@require_safe
def run(request: HttpRequest, incident_number: int, run_id: UUID) -> HttpResponse:
    """One mailing: whom it reaches, how it reads, how far it has come."""
    found = access.get_incident(incident_number)
    return _run_page(request, found, access.get_run(found, run_id))


@staff(Permission.STAFF_RELEASE)
@require_http_methods(["GET", "HEAD", "POST"])
def texts(request: HttpRequest, incident_number: int, run_id: UUID) -> HttpResponse:
    """The texts of a draft, in all languages."""
    found = access.get_incident(incident_number)
    one = access.get_run(found, run_id)
    initial = {f"{code}_{part}": text for code, parts in one.texts.items() for part, text in parts.items()}
    form = forms.TextsForm(hooks.typed(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            notices.change_texts(run=one, changed=form.texts())
        except notices.WrongState:
            form.add_error(None, _("Only a draft can be changed. Take back the request for approval first."))
        else:
            messages.success(request, _("The texts are saved."))
            return redirect("incidents:run", incident_number, one.pk)
    languages = [(name, [form[f"{code}_{part}"] for part in wording.PARTS]) for code, name in _languages()]
    context = {"form": form, "incident": found, "run": one, "languages": languages, "places": wording.PLACES.items()}
    return render(request, "security/incidents/console/texts.html", context)


@staff(Permission.STAFF_RELEASE)
@require_POST
def act(request: HttpRequest, incident_number: int, run_id: UUID) -> HttpResponseBase:
    """Ask, approve, take back, stop, send on, or try again: whatever button was pressed.

    What sets mails going asks again who one is; what stops them does not.
    """
    if SENDS & request.POST.keys() and (asked := fresh.ask(request)):
        return asked
    found = access.get_incident(incident_number)
    one, now, by = access.get_run(found, run_id), timezone.now(), _who()
    stop = forms.StopForm(request.POST if "stop" in request.POST else None)
    try:
        if "ask" in request.POST:
            notices.ask(run=one, by=by, now=now)
        elif "approve" in request.POST:
            notices.approve(run=one, by=by, now=now)
        elif "take_back" in request.POST:
            notices.take_back(run=one, by=by, now=now)
        elif "resume" in request.POST:
            notices.resume(run=one, by=by, now=now)
        elif "try_again" in request.POST:
            notices.try_again(run=one, by=by, now=now)
        elif stop.is_bound:
            if not stop.is_valid():
                return _run_page(request, found, one, stop=stop)
            notices.stop(run=one, by=by, now=now, words=stop.cleaned_data["words"])
    except notices.SamePerson:
        messages.error(request, _("You asked for it yourself: somebody else must approve."))
    except notices.WrongState:
        messages.error(request, _("Somebody has moved the notices on meanwhile. Look again."))
    return redirect("incidents:run", incident_number, one.pk)


@staff(Permission.STAFF_RELEASE)
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, incident_number: int) -> HttpResponse:
    """The regulator's form, filled in as far as the incident knows."""
    found = access.get_incident(incident_number)
    asked = forms.RegulatorFormForm(hooks.typed(request), initial=regulator.filled(found))
    if request.method == "POST" and asked.is_valid():
        regulator.save(incident=found, values=asked.cleaned_data, by=_who(), now=timezone.now())
        messages.success(request, _("The form is saved."))
        return redirect("incidents:form", incident_number)
    sections = [(section.title, [asked[field.name] for field in section.fields]) for section in regulator.SECTIONS]
    context = {"form": asked, "incident": found, "sections": sections, "saved": regulator.latest(found)}
    return render(request, "security/incidents/console/form.html", context)


@staff(Permission.STAFF_WATCH)
@require_safe
def form_document(request: HttpRequest, incident_number: int) -> HttpResponse:
    """The form as a PDF, in the language of the page."""
    body = regulator.document(access.get_incident(incident_number), now=timezone.now())
    answer = HttpResponse(body, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="incident-{incident_number}-notification.pdf"'
    return answer


@staff(Permission.STAFF_RELEASE)
@require_POST
def reported(request: HttpRequest, incident_number: int) -> HttpResponse:
    """Note that the regulator was told just now."""
    services.report(incident=access.get_incident(incident_number), by=_who(), now=timezone.now())
    return redirect("incidents:incident", incident_number)


# Pieces --------------------------------------------------------------------------------------------------------


def _page(request: HttpRequest, found: Incident, **bound: Any) -> HttpResponse:
    """Show an incident; `bound` are forms of it that were filled in wrongly."""
    reports = Exposure.objects.using(ALIAS).filter(incident_id=found.pk).order_by("-version")
    runs = NoticeRun.objects.using(ALIAS).filter(incident_id=found.pk).order_by("-made_at")
    events = timeline.of(found)

    def kept(name: str) -> QueryDict | None:
        return hooks.typed_at(request, f"incidents:{name}", incident_number=found.number)

    context = {
        "incident": found,
        "state": State(found.state),
        "deadlines": deadlines.of(found, now=timezone.now()),
        "reach": list(_reach_rows(found)),
        "reports": reports,
        "bundles": bundles.of(found),
        "runs": runs,
        "form": RegulatorForm.objects.using(ALIAS).filter(incident_id=found.pk).order_by("-version").first(),
        "events": [{"event": event, "said": words.event_of(event)} for event in events],
        "names": registry.staff_names(event.by for event in events),
        "may_act": _may_act(),
        "move": bound.get("move") or forms.MoveForm(kept("move"), incident=found, auto_id="move_%s"),
        "freeze": bound.get("freeze") or forms.FreezeForm(kept("freeze"), auto_id="freeze_%s"),
        "blocking": bound.get("block") or _block_form(request, found, kept("block")),
        "stoppable": containment.stoppable(found),
        "note": bound.get("note") or forms.NoteForm(kept("note"), auto_id="note_%s"),
        "errors": next(iter(bound.values()), None),
    }
    return render(request, "security/incidents/console/incident.html", context)


def _reach_rows(found: Incident) -> Iterator[tuple[str | Promise, str]]:
    """Yield what an incident reaches, as labels and values; addresses for those alone who may see them."""
    initial, reach = forms.initial_of(found), reaches.of_data(found.reach)
    for name, moment in (("since", reach.since), ("until", reach.until)):
        initial[name] = date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else ""
    for name, field in forms.ReachForm.base_fields.items():
        if name == "sources" and initial[name] and Permission.STAFF_SOURCE not in scope.get().permissions:
            yield field.label or "", _("(not for your role)")
        elif initial[name]:
            yield field.label or "", initial[name]


def _run_page(request: HttpRequest, found: Incident, one: NoticeRun, **bound: Any) -> HttpResponse:
    kept = hooks.typed_at(request, "incidents:act", incident_number=found.number, run_id=one.pk)
    samples = [(TAGS[code], name, notices.sample(one, language=code)) for code, name in _languages()]
    context = {
        "incident": found,
        "run": one,
        "state": NoticeRun.State(one.state),
        "samples": samples,
        "progress": notices.progress(one),
        "is_own": one.asked_by == _who(),
        "is_moving": one.state in {NoticeRun.State.QUEUEING, NoticeRun.State.SENDING},
        "may_act": _may_act(),
        "stop": bound.get("stop") or forms.StopForm(kept if kept and "stop" in kept else None),
        "objects": [(words.label_of(kind), count) for kind, count in sorted(one.counts["objects"].items())],
    }
    return render(request, "security/incidents/console/run.html", context)


def _languages() -> list[tuple[str, str]]:
    """Return each language's code with its name in itself."""
    names = {"en": "English", "zh-hant": "繁體中文", "zh-hans": "简体中文"}
    return [(code, names[code]) for code in wording.languages()]


def _block_form(request: HttpRequest, found: Incident, kept: QueryDict | None) -> forms.BlockForm:
    """Begin with the first source that the incident reaches, for those who may see it."""
    sources = reaches.of_data(found.reach).sources if Permission.STAFF_SOURCE in scope.get().permissions else ()
    initial = {"network": next(iter(sources), "")}
    return forms.BlockForm(kept, here=_here(request), initial=initial, auto_id="block_%s")


def _here(request: HttpRequest) -> blocking.Here:
    return blocking.here(scope.get().source, request.META)


def _may_act() -> bool:
    return Permission.STAFF_RELEASE in scope.get().permissions


def _who() -> UUID:
    """Return who acts; the marks above let nobody in who is not signed in."""
    user_id = scope.get().user_id
    assert user_id is not None
    return user_id
