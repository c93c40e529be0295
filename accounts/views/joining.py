"""Behind a mailed link: activating a sign-up, and joining an account as somebody who is invited.

Whoever opens the link reads the mailbox, and chooses the password. Looking at the page changes nothing, so a scanner of
mails does no harm.
"""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import services, sign_ups
from accounts.forms import ActivateForm, NewMemberForm
from accounts.identify import act_in
from accounts.models import Account, Invitation, Member, User
from security.marks import entrance
from security.texts import isolated


@sensitive_post_parameters("password")
@never_cache
@entrance
def activate(request: HttpRequest, token: str) -> HttpResponse:
    """Open the account that somebody signed up for, with a password chosen here, and sign them in."""
    try:
        wish = sign_ups.find(token, now=timezone.now())
        typed = {"kind": wish.kind, "account_name": wish.account_name}
        form = ActivateForm(request.POST or None, email=wish.email, initial=typed)
        if request.method == "POST" and form.is_valid():
            words = form.cleaned_data
            user = sign_ups.activate(wish, password=words["password"], kind=words["kind"], name=words["account_name"])
            return _sign_in(request, user)
    except sign_ups.LinkInvalid as refused:
        return render(request, "accounts/link_invalid.html", {"reason": refused.reason.value}, status=404)
    return render(request, "accounts/activate.html", {"form": form, "email": wish.email})


@sensitive_post_parameters("password")
@never_cache
@entrance
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: signed in as the person who was invited, or new here, with a password chosen now."""
    user = request.user if isinstance(request.user, User) else None
    try:
        invitation = services.find_invitation(token=token, user=user, now=timezone.now())
        if user is None:
            return _join_signed_out(request, invitation, token)
        if request.method == "POST":
            member = services.accept_invitation(token=token, user=user, now=timezone.now())
            return _joined(request, member)
    except services.InvitationInvalid:
        return render(request, "accounts/join.html", {"invalid": True}, status=404)
    return render(request, "accounts/join.html", _about(invitation))


def _about(invitation: Invitation) -> dict[str, str]:
    """Return which account it is and who invites: both are shown behind the link alone, to whoever reads the mailbox.

    The mail says neither: an account's name is free text, and nobody is to send words of theirs through us.
    """
    inviter = User.objects.filter(pk=invitation.invited_by_id).first()
    return {"account_name": invitation.account.name, "inviter": inviter.email if inviter else ""}


def _joined(request: HttpRequest, member: Member) -> HttpResponse:
    """Say which account was joined; whoever works in another one goes on there, and is offered to switch."""
    _tell(request, member.account)
    if not request.memberships:  # type: ignore[attr-defined]  # as they were before
        act_in(request, member.account_id)
        return redirect("home")
    request.session.cycle_key()  # it may do more from now on
    return redirect(f"{reverse('accounts:you')}?{urlencode({'joined': member.account_id})}")


def _tell(request: HttpRequest, account: Account) -> None:
    messages.success(request, _("You are now a member of “%(account)s”.") % {"account": isolated(account.name)})


def _join_signed_out(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """Let somebody new choose a password; whoever has an account already signs in first. Raises InvitationInvalid."""
    if User.objects.holder_of(invitation.email) is not None:
        sign_in = f"{reverse('account_login')}?{urlencode({'next': request.path})}"
        return render(
            request, "accounts/join.html", {"sign_in": sign_in, "email": invitation.email, **_about(invitation)}
        )
    form = NewMemberForm(request.POST or None, email=invitation.email, words=(invitation.account.name,))
    if request.method == "POST" and form.is_valid():
        user = services.join_as_new(
            token=token,
            password=form.cleaned_data["password"],
            name=form.cleaned_data["name"],
            language=get_language() or "en",
            now=timezone.now(),
        )
        _tell(request, invitation.account)
        return _sign_in(request, user)
    context = {"form": form, "email": invitation.email, **_about(invitation)}
    return render(request, "accounts/join_new.html", context)


def _sign_in(request: HttpRequest, user: User) -> HttpResponse:
    """Sign somebody in who has just chosen their password; whoever was signed in on this browser is signed out."""
    response: HttpResponse = perform_login(request, Login(user=user, email=user.email, redirect_url=reverse("home")))
    return response
