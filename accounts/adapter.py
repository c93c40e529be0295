"""What we change of allauth: mails go through the queue's transaction hook, and each new user gets an account."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import translation

from accounts import services
from accounts.models import Account, User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.language = translation.get_language() or "en"
        user = super().save_user(request, user, form, commit=commit)
        if commit:
            kind = form.cleaned_data.get("kind") or Account.Kind.PERSONAL
            services.open_account(user=user, kind=kind, name=form.cleaned_data.get("account_name", ""))
        return user
