"""What staff type into the console's own pages."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from security.console.trail import LATELY, Which
from security.detection.changes import Standing
from security.texts import clean_text
from security.thresholds import Rung, Threshold

TICKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9#/_.-]*")


def check_ticket(typed: str) -> None:
    """A validator of ticket numbers. Raises ValidationError."""
    if not TICKET.fullmatch(typed):
        raise forms.ValidationError(_("Enter the number alone: letters, digits and # / _ . -"))


class CaseForm(forms.Form):
    """For which account, and why."""

    account_id = forms.UUIDField(
        label=_("Account id"), widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    ticket = forms.CharField(
        label=_("Ticket number"),
        max_length=40,
        validators=[check_ticket],
        help_text=_("The number of the request or the incident. The customer sees it."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        min_length=10,
        max_length=500,
        help_text=_("What has to be seen, and why, in a sentence. Name nobody. The customer sees it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    has_consent = forms.BooleanField(label=_("The customer has agreed"), required=False)


class AnswerForm(forms.Form):
    """What the holder is answered, by mail."""

    words = forms.CharField(
        label=_("Answer"),
        min_length=10,
        max_length=4_000,
        help_text=_(
            "It goes out as you write it, in a mail in the holder’s language: write so that they understand. "
            "Say nothing of how it was noticed."
        ),
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def clean_words(self) -> str:
        typed: str = clean_text(self.cleaned_data["words"], keep_breaks=True)
        return typed


class ThresholdForm(forms.Form):
    """A value within a threshold's bounds, and why."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=10,
        max_length=500,
        help_text=_("What was seen, and what the change is for, in a sentence. Name nobody."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ("value", "reason")

    def __init__(self, *args: Any, standing: Standing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing = standing
        self.fields["value"] = self._value_field(standing.threshold)
        self.initial.setdefault("value", int(standing.now) if standing.threshold.is_whole else standing.now)
        self.order_fields(self.field_order)

    @staticmethod
    def _value_field(threshold: Threshold) -> forms.Field:
        assert threshold.within is not None, "one without bounds is not changed here"
        least, most = threshold.within
        if threshold.is_rung:
            rungs = [(rung.value, rung.name.lower()) for rung in Rung if least <= rung <= most]
            return forms.TypedChoiceField(label=_("New value"), choices=rungs, coerce=int)
        bounds = {"least": threshold.shown(least), "most": threshold.shown(most)}
        hint = _("From %(least)s to %(most)s.") % bounds
        if threshold.is_whole:
            return forms.IntegerField(label=_("New value"), help_text=hint, min_value=int(least), max_value=int(most))
        return forms.FloatField(label=_("New value"), help_text=hint, min_value=least, max_value=most)

    def clean_value(self) -> float:
        value: float = self.cleaned_data["value"]
        if value == self.standing.now:
            raise forms.ValidationError(_("This is the value that holds now."))
        return value


class TightenForm(forms.Form):
    """Why a threshold returns to its default at once."""

    reason = ThresholdForm.base_fields["reason"]


class TrailForm(forms.Form):
    """What of the trail is looked for; without days, the last thirty."""

    which = forms.ChoiceField(label=_("Look through"), choices=Which.choices, required=False, initial=Which.ACCESS)
    actor = forms.CharField(
        label=_("Actor"), max_length=64, required=False, help_text=_("For example user: or key: followed by the id.")
    )
    account_id = forms.UUIDField(label=_("Account id"), required=False)
    source = forms.GenericIPAddressField(label=_("Address it came from"), required=False)
    endpoint = forms.CharField(label=_("Endpoint"), max_length=100, required=False)
    kind = forms.CharField(label=_("Kind of object or event"), max_length=32, required=False)
    request_id = forms.CharField(label=_("Request"), max_length=32, required=False)
    about = forms.UUIDField(
        label=_("Id of what it was about"),
        required=False,
        help_text=_("Of a suspension, a colleague, a change, a case and so on. Events alone say it."),
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, now: datetime, full_source: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        if not full_source:
            del self.fields["source"]

    def clean(self) -> dict[str, Any]:
        """Turn days of Hong Kong into moments: from the first one's beginning to the last one's end."""
        asked = {**self.cleaned_data, "which": self.cleaned_data.get("which") or Which.ACCESS}
        first, last = asked.get("since"), asked.get("until")
        if first and last and first > last:
            self.add_error("until", _("Enter a day that is not before the first one."))
        if asked.get("about") and asked["which"] != Which.EVENTS:
            self.add_error("about", _("Look through refusals, alarms and acts of staff: they alone say it."))
        end = _midnight(last + timedelta(days=1)) if last else self.now + timedelta(minutes=1)
        return {**asked, "since": _midnight(first) if first else end - LATELY, "until": end}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
