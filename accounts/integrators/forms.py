"""Forms about integrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.integrators.models import NAME_LENGTH, Integrator

FRESHNESS = [(0, _("Any age")), (5, _("5 minutes")), (60, _("1 hour")), (1440, _("24 hours"))]


class LetForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the integrator"),
        max_length=NAME_LENGTH,
        help_text=_("Whoever runs your shop or program tells you."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class IntegratorForm(forms.Form):
    """How strictly the header of a call is looked at; of a new integrator, its name as well."""

    name = forms.CharField(
        label=_("Name of the integrator"),
        max_length=NAME_LENGTH,
        help_text=_("3 to 40 small letters, digits, dots, hyphens and underscores. It cannot be changed later."),
        validators=[RegexValidator(r"^[a-z0-9._-]{3,40}\Z", _("Use 3 to 40 of a to z, 0 to 9, “.”, “-” and “_”."))],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    fresh_minutes = forms.TypedChoiceField(
        label=_("How old the header of a call may be"),
        choices=FRESHNESS,
        coerce=int,
        initial=0,
        help_text=_("Choose a time only if your program stamps each call with the right time in UTC."),
    )
    refuses_replays = forms.BooleanField(
        label=_("Take each header once only"),
        required=False,
        help_text=_("Choose this only if your program makes a new header for each call."),
    )

    def __init__(self, *args: Any, integrator: Integrator | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if integrator is not None:
            del self.fields["name"]
            self.initial = {
                "fresh_minutes": integrator.fresh_minutes or 0,
                "refuses_replays": integrator.refuses_replays,
            }

    @property
    def settings(self) -> dict[str, Any]:
        """Return how strict it is, as the services take it."""
        words = self.cleaned_data
        return {"fresh_minutes": words["fresh_minutes"] or None, "refuses_replays": words["refuses_replays"]}
