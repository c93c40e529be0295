"""Appeals of those who are suspended: which wait for an answer, one of them, and the answer."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from security import scope
from security.console import appeals as written
from security.console import registry
from security.console.forms import AnswerForm
from security.console.fresh import step_up
from security.detection import hooks
from security.detection.models import Appeal
from security.marks import staff
from security.pages import BadCursor
from security.permissions import Permission
from security.refusals import NotFound


@staff(Permission.STAFF_WATCH)
@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """Those that wait for an answer, then those that were answered; the words for whoever may release alone."""
    try:
        page = written.answered(cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return redirect("console:appeals")
    waiting = written.waiting()
    words: dict[UUID, str] = {}
    if scope.get().may(Permission.STAFF_RELEASE):
        words = written.read(waiting, about={"appeals": [str(one.pk) for one in waiting]})
    context = {
        "lines": [{"appeal": one, "words": words.get(one.pk, "")} for one in waiting],
        "is_more": len(waiting) == written.MOST_WAITING,
        "page": page,
        "names": registry.staff_names(one.answered_by for one in page.rows),
    }
    return render(request, "security/console/appeals.html", context)


@staff(Permission.STAFF_RELEASE)
@require_safe
def appeal(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    """One appeal, which is noted: what its holder wrote, and the answer or the form for it."""
    kept = hooks.typed_at(request, "console:answer-appeal", appeal_id=appeal_id)
    return _page(request, _appeal(appeal_id), AnswerForm(kept))


@staff(Permission.STAFF_RELEASE)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    """Answer it, once; who comes here by a step-up presses the button again."""
    found = _appeal(appeal_id)
    if request.method != "POST":
        return redirect("console:appeal", appeal_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=400)
    try:
        is_mailed = written.answer(found, words=form.cleaned_data["words"], by=_me(), now=timezone.now())
    except written.AlreadyAnswered:
        messages.error(request, _("A colleague has answered it already. Your answer was not sent."))
    except written.OwnAppeal:
        messages.error(request, _("You wrote this yourself. A colleague has to answer."))
    else:
        if is_mailed:
            messages.success(request, _("The answer is on its way by e-mail."))
        else:
            messages.warning(request, _("Nobody is left to write to, so no mail went. It counts as answered."))
    return redirect("console:appeal", appeal_id)


def _page(request: HttpRequest, found: Appeal, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    words = written.read([found], about={"suspension": str(found.suspension_id), "appeals": [str(found.pk)]})
    context = {
        "appeal": found,
        "held": found.suspension,
        "words": words[found.pk],
        "form": form,
        "names": registry.staff_names([found.answered_by]),
    }
    return render(request, "security/console/appeal.html", context, status=status)


def _appeal(appeal_id: UUID) -> Appeal:
    found = written.find(appeal_id)
    if found is None:
        raise NotFound
    return found


def _me() -> UUID:
    me = scope.get().user_id
    assert me is not None, "the mark lets nobody else in"
    return me
