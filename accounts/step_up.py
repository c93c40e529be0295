"""Step-up: what changes who may act for an account asks again who one is, unless that was shown within five minutes.

A sign-in counts, and so does showing the password or a factor again; the time is allauth's
`ACCOUNT_REAUTHENTICATION_TIMEOUT`, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts import kept_forms
from accounts.company import sessions as company
from security import scope

View = Callable[..., HttpResponse]
SIGN_IN = "sign_in"


def step_up(view: View) -> View:
    """Ask who one is before a page of this view is shown or done; what was typed is kept meanwhile."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with scope.identity():
            is_fresh = _is_fresh(request)
        return view(request, *args, **kwargs) if is_fresh else ask(request)

    return asked


def ask_for(request: HttpRequest, *, page: str) -> HttpResponse | None:
    """Lead to where one shows again who one is, and from there to a page; None where that was shown just now."""
    with scope.identity():
        if _is_fresh(request):
            return None
        way = _way(request)
    return redirect(f"{way}?{urlencode({'next': page})}")


def ask_here(request: HttpRequest) -> HttpResponse | None:
    """As `ask_for`, and back to this very address by a GET, where what was typed is kept; None where it was shown."""
    asked = ask_for(request, page=request.path)
    if asked is None:
        return None
    kept_forms.keep(request, proven=True, now=timezone.now())
    return kept_forms.hand_out(request, asked)


def is_fresh(request: HttpRequest) -> bool:
    """Tell whether whoever is signed in has shown lately who they are."""
    with scope.identity():
        return _is_fresh(request)


def _is_fresh(request: HttpRequest) -> bool:
    if company.of(request) is not None:
        return company.has_shown_lately(request)
    return bool(did_recently_reauthenticate(request))


def _way(request: HttpRequest) -> str:
    """Return where one shows again who one is; who has neither password nor factor is mailed a link to set one."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    return str(ways[0]["url"]) if ways else reverse("account_reset_password")


def ask(request: HttpRequest) -> HttpResponse:
    """Lead to where one shows the password or a factor again, and from there back; what was typed is kept."""
    with scope.identity():
        way = _way(request)
    is_kept = kept_forms.keep(request, proven=True, now=timezone.now())
    # A button's own address shows nothing: whoever pressed one is led back to the page where it stands.
    page = kept_forms.page_of(request) if is_kept or request.method == "POST" else request.get_full_path()
    return kept_forms.hand_out(request, redirect(f"{way}?{urlencode({'next': page})}"))


def note_sign_in(request: HttpRequest, user: Any) -> None:
    """All factors were shown a moment ago."""
    record_authentication(request, user, method=SIGN_IN, reauthenticated=True)


def renew_session(sender: Any, request: HttpRequest, method: str, reauthenticated: bool = False, **kwargs: Any) -> None:
    """Give a session that may do more from now on a new key. A sign-in has done so itself."""
    if reauthenticated and method != SIGN_IN:
        request.session.cycle_key()
