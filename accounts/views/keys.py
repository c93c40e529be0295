"""API keys, and the access log."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import access, factor_rules, kept_forms, mail_limits, selectors, services
from accounts.forms import KeyForm
from accounts.mail_limits import TooMuchMail
from accounts.models import Account, ApiKey, User
from accounts.step_up import step_up
from security import scope
from security.marks import requires
from security.pages import BadCursor
from security.permissions import Permission


@requires(Permission.KEY_MANAGE)
def key_list(request: HttpRequest) -> HttpResponse:
    found = ApiKey.objects.filter(account_id=scope.current().account).order_by("-created_at")
    account: Account = request.account  # type: ignore[attr-defined]
    keys = list(found)
    resting = factor_rules.lacking(key.created_by_id for key in keys) if factor_rules.is_in_force(account) else set()
    return render(request, "accounts/keys.html", {"keys": keys, "resting": resting})


@sensitive_variables("token")
@requires(Permission.KEY_MANAGE)
@step_up
def add_key(request: HttpRequest) -> HttpResponse:
    """Make a key; its text stands on the page that answers, and nowhere again."""
    form = KeyForm(kept_forms.typed(request))
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        try:
            mail_limits.tell(by=request.user.pk, now=timezone.now())
        except TooMuchMail as refused:
            form.add_error(None, str(refused))
            return render(request, "accounts/key_form.html", {"form": form}, status=429)
        token = services.make_key(
            account=request.account,  # type: ignore[attr-defined]
            by=request.user,
            now=timezone.now(),
            lifetime=form.lifetime,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            allowed_addresses=form.cleaned_data["allowed_addresses"],
        )
        return render(request, "accounts/key_made.html", {"name": form.cleaned_data["name"], "token": token})
    return render(request, "accounts/key_form.html", {"form": form})


@requires(Permission.KEY_MANAGE)
@step_up
def end_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    key = access.get_key(key_id)
    if request.method == "POST":
        services.end_key(key)
        messages.success(request, _("The key is ended. Nothing can use it any more."))
        return redirect("accounts:keys")
    return render(request, "accounts/end_key.html", {"key": key})


@requires(Permission.LOG_VIEW)
def access_log(request: HttpRequest) -> HttpResponse:
    """Who looked at or changed what in this account, newest first."""
    try:
        page = selectors.log_page(cursor=request.GET.get("cursor", ""))
    except BadCursor:  # a link that was cut off: the first page
        page = selectors.log_page(cursor="")
    return render(request, "accounts/access_log.html", {"page": page})
