"""The appeal: reached by a signed link out of a mail, suspended or not, and told to staff.

It shows nothing but until when the suspension holds, to whoever has the link, and takes three appeals at most.
"""

from __future__ import annotations

from enum import Enum
from uuid import UUID

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from security import limits, suspension
from security.limits import Limit
from security.marks import open_to_suspended, public
from security.refusals import NotFound

MOST = 3  # of one suspension; the database counts (`walls.appeal`)
APPEALS = Limit("appeals", items=10, seconds=3_600)  # tries to write one, from one network


class Outcome(Enum):
    """What became of words that were sent."""

    KEPT = "kept"
    LIMIT = "limit"  # too many tries from the network
    REFUSED = "refused"  # by the database, which says no more: one of the next two
    OVER = "over"
    THREE = "three"


NOTHING_KEPT: set[Outcome | None] = {Outcome.LIMIT, Outcome.OVER, Outcome.THREE}
STATUS: dict[Outcome | None, int] = {Outcome.LIMIT: 429, Outcome.OVER: 409, Outcome.THREE: 409}


class AppealForm(forms.Form):
    words = forms.CharField(
        label=_("What should we know?"),
        help_text=_("Tell us what you were doing. Do not write down passwords or keys."),
        max_length=suspension.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Write a few words")},
    )


@public
@open_to_suspended
def appeal(request: HttpRequest, token: str) -> HttpResponse:
    """Show how a suspension stands, and take what its holder says to it.

    What became of it is said in the answer to the form itself: no address says that something was received.
    """
    try:
        suspension_id = suspension.of_token(token)
    except (signing.BadSignature, ValueError) as error:
        raise NotFound from error
    form = AppealForm(request.POST or None)
    if request.method != "POST":
        return _page(request, suspension_id, form)
    verdict = limits.take(request, limit=APPEALS, now=timezone.now())
    if not verdict.allowed:
        response = _page(request, suspension_id, form, outcome=Outcome.LIMIT, wait=limits.wait_words(verdict.retry_in))
        response.headers["Retry-After"] = str(verdict.retry_in)
        return response
    if not form.is_valid():
        return _page(request, suspension_id, form)
    if suspension.appeal(suspension_id, words=form.cleaned_data["words"], now=timezone.now()):
        return _page(request, suspension_id, AppealForm(), outcome=Outcome.KEPT)
    return _page(request, suspension_id, form, outcome=Outcome.REFUSED)


def _page(
    request: HttpRequest, suspension_id: UUID, form: AppealForm, *, outcome: Outcome | None = None, wait: str = ""
) -> HttpResponse:
    held = suspension.look(suspension_id)
    if held is None:
        raise NotFound
    if outcome is Outcome.REFUSED:
        outcome = Outcome.THREE if held.appeals >= MOST else Outcome.OVER
    context = {
        "held": held,
        "form": form,
        "typed": form["words"].value() if outcome in NOTHING_KEPT else "",
        "outcome": outcome.value if outcome else "",
        "wait": wait,
        "can_write": held.holds and held.appeals < MOST,
    }
    return render(request, "suspension/appeal.html", context, status=STATUS.get(outcome, 200))
