"""Signing in with one's company: say who one is, go to the provider, and come back."""

from __future__ import annotations

import secrets
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import clear_authentication_records, perform_login
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from accounts import sign_in_log
from accounts.company import admission, client, providers, sessions
from accounts.company.client import Refused
from accounts.company.providers import Provider
from security.marks import entrance

WISH = "company_wish"  # in the session: what was asked of which provider, until the answer comes
WISH_SECONDS = 600


class CompanyForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address at work"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if providers.of_email(email) is None:
            raise forms.ValidationError(
                _("No company has set this up for addresses like this one. Sign in with your password.")
            )
        return email


@entrance
def start(request: HttpRequest) -> HttpResponse:
    """Ask for the address at work, whose domain says which provider is meant; whether anybody has it is not asked."""
    _only_where_it_is_set()
    if request.user.is_authenticated:
        return redirect("home")
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        provider = providers.of_email(email)
        assert provider is not None
        return _leave(request, provider, email=email)
    return render(request, "account/company/start.html", {"form": form, "next": _next(request)})


@entrance
@require_safe
def start_at(request: HttpRequest, name: str) -> HttpResponse:
    """The same for one company, whose address it may put on its own pages."""
    provider = _named(name)
    return redirect("home") if request.user.is_authenticated else _leave(request, provider, email="")


@sensitive_variables()
@entrance
@require_safe
def callback(request: HttpRequest, name: str) -> HttpResponse:
    """Sign in whoever comes back from the provider as one of its members; one answer for all others."""
    provider = _named(name)
    wish = request.session.pop(WISH, None)  # an answer is taken once, right or wrong
    if wish is not None:
        translation.activate(wish["language"])  # one address leads back, whatever language somebody reads
    try:
        _count(request)
        claims = _answer(request, provider, wish)
        user = admission.admit(provider, claims, now=timezone.now())
    except Refused as refused:
        sign_in_log.note_failure("company", more={"provider": provider.name, "reason": refused.reason})
        return render(request, "account/company/refused.html", {"provider": provider}, status=403)
    clear_authentication_records(request)
    sessions.record(request, user, provider, has_factor=admission.shows_second_factor(provider, claims))
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=wish["next"] or None))
    return response


def _leave(request: HttpRequest, provider: Provider, *, email: str) -> HttpResponse:
    """Show the way out: a link, since a form of ours may lead nowhere else (the policy's `form-action`)."""
    wish: dict[str, Any] = {
        "provider": provider.name,
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(48),
        "at": int(timezone.now().timestamp()),
        "next": _next(request),
        "language": translation.get_language(),
    }
    asked: dict[str, str] = {key: wish[key] for key in ("state", "nonce", "verifier")}
    try:
        _count(request)
        address = client.sign_in_address(provider, back_to=_back_to(provider), email=email, **asked)
    except Refused as refused:
        sign_in_log.note_failure("company", more={"provider": provider.name, "reason": refused.reason})
        return render(request, "account/company/away.html", {"provider": provider}, status=503)
    request.session[WISH] = wish
    return render(request, "account/company/leave.html", {"provider": provider, "address": address})


def _answer(request: HttpRequest, provider: Provider, wish: dict[str, Any] | None) -> dict[str, Any]:
    """Return the claims that answer this browser's own wish. Raises Refused."""
    if wish is None or wish["provider"] != provider.name:
        raise Refused("no_wish")
    if not constant_time_compare(request.GET.get("state", ""), wish["state"]):
        raise Refused("state")
    if timezone.now().timestamp() - wish["at"] > WISH_SECONDS:
        raise Refused("late")
    if request.GET.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
        raise Refused("issuer")
    code = request.GET.get("code", "")
    if not code or "error" in request.GET:
        raise Refused("cancelled")
    return client.claims_for(
        provider, code=code, back_to=_back_to(provider), nonce=wish["nonce"], verifier=wish["verifier"]
    )


def _count(request: HttpRequest) -> None:
    """Count an attempt as allauth counts sign-ins by address. Raises Refused."""
    if not ratelimit.consume(request, app="allauth.account", action="login", limit_get=True):
        raise Refused("too_many")


def _back_to(provider: Provider) -> str:
    """Return where the provider leads back to: one address, which is set there to the letter."""
    return settings.SITE_ADDRESS.rstrip("/") + reverse("company_callback", args=[provider.name])


def _next(request: HttpRequest) -> str:
    page = request.POST.get("next") or request.GET.get("next") or ""
    return page if get_adapter().is_safe_url(page) else ""


def _named(name: str) -> Provider:
    if provider := providers.of_name(name):
        return provider
    raise Http404


def _only_where_it_is_set() -> None:
    if not settings.OIDC_PROVIDERS:
        raise Http404
