"""The first page, and the one about one's own sign-in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from security import scope
from security.console import registry
from security.marks import staff
from security.permissions import Permission


@staff(Permission.STAFF_CONSOLE)
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """What needs attention now, each part from the app that knows it."""
    now = timezone.now()
    panels = [
        {"template": panel.template, "name": panel.name, **panel.context(now)}
        for panel in registry.panels(scope.get().permissions)
    ]
    return render(request, "security/console/dashboard.html", {"panels": panels, "now": now})


@staff(Permission.STAFF_CONSOLE)
@require_safe
def you(request: HttpRequest) -> HttpResponse:
    """The way to one's own password, factors and sessions."""
    return render(request, "security/console/you.html")
