"""Deleting the active account, keeping it after all by page or link, and removing one's own sign-in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from accounts import closing, people
from accounts.closing_forms import CloseForm
from accounts.forms import DeleteForm
from accounts.models import Account, Member, User
from accounts.step_up import step_up
from security import scope
from security.marks import entrance, identity, requires
from security.permissions import Permission


@requires(Permission.ACCOUNT_MANAGE)
@step_up
def delete(request: HttpRequest) -> HttpResponse:
    """Ask for the active account's deletion: what goes and what stays is said first, and its name is to be typed."""
    account: Account = request.account  # type: ignore[attr-defined]
    if account.closing_at is not None:
        is_due = account.closing_at <= timezone.now()
        return render(request, "accounts/closing/waiting.html", {"is_due": is_due, "by": _who(account)})
    form = DeleteForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        closing.ask(account=account, by=_user(request), now=timezone.now())
        return redirect("accounts:delete")
    members = Member.objects.filter(account_id=scope.current().account).count()
    context = {"form": form, "member_count": members, "days": closing.wait().days}
    return render(request, "accounts/delete.html", context)


@require_POST
@requires(Permission.ACCOUNT_MANAGE)
def keep(request: HttpRequest) -> HttpResponse:
    """Take the deletion back. It asks nothing again: it only stops something, and everybody is told."""
    try:
        closing.take_back(request.account)  # type: ignore[attr-defined]
    except closing.NotClosing:
        messages.error(request, _("This account is not being deleted."))
    else:
        messages.success(request, _("The account stays, as it was."))
    return redirect("accounts:overview")


@sensitive_variables("token")
@entrance
def keep_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take it back by the link of an owner's mail. Opening the link does nothing yet."""
    try:
        member = closing.owner_of(token)
        if request.method == "POST":
            closing.take_back_by_link(member)
            return render(request, "accounts/closing/kept.html")
    except closing.NotClosing:
        return render(request, "accounts/closing/invalid.html", status=404)
    return render(request, "accounts/closing/keep.html", {"closing": member.account})


@identity
@step_up
def close_sign_in(request: HttpRequest) -> HttpResponse:
    """Remove one's own sign-in, and leave all accounts; who is the only owner of one deletes or hands it on first."""
    user = _user(request)
    form = CloseForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            people.close_sign_in(user, now=timezone.now())
        except people.OwnsAccounts:
            return redirect("accounts:close-sign-in")
        logout(request)
        messages.success(request, _("Your sign-in is removed."))
        return redirect("home")
    return render(request, "accounts/closing/sign_in.html", {"form": form, "owned": people.owned_alone(user)})


def _who(account: Account) -> User | None:
    """Return who asked for the deletion, where they are still a member."""
    members = Member.objects.filter(account=account).select_related("user")
    return next((member.user for member in members if member.user_id == account.closing_by), None)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
