"""What people type: numbers to look for, and events to enter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tracking import numbers
from tracking.events import Action, Code, Reason
from tracking.limits import SEARCH_SIZE
from tracking.models import PLACE_LENGTH

TEXT_LENGTH = 4000
MANY = 500  # item numbers that share one event


class NumbersField(forms.CharField):
    """A box for item numbers; its value is `numbers.Typed`. It refuses none and too many."""

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(strip=True, **options)

    def clean(self, value: Any) -> numbers.Typed:
        typed = numbers.read(super().clean(value))
        if not typed.count:
            raise ValidationError(self.error_messages["required"], code="required")
        if typed.count > self.most:
            message = ngettext(
                "Enter no more than %(limit)d item number.", "Enter no more than %(limit)d item numbers.", self.most
            )
            raise ValidationError(message % {"limit": self.most}, code="too_many")
        return typed


class SearchForm(forms.Form):
    numbers = NumbersField(
        label=_("Item numbers"),
        help_text=_("For example RB123456785HK. Up to 40 numbers, separated by spaces, commas or new lines."),
        most=SEARCH_SIZE,
        max_length=TEXT_LENGTH,
        error_messages={"required": _("Enter an item number such as RB123456785HK.")},
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )


class EventForm(forms.Form):
    """One event for one or many items. The service says what is wrong with the event itself."""

    item_number = NumbersField(
        label=_("Item numbers"),
        help_text=_("One or many, separated by spaces, commas or new lines. A scanner may type here."),
        most=MANY,
        max_length=MANY * 20,
        error_messages={"required": _("Enter an item number such as RB123456785HK.")},
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
    )
    code = forms.ChoiceField(
        label=_("Event"),
        choices=[("", _("Choose an event"))] + [(code.value, code.label) for code in Code],
        error_messages={
            "required": _("Choose an event of the list."),
            "invalid_choice": _("Choose an event of the list."),
        },
    )
    at = forms.DateTimeField(
        label=_("Date and time"),
        help_text=_("When it happened, in Hong Kong time. For example 2026-03-27 14:30."),
        error_messages={
            "required": _("Enter the date and time, for example 2026-03-27 14:30."),
            "invalid": _("Enter the date and time, for example 2026-03-27 14:30."),
        },
        widget=forms.DateTimeInput(
            format="%Y-%m-%d %H:%M", attrs={"class": "govuk-input--width-20", "autocomplete": "off"}
        ),
    )
    place = forms.CharField(
        label=_("Office"),
        help_text=_("The name or the code of the office. Never the name of a person."),
        max_length=PLACE_LENGTH,
        error_messages={"required": _("Enter the name or the code of an office.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        help_text=_("Needed when customs holds the item and when a delivery was not successful."),
        choices=[("", _("No reason"))] + [(reason.value, reason.label) for reason in Reason],
        required=False,
        error_messages={"invalid_choice": _("Choose a reason of the list.")},
    )
    action = forms.ChoiceField(
        label=_("What happens next"),
        help_text=_("Only for a delivery that was not successful."),
        choices=[("", _("Nothing to say"))] + [(action.value, action.label) for action in Action],
        required=False,
        error_messages={"invalid_choice": _("Choose what happens next from the list.")},
    )

    def clean_item_number(self) -> list[str]:
        typed: numbers.Typed = self.cleaned_data["item_number"]
        if typed.malformed:
            message = _("These are not item numbers: %(numbers)s. Check each digit.")
            raise ValidationError(message, code="item_number", params={"numbers": ", ".join(typed.malformed)})
        return typed.numbers
