"""Pages for somebody who has lost their second factor: ask, stop, finish. All of them are for people not signed in."""

from __future__ import annotations

from allauth.account.internal.decorators import login_stage_required
from allauth.mfa.stages import AuthenticateStage
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import recovery
from accounts.company import sessions as company
from accounts.entrance import ShowPasswordForm
from accounts.models import User
from security import scope
from security.marks import entrance

asked_password = login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")


@entrance
@asked_password  # type: ignore[untyped-decorator]  # allauth has no types
def ask(request: HttpRequest) -> HttpResponse:
    """For whoever has shown the password and is asked for a factor: begin the waiting time."""
    user: User = request._login_stage.login.user  # type: ignore[attr-defined]
    if company.is_company(request, user):  # the password was not shown
        return render(request, "mfa/recovery/cannot.html", status=403)
    if request.method != "POST":
        return render(request, "mfa/recovery/ask.html", {"hours": recovery.waiting_hours()})
    try:
        wish = recovery.ask(user=user, source=scope.get().source, now=timezone.now())
    except recovery.CannotRecover:
        return render(request, "mfa/recovery/cannot.html", status=403)
    return render(request, "mfa/recovery/asked.html", {"ready_at": wish.ready_at})


@sensitive_variables("token")
@entrance
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop it, by the link of each mail. Opening the link does nothing yet."""
    try:
        wish = recovery.wish_of(token, "stop")
    except recovery.LinkInvalid:
        return render(request, "mfa/recovery/invalid.html", status=404)
    if request.method == "POST":
        recovery.stop(wish, how="link", now=timezone.now())
        return render(request, "mfa/recovery/stopped.html")
    return render(request, "mfa/recovery/stop.html", {"wish": wish})


@sensitive_variables("token")
@entrance
def finish(request: HttpRequest, token: str) -> HttpResponse:
    """Remove the factors, by the link that comes when the time is over, and by the password. Raises Suspended."""
    now = timezone.now()
    try:
        wish = recovery.wish_of(token, "finish")
        if not recovery.is_due(wish, now=now):
            raise recovery.LinkInvalid
        form = ShowPasswordForm(request.POST or None, request=request, user=wish.user)
        if request.method == "POST" and form.is_valid():
            recovery.finish(wish, now=now)
            messages.success(
                request, _("Your second factors are removed. Sign in with your password and set up a new one.")
            )
            return redirect("account_login")
    except recovery.LinkInvalid:
        return render(request, "mfa/recovery/invalid.html", status=404)
    return render(request, "mfa/recovery/finish.html", {"form": form})
