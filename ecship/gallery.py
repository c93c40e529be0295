"""What the gallery page shows its components with: made-up values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ecship.templatetags.site import NAMES, TAGS


class SampleForm(forms.Form):
    """Every kind of field once; two of them are wrong."""

    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("As it stands on the letter box."))
    weight_g = forms.IntegerField(label=gettext_lazy("Weight in grams"))
    secret = forms.CharField(label=gettext_lazy("Password"), widget=forms.PasswordInput, required=False)
    notes = forms.CharField(label=gettext_lazy("Notes"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    size = forms.ChoiceField(
        label=gettext_lazy("Paper"), choices=[("a4", "A4"), ("small", "100 x 150 mm")], required=False
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What do you send?"),
        choices=[("goods", gettext_lazy("Goods")), ("documents", gettext_lazy("Documents"))],
        widget=forms.RadioSelect,
    )
    days = forms.MultipleChoiceField(
        label=gettext_lazy("Use it for"),
        choices=[("sender", gettext_lazy("Sender")), ("recipient", gettext_lazy("Recipient"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    agree = forms.BooleanField(label=gettext_lazy("I have read this"), required=False)


def passages(request: HttpRequest, *, now: datetime) -> list[dict[str, str]]:
    """Return every component in each language: the language's tag, its own name for itself, and the HTML."""
    return [_passage(request, code, now=now) for code in NAMES]


def _passage(request: HttpRequest, code: str, *, now: datetime) -> dict[str, str]:
    with translation.override(code):
        html = render_to_string("gallery/partials/components.html", {**_samples(code), "now": now}, request=request)
    return {"tag": TAGS[code], "name": NAMES[code], "html": html}


def _samples(code: str) -> dict[str, Any]:
    """Return made-up values in the active language; ids carry its code, because all three stand on one page."""
    return {
        "code": code,
        "form": SampleForm({"name": "Chan Tai Man", "weight_g": "?"}, prefix=f"sample-{code}"),
        "steps": [
            {"label": _("Sender"), "href": "#main-content", "is_done": True},
            {"label": _("Recipient"), "is_current": True},
            {"label": _("Contents")},
        ],
        "rows": [
            {"key": _("Name"), "value": "Chan Tai Man", "href": "#main-content"},
            {"key": _("Weight in grams"), "value": "250"},
        ],
        "head": [_("Weight in grams"), _("Price in Hong Kong dollars")],
        "prices": [["50", "12.30"], ["100", "18.90"]],
    }
