"""Searching the trail: a GET form, pages by cursor, and a file for spreadsheets."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from security import alarms, scope
from security.console import trail
from security.console.forms import TrailForm
from security.marks import staff
from security.pages import BadCursor, Page
from security.permissions import Permission


@staff(Permission.STAFF_AUDIT)
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what with which account's data, when; and what was refused."""
    full = scope.get().may(Permission.STAFF_SOURCE)
    form = _form(request, full_source=full, now=timezone.now())
    page: Page[trail.Line] = Page([])
    if form.is_valid():
        try:
            page = trail.search(form.cleaned_data, cursor=request.GET.get("cursor", ""), full_source=full)
        except BadCursor:
            form.add_error(None, _("Start again from the first page."))
        except trail.TooLong:
            form.add_error(None, _("This takes too long. Choose fewer days, or an actor or an account."))
    context = {
        "form": form,
        "page": page,
        "next": _page(request, page.next),
        "previous": _page(request, page.previous),
        "file": _asked(request),
    }
    return render(request, "security/console/audit.html", context, status=400 if form.errors else 200)


@staff(Permission.STAFF_AUDIT)
@require_safe
def audit_file(request: HttpRequest) -> HttpResponse:
    """The same as a file: no personal data, and that it was taken is noted."""
    full = scope.get().may(Permission.STAFF_SOURCE)
    form = _form(request, full_source=full, now=timezone.now())
    if not form.is_valid():
        return audit(request)
    try:
        written = trail.as_csv(form.cleaned_data, full_source=full)
    except trail.TooLong:
        return audit(request)
    alarms.note(kind="staff.export", data={"rows": written.count("\n") - 1})
    headers = {"Content-Disposition": 'attachment; filename="trail.csv"'}
    return HttpResponse("\ufeff" + written, content_type="text/csv; charset=utf-8", headers=headers)


def _form(request: HttpRequest, *, full_source: bool, now: datetime) -> TrailForm:
    return TrailForm(request.GET, now=now, full_source=full_source)


def _asked(request: HttpRequest) -> str:
    return urlencode([(name, value) for name, value in request.GET.items() if name != "cursor" and value])


def _page(request: HttpRequest, cursor: str) -> str:
    """Return the address of a neighbouring page; "" where there is none."""
    return f"?{_asked(request)}&{urlencode({'cursor': cursor})}" if cursor else ""
