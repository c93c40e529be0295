"""Staff pages of lost factors: which wishes wait, one of them, and confirming or refusing it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import kept_forms, lost_factors, recovery
from accounts.forms import DecideForm
from accounts.models import FactorRecovery
from accounts.step_up import step_up
from security import marks, scope
from security.console import registry
from security.pages import BadCursor
from security.permissions import Permission
from security.refusals import NotFound


@marks.staff(Permission.STAFF_RECOVERY)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Those that wait, with nobody's name; with `which=all` those that ended too."""
    which = request.GET.get("which", "")
    try:
        page = lost_factors.listed(which=which, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return redirect("staff:lost-factors")
    context = {"page": page, "which": which, "now": timezone.now()}
    return render(request, "accounts/staff/lost_factors.html", context)


@marks.staff(Permission.STAFF_RECOVERY)
@require_safe
def one(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    """One of them: whom it is about, masked, its times, its mails, and the form that decides. The look is noted."""
    kept = kept_forms.typed_at(request, kept_forms.name_of("staff:decide-lost-factor", wish_id=wish_id))
    return _page(request, _wish(wish_id), DecideForm(kept))


@marks.staff(Permission.STAFF_RECOVERY)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    """Confirm or refuse, by the button that was pressed; who comes here by a step-up presses it again."""
    wish = _wish(wish_id)
    if request.method != "POST":
        return redirect("staff:lost-factor", wish_id)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _page(request, wish, form, status=400)
    try:
        if said := _decided(request, wish, form):
            messages.success(request, said)
    except recovery.NotOpen:
        messages.error(request, _("It is no longer open for that. Look at what became of it."))
    except recovery.OwnWish:
        messages.error(request, _("You asked for this yourself. A colleague has to decide."))
    except recovery.HolderSuspended:
        messages.error(request, _("Whoever asked is suspended. That has to be over before anybody confirms this."))
    return redirect("staff:lost-factor", wish_id)


def _decided(request: HttpRequest, wish: FactorRecovery, form: DecideForm) -> str:
    now = timezone.now()
    with scope.identity():
        if "confirm" in request.POST:
            recovery.confirm(wish, by=_me(), now=now, **form.cleaned_data)
            return _("It is confirmed: the link that removes the factors is on its way, and asks for the password.")
        if "refuse" in request.POST:
            recovery.refuse(wish, by=_me(), now=now, **form.cleaned_data)
            return _("It is refused: the factors stay, and the holder is told by mail.")
    return ""


def _page(request: HttpRequest, wish: FactorRecovery, form: DecideForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    context = {
        "shown": lost_factors.look(wish, by=_me(), now=now),
        "wish": wish,
        "form": form,
        "now": now,
        "names": registry.staff_names([wish.decided_by_id]),
    }
    return render(request, "accounts/staff/lost_factor.html", context, status=status)


def _wish(wish_id: UUID) -> FactorRecovery:
    found = lost_factors.find(wish_id)
    if found is None:
        raise NotFound
    return found


def _me() -> UUID:
    me = scope.get().user_id
    assert me is not None, "the mark lets nobody else in"
    return me
