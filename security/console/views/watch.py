"""Suspicious actors, suspensions and their release, frozen features, health of the workers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from redis import RedisError

from security import alarms, scope, suspension
from security.console import appeals, figures, health, registry, watch
from security.console.fresh import step_up
from security.detection import freeze, notices
from security.detection.models import Appeal, Cause, Freeze, Suspension
from security.marks import staff
from security.pages import BadCursor
from security.permissions import Permission
from security.refusals import NotFound
from security.thresholds import Rung

KINDS = {"user", "key"}


@staff(Permission.STAFF_WATCH)
@require_safe
def actors(request: HttpRequest) -> HttpResponse:
    """Who has most points now, and why; and which networks."""
    now = timezone.now()
    return render(
        request, "security/console/actors.html", {"actors": watch.actors(now=now), "sources": watch.sources(now=now)}
    )


@staff(Permission.STAFF_WATCH)
@require_safe
def actor(request: HttpRequest, kind: str, actor_id: UUID) -> HttpResponse:
    """One person or key by their id: what was noticed, with the requests behind it."""
    if kind not in KINDS:
        raise NotFound
    found = watch.actor(kind, actor_id, now=timezone.now())
    return render(request, "security/console/actor.html", {**found, "kind": kind, "actor_id": actor_id})


@staff(Permission.STAFF_RELEASE)
@require_POST
@step_up
def suspend(request: HttpRequest, kind: str, actor_id: UUID) -> HttpResponse:
    """Suspend somebody by decision of staff, until staff release them."""
    if kind not in KINDS:
        raise NotFound
    person, key = (actor_id, None) if kind == "user" else (None, actor_id)
    made = suspension.suspend(cause=Cause.STAFF, person=person, key=key, first=Rung.LOCKED, now=timezone.now())
    alarms.note(kind="staff.suspend", data={"actor": f"{kind}:{actor_id}", "suspension": str(made.id)})
    messages.success(request, _("They are suspended, at every entrance, from now on."))
    return redirect("console:actor", kind, actor_id)


@staff(Permission.STAFF_WATCH)
@require_safe
def suspensions(request: HttpRequest) -> HttpResponse:
    """Who is suspended, since when and why; with `which=all` those that are over too."""
    now, which = timezone.now(), request.GET.get("which", "")
    try:
        page = watch.suspensions(which=which, cursor=request.GET.get("cursor", ""), now=now)
    except BadCursor:
        return redirect("console:suspensions")
    lines = [{"held": one, "holds": _holds(one, now), "who": watch.names_of(one)} for one in page.rows]
    frozen = [{"freeze": one, "words": freeze.words_of(one.feature)} for one in watch.freezes(now=now)]
    context = {
        "lines": lines,
        "page": page,
        "which": which,
        "freezes": frozen,
        "sizes": Freeze.Size,
        "features": freeze.choices(),
    }
    return render(request, "security/console/suspensions.html", context)


@staff(Permission.STAFF_WATCH)
@require_safe
def one_suspension(request: HttpRequest, suspension_id: UUID) -> HttpResponse:
    """One suspension; whoever may release it also reads what its holder wrote, which is noted."""
    held = _suspension(suspension_id)
    written: list[Appeal] = []
    words: dict[UUID, str] = {}
    if scope.get().may(Permission.STAFF_RELEASE):
        written = appeals.of(held.pk)
        words = appeals.read(written, about={"suspension": str(held.pk)})
    context = {
        "held": held,
        "holds": _holds(held, timezone.now()),
        "takes_two": suspension.takes_two(held, now=timezone.now()),
        "appeals": [{"appeal": one, "words": words[one.pk]} for one in written],
        "me": scope.get().user_id,
        "names": registry.staff_names([held.release_asked_by, *(one.answered_by for one in written)]),
    }
    return render(request, "security/console/suspension.html", context)


@staff(Permission.STAFF_RELEASE)
@require_POST
@step_up
def release(request: HttpRequest, suspension_id: UUID) -> HttpResponse:
    """Release; after a tripwire the first person only asks, and another one confirms."""
    held, me = _suspension(suspension_id), scope.get().user_id
    assert me is not None, "the mark lets nobody else in"
    try:
        is_over = suspension.release(held, by=me, now=timezone.now())
    except suspension.SamePerson:
        messages.error(request, _("You have asked for this release yourself. Another person has to confirm it."))
        return redirect("console:suspension", held.pk)
    alarms.note(kind="staff.release" if is_over else "staff.ask", data={"suspension": str(held.pk)})
    if is_over:
        notices.after_release(held)
        messages.success(request, _("The suspension is over. They sign in anew, and are told by mail."))
    else:
        messages.success(
            request, _("You have asked for the release. Another person of the security team has to confirm it.")
        )
    return redirect("console:suspension", held.pk)


@staff(Permission.STAFF_RELEASE)
@require_POST
def withdraw(request: HttpRequest, suspension_id: UUID) -> HttpResponse:
    held = _suspension(suspension_id)
    suspension.withdraw_request(held)
    alarms.note(kind="staff.withdraw", data={"suspension": str(held.pk)})
    messages.success(request, _("The request for a release is taken back."))
    return redirect("console:suspension", held.pk)


@staff(Permission.STAFF_RELEASE)
@require_POST
@step_up
def freeze_feature(request: HttpRequest) -> HttpResponse:
    """Freeze the bulk reads of a feature for some or all."""
    feature, size = request.POST.get("feature", ""), request.POST.get("size", "")
    if feature not in freeze.FEATURES or size not in Freeze.Size.values:
        messages.error(request, _("Choose a feature, and for whom it is frozen."))
        return redirect("console:suspensions")
    frozen = freeze.freeze(feature, size=size, cause=Cause.STAFF, now=timezone.now(), by=scope.get().user_id)
    alarms.note(kind="staff.freeze", data={"freeze": str(frozen.pk), "feature": feature, "size": size})
    messages.success(request, _("The feature is frozen."))
    return redirect("console:suspensions")


@staff(Permission.STAFF_RELEASE)
@require_POST
@step_up
def thaw(request: HttpRequest, freeze_id: UUID) -> HttpResponse:
    frozen, me = Freeze.objects.using(watch.DATABASE).filter(pk=freeze_id).first(), scope.get().user_id
    if frozen is None or me is None:
        raise NotFound
    freeze.thaw(frozen, by=me, now=timezone.now())
    alarms.note(kind="staff.thaw", data={"freeze": str(frozen.pk), "feature": frozen.feature})
    messages.success(request, _("The feature works again for everybody."))
    return redirect("console:suspensions")


@staff(Permission.STAFF_HEALTH)
@require_safe
def queues(request: HttpRequest) -> HttpResponse:
    """Whether each queue's worker answers, and how much waits."""
    try:
        found = health.look(now=timezone.now())
    except RedisError:
        return render(request, "security/console/health.html", {"is_away": True}, status=503)
    return render(request, "security/console/health.html", {"queues": found})


@staff(Permission.STAFF_WATCH)
@require_safe
def figures_json(request: HttpRequest) -> HttpResponse:
    """The dashboard's figures for its charts."""
    now = timezone.now()
    series = [{"name": one.name, "label": str(one.label), "counts": one.counts} for one in figures.series(now=now)]
    return JsonResponse({"hours": figures.labels(now=now), "series": series})


def _suspension(suspension_id: UUID) -> Suspension:
    held = Suspension.objects.using(watch.DATABASE).filter(pk=suspension_id).first()
    if held is None:
        raise NotFound
    return held


def _holds(held: Suspension, now: datetime) -> bool:
    return held.released_at is None and (held.until is None or held.until > now)
