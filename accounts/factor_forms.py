"""allauth's forms for factors as we use them: codes are counted like passwords, and each works once."""

from __future__ import annotations

from math import ceil
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as allauth
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as allauth_totp
from allauth.mfa.webauthn import forms as allauth_webauthn
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import factors, lockout, sign_in_log

NAME_LIMIT = 60


def code_field(*, hint: Any = "") -> forms.CharField:
    attrs = {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "spellcheck": "false",
        "class": "govuk-input--width-10",
    }
    return forms.CharField(label=_("Code"), max_length=40, help_text=hint, widget=forms.TextInput(attrs=attrs))


class CountedCode(allauth.BaseAuthenticateForm):  # type: ignore[misc]
    """Five codes, then a wait that doubles, as for passwords; and no code of an app twice."""

    code = code_field(hint=_("Six digits from your authenticator app, or a recovery code."))

    def clean_code(self) -> str:
        with sign_in_log.failures("code", self.user):
            return self._counted()

    def _counted(self) -> str:
        subject = f"code:{lockout.subject_of(context.request, self.user.email)}"
        if wait := lockout.reserve(subject):
            minutes = ceil(wait / 60)
            words = ngettext(
                "Too many wrong codes. Try again in %(minutes)d minute.",
                "Too many wrong codes. Try again in %(minutes)d minutes.",
                minutes,
            )
            raise forms.ValidationError(words % {"minutes": minutes}, code="too_many")
        code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP and not factors.use_code(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        lockout.forgive(subject)
        return code


class AuthenticateForm(CountedCode, allauth.AuthenticateForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(CountedCode, allauth.ReauthenticateForm):  # type: ignore[misc]
    pass


class NotedPasskey(allauth_webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey that does not fit is noted, as a code is; so is one that is made up and cannot be read."""

    def clean_credential(self) -> Authenticator:
        with sign_in_log.failures("passkey", self.user):
            try:
                return super().clean_credential()
            except (KeyError, TypeError, ValueError) as unreadable:  # fido2 takes it for what a browser made
                raise get_adapter().validation_error("incorrect_code") from unreadable


class PasskeySignInForm(NotedPasskey, allauth_webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    pass


class PasskeyAgainForm(NotedPasskey, allauth_webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ActivateForm(allauth_totp.ActivateTOTPForm):  # type: ignore[misc]
    code = code_field(hint=_("Six digits that the app shows for ECShip now."))

    def clean_code(self) -> str:
        """The code that sets an app up opens nothing afterwards."""
        code: str = super().clean_code()
        factors.use_code(self.user, code)
        return code


class AddPasskeyForm(allauth_webauthn.AddWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(
        label=_("Name of the passkey"),
        required=False,
        max_length=NAME_LIMIT,
        help_text=_("So that you know it again, for example “Office laptop”."),
    )
    passwordless = forms.BooleanField(
        label=_("Sign in with this passkey alone, without a password"),
        required=False,
        initial=True,
        help_text=_("The device then asks for your fingerprint, face or PIN."),
    )

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except (KeyError, TypeError, ValueError) as unreadable:
            raise get_adapter().validation_error("incorrect_code") from unreadable
        return cleaned


class EditPasskeyForm(allauth_webauthn.EditWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(label=_("Name of the passkey"), max_length=NAME_LIMIT)
