"""Step-up in the console: what stops people, lets them go, mails many or changes the rules asks again who one is.

Unless that was shown within five minutes. Which address asks is decided in `tests/security/test_console_step_up.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from security.detection import hooks

View = Callable[..., HttpResponseBase]


def step_up(view: View) -> View:
    """Lead whoever has not shown a factor lately to where they do, and back to the page they came from."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return ask(request) or view(request, *args, **kwargs)

    return asked


def ask(request: HttpRequest) -> HttpResponseBase | None:
    """Return the way to show who one is; None for whoever did so lately. Of a button it is said that it did nothing."""
    since = timezone.now() - timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    way = hooks.step_up(request, since)
    if way is not None and request.method == "POST":
        messages.info(request, _("Nothing was done yet. Show who you are, then press the button once more."))
    return way
