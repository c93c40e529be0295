"""What somebody types to remove their own sign-in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import EMAIL_LENGTH, User


class CloseForm(forms.Form):
    """One's e-mail address, typed to show that it is one's whole sign-in that is meant."""

    email = forms.EmailField(
        label=_("Type your e-mail address to remove your sign-in"),
        max_length=EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"].strip().lower()
        if typed != self.user.email:
            raise forms.ValidationError(_("This is not the e-mail address that you sign in with."))
        return typed
