"""Step-up in the console: what changes the rules asks again who one is, unless that was shown within five minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from security.detection import hooks

View = Callable[..., HttpResponseBase]


def step_up(view: View) -> View:
    """Lead whoever has not shown a factor lately to where they do, and back to the page they came from."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        since = timezone.now() - timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
        return hooks.step_up(request, since) or view(request, *args, **kwargs)

    return asked
