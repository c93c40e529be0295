"""allauth's forms as we use them: no password is checked outside the count of guesses."""

from __future__ import annotations

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter


class ChangePasswordForm(allauth.ChangePasswordForm):  # type: ignore[misc]
    def clean_oldpassword(self) -> str:
        typed: str = self.cleaned_data["oldpassword"]
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, typed):
            raise adapter.validation_error("enter_current_password")
        return typed
