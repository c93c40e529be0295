"""Cases: one's own, opening one, what it shows, and ending it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from security import scope
from security.console import cases, registry
from security.console.forms import CaseForm
from security.console.models import Case
from security.console.registry import Section
from security.detection import hooks
from security.marks import staff
from security.pages import BadCursor, page_of
from security.permissions import Permission
from security.refusals import Forbidden, NotFound

SIZE = 25


@staff(Permission.STAFF_CASE)
@require_safe
def own_cases(request: HttpRequest) -> HttpResponse:
    """One's own cases, the newest first."""
    found = Case.objects.using(cases.DATABASE).filter(staff_id=_me())
    return _list(request, found, "security/console/cases.html")


@staff(Permission.STAFF_AUDIT)
@require_safe
def all_cases(request: HttpRequest) -> HttpResponse:
    """Everybody's cases: who looked at which account, and why."""
    return _list(request, Case.objects.using(cases.DATABASE).all(), "security/console/all_cases.html")


@staff(Permission.STAFF_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def open_case(request: HttpRequest) -> HttpResponse:
    """Open a case, and go to it."""
    now = timezone.now()
    form = CaseForm(hooks.typed(request), initial={"account_id": request.GET.get("account")})
    if request.method == "POST" and form.is_valid():
        try:
            case = cases.open_case(staff_id=_me(), now=now, **form.cleaned_data)
        except cases.UnknownAccount:
            form.add_error("account_id", _("No account has this id."))
        else:
            return redirect("console:case", case.pk)
    status = 400 if request.method == "POST" else 200
    return render(request, "security/console/open_case.html", {"form": form}, status=status)


@staff(Permission.STAFF_CASE)
@require_safe
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One case: what it is for, how long it runs, and the way to what it shows; without all that when it is over."""
    now = timezone.now()
    found = cases.own_case(case_id, staff_id=_me())
    context = {"case": found, "runs": found.runs(now=now), "holder": registry.account_of(found.account_id)}
    if context["runs"]:
        context |= {"name": cases.account_name(found, now=now), "sections": registry.sections()}
    return render(request, "security/console/case.html", context)


@staff(Permission.STAFF_CASE)
@require_safe
def section(request: HttpRequest, case_id: UUID, name: str) -> HttpResponse:
    """Masked rows of one kind."""
    found, shown = cases.own_case(case_id, staff_id=_me()), _section(name)
    try:
        page = cases.page(found, shown, cursor=request.GET.get("cursor", ""), now=timezone.now())
    except BadCursor:
        return redirect("console:section", case_id, name)
    except Forbidden:
        return redirect("console:case", case_id)
    context = {"case": found, "section": shown, "page": page}
    return render(request, "security/console/section.html", context)


@staff(Permission.STAFF_CASE)
@require_POST
def reveal(request: HttpRequest, case_id: UUID, name: str, row_id: UUID) -> HttpResponse:
    """One row as it is. By POST: to see it is an act, which no reload and no history repeats unseen."""
    found, shown = cases.own_case(case_id, staff_id=_me()), _section(name)
    try:
        row = cases.reveal(found, shown, row_id, now=timezone.now())
    except Forbidden:
        return redirect("console:case", case_id)
    return render(request, "security/console/revealed.html", {"case": found, "section": shown, "row": row})


@staff(Permission.STAFF_CASE)
@require_POST
def end_case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    cases.end(cases.own_case(case_id, staff_id=_me()), now=timezone.now())
    messages.success(request, _("The case is closed."))
    return redirect("console:cases")


@staff(Permission.STAFF_CASE)
@require_POST
def note_consent(request: HttpRequest, case_id: UUID) -> HttpResponse:
    if cases.note_consent(cases.own_case(case_id, staff_id=_me()), now=timezone.now()):
        messages.success(request, _("The customer’s consent is noted."))
    else:
        messages.error(request, _("This case is over: consent is noted while one looks, not afterwards."))
    return redirect("console:case", case_id)


def _list(request: HttpRequest, found: QuerySet[Case], template: str) -> HttpResponse:
    now = timezone.now()
    try:
        cursor = request.GET.get("cursor", "")
        page = page_of(found, moment="opened_at", cursor=cursor, size=SIZE, narrowed={"page": template})
    except BadCursor:
        return redirect(request.path)
    lines = [{"case": item, "runs": item.runs(now=now)} for item in page.rows]
    return render(request, template, {"lines": lines, "page": page})


def _section(name: str) -> Section:
    found = registry.section(name)
    if found is None:
        raise NotFound
    return found


def _me() -> UUID:
    user_id = scope.get().user_id
    assert user_id is not None, "the mark lets nobody else in"
    return user_id
