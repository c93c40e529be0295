"""What forms say where a field has no words of its own: what to do, in place of Django's "Ensure this value ...".

Django reads these sentences from the classes of its validators and fields. They are set here once, for all forms;
whatever a form says itself comes first.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _


def set_words() -> None:
    validators.MinValueValidator.message = _("Enter %(limit_value)s or more.")
    validators.MaxValueValidator.message = _("Enter %(limit_value)s or less.")
    validators.MinLengthValidator.message = _("Use at least %(limit_value)d characters; there are %(show_value)d.")
    validators.MaxLengthValidator.message = _("Use at most %(limit_value)d characters; there are %(show_value)d.")
    of_decimals: dict[str, Any] = {
        "invalid": _("Enter a number."),
        "max_digits": _("Use at most %(max)s digits."),
        "max_decimal_places": _("Use at most %(max)s decimal places."),
        "max_whole_digits": _("Use at most %(max)s digits before the decimal point."),
    }
    validators.DecimalValidator.messages.update(of_decimals)
    forms.Field.default_error_messages["required"] = _("Fill in this field.")
    for choosing in (forms.ChoiceField, forms.TypedChoiceField, forms.MultipleChoiceField, forms.ModelChoiceField):
        choosing.default_error_messages |= {"invalid_choice": _("Choose one from the list.")}
