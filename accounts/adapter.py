"""What we change of allauth: how guesses are counted, and that each new user gets an account."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts import devices, lockout, services
from accounts.models import Account, User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.language = translation.get_language() or "en"
        user = super().save_user(request, user, form, commit=commit)
        if commit:
            kind = form.cleaned_data.get("kind") or Account.Kind.PERSONAL
            services.open_account(user=user, kind=kind, name=form.cleaned_data.get("account_name", ""))
        return user

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Check a password; the right one gives back all checks that were counted against it."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            lockout.forgive(lockout.subject_of(request, lockout.typed_email(request, credentials)))
        return user

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        """All factors are shown: this browser is known from now on."""
        devices.remember(request, user)
        response: HttpResponse = super().post_login(request, user, **options)
        return response

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """allauth's limit counts as ours does, so that others' guesses do not close the holder's known device."""
        return lockout.subject_of(request, lockout.typed_email(request, credentials))
