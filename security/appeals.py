"""The appeal: reached by a signed link out of a mail, suspended or not, and told to staff.

It shows nothing but until when the suspension holds, to whoever has the link, and takes three appeals at most.
"""

from __future__ import annotations

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from security import limits, suspension
from security.limits import Limit
from security.marks import open_to_suspended, public
from security.refusals import NotFound

APPEALS = Limit("appeals", items=10, seconds=3_600)  # tries to write one, from one network


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
    """Show how a suspension stands, and take what its holder says to it."""
    try:
        suspension_id = suspension.of_token(token)
    except (signing.BadSignature, ValueError) as error:
        raise NotFound from error
    form = AppealForm(request.POST or None)
    if request.method == "POST":
        if not limits.take(request, limit=APPEALS, now=timezone.now()).allowed:
            return render(request, "429.html", status=429)
        if form.is_valid():
            suspension.appeal(suspension_id, words=form.cleaned_data["words"], now=timezone.now())
            return redirect(request.path + "?sent=1")
    held = suspension.look(suspension_id)
    if held is None:
        raise NotFound
    context = {
        "held": held,
        "form": form,
        "is_sent": "sent" in request.GET,
        "can_write": held.holds and held.appeals < 3,
    }
    return render(request, "suspension/appeal.html", context)
