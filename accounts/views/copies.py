"""Pages of copies of the account: ask for one, how far it is, and the file."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts import access, periods
from accounts.copies import sections, services
from accounts.copies.models import AccountCopy
from accounts.copies.words import failure_words
from accounts.step_up import ask_for, step_up
from security.marks import requires
from security.permissions import Permission

SHOWN = 20  # of the copies so far


@requires(Permission.ACCOUNT_EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def copies(request: HttpRequest) -> HttpResponse:
    """Have a copy made of all that is held of the account, and list what the reader asked for before."""
    if request.method == "POST":
        try:
            run = services.begin(by=access.who_acts(), now=timezone.now())
        except services.OverBudget:
            messages.error(request, _("So many copies may not be made within a day. Ask again tomorrow."))
            return redirect("accounts:copies")
        return redirect("accounts:copy", run.pk)
    context = {"sections": sections.everything(), "runs": access.copies()[:SHOWN]}
    return render(request, "accounts/copy/copies.html", context)


@requires(Permission.ACCOUNT_EXPORT)
@require_safe
def show(request: HttpRequest, copy_id: UUID) -> HttpResponse:
    """Show how far a copy is, and what to do next."""
    run = access.get_copy(copy_id)
    names = [section.name for section in sections.everything()]
    context = {
        "run": run,
        "failure": failure_words(run.failure),
        "is_there": services.is_there(run, now=timezone.now()),
        "ends_at": run.finished_at + periods.COPY_FILE.length() if run.finished_at else None,
        "section": names.index(run.section) + 1 if run.section in names else 0,
        "section_count": len(names),
    }
    return render(request, "accounts/copy/copy.html", context)


@requires(Permission.ACCOUNT_EXPORT)
@require_GET
def download(request: HttpRequest, copy_id: UUID) -> HttpResponse:
    """Give the file out; whoever has to show who they are comes back to its page. No HEAD: it would count as given."""
    if (asked := ask_for(request, page=reverse("accounts:copy", args=[copy_id]))) is not None:
        return asked
    run = access.get_copy(copy_id)
    try:
        made = services.take(run=run, now=timezone.now())
    except services.WrongState:
        return _too_late(request, run)
    response = HttpResponse(made.data, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return response


@requires(Permission.ACCOUNT_EXPORT)
@require_POST
def remove(request: HttpRequest, copy_id: UUID) -> HttpResponse:
    """Remove the file before its time, or give up making it."""
    return _do(request, copy_id, services.remove)


@requires(Permission.ACCOUNT_EXPORT)
@require_POST
@step_up
def go_on(request: HttpRequest, copy_id: UUID) -> HttpResponse:
    """Let a copy that stopped in the middle go on."""
    return _do(request, copy_id, services.go_on)


def _do(request: HttpRequest, copy_id: UUID, act: Callable[..., None]) -> HttpResponse:
    run = access.get_copy(copy_id, lock=True)
    try:
        act(run=run, now=timezone.now())
    except services.WrongState:
        return _too_late(request, run)
    return redirect("accounts:copy", run.pk)


def _too_late(request: HttpRequest, run: AccountCopy) -> HttpResponse:
    messages.error(request, _("This cannot be done any more. Here is how far the copy is."))
    return redirect("accounts:copy", run.pk)
