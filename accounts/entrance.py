"""allauth's forms as we use them: no password is checked outside the count of guesses, and nobody is looked up.

Whether an e-mail is known is found out by the worker that writes the mail (`accounts.delivery`), so the request does
the same in both cases.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from allauth.account.fields import EmailField as AddressField
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import mail_limits, outbox, sign_ups
from accounts.fields import NameField
from accounts.models import EMAIL_LENGTH, Account, OutgoingMail, User


class SignupForm(allauth.SignupForm):  # type: ignore[misc]
    """E-mail, and what the account is for. The password is chosen by whoever opens the mailed link."""

    kind = forms.ChoiceField(
        label=_("What is the account for?"),
        choices=Account.Kind.choices,
        widget=forms.RadioSelect,
        initial=Account.Kind.PERSONAL,
    )
    account_name = NameField(
        label=_("Account name"),
        max_length=100,
        required=False,
        help_text=_("Your company's name, or any name you like."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password1"]
        _bound_email(self)

    def validate_unique_email(self, value: str) -> str:
        return value

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        _count(self, mail_limits.sign_up)
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        """Take the wish."""
        email = self.cleaned_data["email"]
        sign_ups.request(email=email, kind=self.cleaned_data["kind"], name=self.cleaned_data["account_name"])
        return None, get_adapter().respond_email_verification_sent(request, None)


class ResetPasswordForm(allauth.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _bound_email(self)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        return email

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = super().clean()
        _count(self, mail_limits.reset)
        return cleaned

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        outbox.post(kind=OutgoingMail.Kind.RESET, email=email)
        return email


class AddEmailForm(allauth.AddEmailForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _bound_email(self)

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = super().clean()
        _count(self, partial(mail_limits.confirm, by=self.user.pk))
        return cleaned


def _bound_email(form: forms.Form) -> None:
    """Take no longer e-mail than the database does: allauth's field takes Django's 320 characters."""
    was = form.fields["email"]
    form.fields["email"] = AddressField(
        label=was.label, widget=was.widget, max_length=EMAIL_LENGTH, help_text=was.help_text
    )


def _count(form: forms.Form, limit: Callable[..., None]) -> None:
    """Count the mail that a form without mistakes asks for; where it is too much, say so beside the address."""
    if form.errors:
        return
    try:
        limit(form.cleaned_data["email"], now=timezone.now())
    except mail_limits.TooMuchMail as refused:
        form.add_error("email", str(refused))


class ChangePasswordForm(allauth.ChangePasswordForm):  # type: ignore[misc]
    def clean_oldpassword(self) -> str:
        typed: str = self.cleaned_data["oldpassword"]
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, typed):
            raise adapter.validation_error("enter_current_password")
        return typed


class ShowPasswordForm(forms.Form):
    """The password of a known person, asked again before they are signed in; counted as any other check."""

    password = allauth.PasswordField(label=_("Password"), autocomplete="current-password")

    def __init__(self, *args: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user = request, user

    def clean_password(self) -> str:
        """Raises ValidationError for a wrong one; after too many the middleware of django-axes answers."""
        typed: str = self.cleaned_data["password"]
        adapter = get_adapter()
        if adapter.authenticate(self.request, email=self.user.email, password=typed) != self.user:
            raise adapter.validation_error("enter_current_password")
        return typed
