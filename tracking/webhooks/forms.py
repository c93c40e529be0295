"""The forms of webhooks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import NameField
from tracking.webhooks import targets
from tracking.webhooks.models import CHOOSABLE, OF_SHIPMENTS, WebhookState
from tracking.webhooks.targets import LONGEST, BadTarget

DESCRIPTION_LENGTH = 100
SWITCH = [
    (WebhookState.ACTIVE, _("On")),
    (WebhookState.PAUSED, _("Paused: nothing is sent, and what happens is not sent later")),
]


class WebhookForm(forms.Form):
    """Where to, and of what."""

    url = forms.CharField(
        label=_("Web address of the receiver"),
        max_length=LONGEST,
        help_text=_("Begins with https:// and is a public server, for example https://shop.example.com/ecship."),
        error_messages={"required": _("Enter the web address of the receiver.")},
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    description = NameField(
        label=_("What it is for"),
        max_length=DESCRIPTION_LENGTH,
        required=False,
        help_text=_("Such as the name of a shop. You may leave it empty."),
    )
    events = forms.MultipleChoiceField(
        label=_("What the receiver is told"),
        choices=CHOOSABLE,
        initial=OF_SHIPMENTS,
        error_messages={"required": _("Choose at least one event.")},
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        try:
            targets.check(url)
        except BadTarget as error:
            raise forms.ValidationError(error.words, code="invalid") from error
        return url


class ChangeForm(WebhookForm):
    state = forms.ChoiceField(label=_("Is it on?"), choices=SWITCH, widget=forms.RadioSelect)

    def values(self) -> dict[str, Any]:
        """Return what `services.change` takes."""
        values = dict(self.cleaned_data)
        values["is_active"] = values.pop("state") == WebhookState.ACTIVE
        return values
