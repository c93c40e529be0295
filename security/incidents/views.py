"""The holder's pages: which notices there are, and what was read of one's own."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from security import spreadsheets
from security.incidents import access, holding, letters, registry, texts, words
from security.incidents.models import Notice, NoticeText
from security.marks import requires
from security.permissions import Permission
from security.trail import Action

SHOWN = 100  # notices; an account with more has worse troubles


@requires(Permission.LOG_VIEW)
def notice_list(request: HttpRequest) -> HttpResponse:
    """The notices of this account, the newest first."""
    found = [
        {"notice": notice, "amounts": words.amounts(notice.findings), **words.days(notice.findings)}
        for notice in access.own_notices()[:SHOWN]
    ]
    return render(request, "security/incidents/notices.html", {"notices": found})


@requires(Permission.LOG_VIEW)
def notice(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """What was read, when, by whom, which kinds of data; and words to forward."""
    found = access.get_notice(notice_id)
    page = Paginator(range(holding.count(found)), holding.PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "security/incidents/notice.html",
        {
            "notice": found,
            "parts": _parts(found),
            "amounts": words.amounts(found.findings),
            "lines": holding.lines(found, start=max(0, page.start_index() - 1)),
            "page": page,
            **words.days(found.findings),
        },
    )


@requires(Permission.LOG_VIEW)
def download(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """The same lines as a file for a spreadsheet; as for every export, one shows again who one is."""
    return registry.proven(_download)(request, notice_id)


def _download(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    found = access.get_notice(notice_id)
    rows = (
        (line.what, line.thing.name, _moment(line.first), _moment(line.last), line.by, line.fields)
        for line in holding.lines(found, size=None, action=Action.EXPORT)
    )
    answer = HttpResponse(spreadsheets.csv_of(holding.HEAD, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="what-was-read.csv"'
    return answer


def _parts(notice: Notice) -> dict[str, str]:
    """Return the texts of a notice in the reader's language, filled in for their account."""
    said = NoticeText.objects.get(run_id=notice.run_id, language=get_language() or settings.LANGUAGE_CODE)
    values = letters.values_for(notice.findings, account_name=registry.people().account_name())
    return {name: texts.fill(text, values) for name, text in said.parts.items()}


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
