"""Forms about teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import NameField
from accounts.forms import called
from accounts.models import Member
from accounts.teams.services import MOST_NAME


class TeamForm(forms.Form):
    name = NameField(
        label=_("Name of the team"),
        required=False,  # the service says what is missing
        max_length=MOST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PutInForm(forms.Form):
    """Who is to come into a team, of the members that are not in it yet."""

    member = forms.MultipleChoiceField(
        label=_("Put into the team"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose who is to come into the team."),
            "invalid_choice": _("Choose members of this account."),
        },
    )

    def __init__(self, *args: Any, outside: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outside = {str(member.pk): member for member in outside}
        choices = [(pk, called(member.user)) for pk, member in self.outside.items()]
        self.fields["member"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[Member]:
        return [self.outside[pk] for pk in self.cleaned_data["member"]]
