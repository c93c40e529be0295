from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        user_logged_in.connect(remember_epoch, dispatch_uid="accounts.remember_epoch")


def remember_epoch(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Put the user's epoch into a session that begins: when the epoch moves on, the session is dead."""
    from accounts import services

    request.session["epoch"] = services.current_epoch(user.pk)
