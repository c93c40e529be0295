"""Blocked sources: which hold, which are over, and their end before time."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from security import scope
from security.console import registry, trail
from security.console.fresh import step_up
from security.detection import blocking
from security.detection.models import BlockedSource
from security.marks import staff
from security.permissions import Permission
from security.refusals import NotFound

OVER = 100  # of those that are over, the last ones


@staff(Permission.STAFF_WATCH)
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Those that hold; with `which=all` the last ones that are over too. Cut down for who may not see addresses."""
    now, which = timezone.now(), request.GET.get("which", "")
    found = list(blocking.running(now=now).order_by("-at"))
    if which == "all":
        kept = {one.pk for one in found}
        latest = BlockedSource.objects.using(blocking.ALIAS).exclude(pk__in=kept).order_by("-at")[:OVER]
        found += list(latest)
    full = scope.get().may(Permission.STAFF_SOURCE)
    lines = [{"block": one, "holds": one.holds(now=now), "network": _network(one, full=full)} for one in found]
    names = registry.staff_names([who for one in found for who in (one.by, one.lifted_by) if who])
    context = {"lines": lines, "names": names, "which": which, "full": full}
    return render(request, "security/console/sources.html", context)


@staff(Permission.STAFF_RELEASE)
@require_POST
@step_up
def lift(request: HttpRequest, block_id: UUID) -> HttpResponse:
    """End a block before its time."""
    found = BlockedSource.objects.using(blocking.ALIAS).filter(pk=block_id).first()
    if found is None:
        raise NotFound
    me = scope.get().user_id
    assert me is not None, "the mark lets nobody else in"
    if blocking.lift(found, by=me, now=timezone.now()):
        messages.success(request, _("It is lifted: whoever comes from there is answered again."))
    else:
        messages.info(request, _("It was over already."))
    return redirect("console:sources")


def _network(one: BlockedSource, *, full: bool) -> str:
    """Return the network; cut down, as the trail's addresses are, for those who may not see where people come from."""
    if full:
        return str(one.network)
    return trail.network_of(one.network.partition("/")[0])
