"""Thresholds of detection: what they are, who changed them, and changing one by two people."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from security import scope
from security.console import registry
from security.console.forms import ThresholdForm, TightenForm
from security.console.fresh import step_up
from security.detection import changes, hooks
from security.detection.changes import Standing
from security.detection.models import ThresholdChange
from security.marks import staff
from security.permissions import Permission
from security.refusals import NotFound
from security.thresholds import OutOfBounds, OutOfOrder


@staff(Permission.STAFF_WATCH)
@require_safe
def thresholds(request: HttpRequest) -> HttpResponse:
    """Every threshold: what it is now, what it is by default, and what waits for a second person."""
    found = changes.standings(now=timezone.now())
    context = {
        "standings": found,
        "waiting": [one for one in found if one.waiting],
        "changed": [one for one in found if one.is_changed],
        "names": registry.staff_names(one.waiting.proposed_by for one in found if one.waiting),
    }
    return render(request, "security/console/thresholds.html", context)


@staff(Permission.STAFF_WATCH)
@require_safe
def threshold(request: HttpRequest, threshold: str) -> HttpResponse:
    """One threshold with its history."""
    kept = hooks.typed_at(request, "console:tighten-threshold", threshold=threshold)
    return _page(request, _standing(threshold), TightenForm(kept))


@staff(Permission.STAFF_RELEASE)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, threshold: str) -> HttpResponse:
    """Propose a value; another person decides."""
    standing = _standing(threshold)
    if standing.threshold.within is None:
        raise NotFound
    form = ThresholdForm(hooks.typed(request), standing=standing)
    if request.method == "POST" and form.is_valid():
        try:
            changes.propose(name=threshold, by=_me(), now=timezone.now(), **form.cleaned_data)
        except changes.NotOpen:
            form.add_error(None, _("Another change of this threshold waits already. It has to be decided first."))
        except (OutOfBounds, OutOfOrder):
            form.add_error("value", _("With this value the steps of the ladder would no longer follow each other."))
        else:
            messages.success(
                request, _("The change is proposed. Another person of the security team has to approve it.")
            )
            return redirect("console:threshold", threshold)
    context = {"form": form, "standing": standing}
    status = 400 if request.method == "POST" else 200
    return render(request, "security/console/propose_threshold.html", context, status=status)


@staff(Permission.STAFF_RELEASE)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, threshold: str, change_id: UUID) -> HttpResponse:
    """Approve, refuse or withdraw, by the button that was pressed; who comes here by a step-up presses it again."""
    standing = _standing(threshold)
    if request.method != "POST":
        return redirect("console:threshold", threshold)
    if not ThresholdChange.objects.using(changes.ALIAS).filter(pk=change_id, name=standing.threshold.name).exists():
        raise NotFound
    try:
        if said := _decided(request, change_id):
            messages.success(request, said)
    except changes.SamePerson:
        messages.error(request, _("You proposed this change yourself. Another person has to decide."))
    except changes.NotOpen:
        messages.error(request, _("The proposal is no longer open. Look at what became of it."))
    except (OutOfBounds, OutOfOrder):
        messages.error(request, _("The value no longer fits beside the others. Refuse it, and propose another one."))
    return redirect("console:threshold", threshold)


@staff(Permission.STAFF_RELEASE)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def tighten(request: HttpRequest, threshold: str) -> HttpResponse:
    """Return to a stricter default at once, which one person may."""
    standing = _standing(threshold)
    if request.method != "POST":
        return redirect("console:threshold", threshold)
    form = TightenForm(request.POST)
    if not form.is_valid():
        return _page(request, standing, form, status=400)
    try:
        changes.tighten(name=threshold, reason=form.cleaned_data["reason"], by=_me(), now=timezone.now())
    except (changes.NotStricter, changes.NotOpen, OutOfBounds, OutOfOrder):
        messages.error(request, _("The default is not stricter than what holds now. Propose it instead."))
    else:
        messages.success(request, _("The default holds again."))
    return redirect("console:threshold", threshold)


# Pieces --------------------------------------------------------------------------------------------------------


def _decided(request: HttpRequest, change_id: UUID) -> str:
    now = timezone.now()
    if "approve" in request.POST:
        changes.approve(change_id=change_id, by=_me(), now=now)
        return _("The change is approved. It holds at every process within seconds.")
    if "refuse" in request.POST:
        changes.refuse(change_id=change_id, by=_me(), now=now)
        return _("The change is refused.")
    if "withdraw" in request.POST:
        changes.withdraw(change_id=change_id, by=_me(), now=now)
        return _("The proposal is withdrawn.")
    return ""


def _page(request: HttpRequest, standing: Standing, form: TightenForm, *, status: int = 200) -> HttpResponse:
    past = changes.history(standing.threshold.name)
    context = {
        "standing": standing,
        "history": past,
        "names": registry.staff_names(who for one in past for who in (one.proposed_by, one.decided_by)),
        "form": form,
        "me": scope.get().user_id,
        "can_tighten": standing.threshold.is_stricter(standing.threshold.default, than=standing.now),
    }
    return render(request, "security/console/threshold.html", context, status=status)


def _standing(name: str) -> Standing:
    found = changes.standing_of(name, now=timezone.now())
    if found is None:
        raise NotFound
    return found


def _me() -> UUID:
    me = scope.get().user_id
    assert me is not None, "the mark lets nobody else in"
    return me
