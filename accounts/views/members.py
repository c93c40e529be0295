"""Members, roles and invitations."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access, form_account, kept_forms, leaving, mail_limits, services
from accounts.forms import AccountForm, InviteForm, RoleForm, TakeOverForm
from accounts.identify import act_in
from accounts.mail_limits import TooMuchMail
from accounts.middleware import other_account
from accounts.models import ApiKey, Invitation, Member, User
from accounts.roles import Role
from accounts.step_up import step_up
from security import alarms, scope
from security.marks import identity, requires, signed_in
from security.permissions import Permission
from security.refusals import Forbidden, NotFound


def overview_context() -> dict[str, object]:
    account_id = scope.current().account
    return {
        "members": Member.objects.filter(account_id=account_id).select_related("user").order_by("joined_at"),
        "invitations": Invitation.objects.filter(account_id=account_id).order_by("created_at"),
        "key_count": ApiKey.objects.filter(account_id=account_id).count(),
    }


@requires(Permission.MEMBER_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """The account: who is in it, and the way to its keys and its access log."""
    return render(request, "accounts/overview.html", overview_context())


@requires(Permission.MEMBER_MANAGE)
@step_up
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody by mail: the same answer whether the address is known or not."""
    form = InviteForm(kept_forms.typed(request), rights=scope.get().permissions)
    _note_beyond(form)
    if request.method == "POST" and form.is_valid():
        try:
            services.invite(**form.cleaned_data, by=_user(request).pk, now=timezone.now())
        except TooMuchMail as refused:
            form.add_error("email", str(refused))
            return render(request, "accounts/invite.html", {"form": form}, status=429)
        messages.success(request, _("The invitation is on its way."))
        return redirect("accounts:overview")
    return render(request, "accounts/invite.html", {"form": form})


def _note_beyond(form: InviteForm | RoleForm) -> None:
    """The form says so in words; detection hears of it as of any other refusal."""
    if form.is_beyond:
        alarms.note_refusal(Forbidden(Permission.ACCOUNT_MANAGE))


def _may_act_on(member: Member) -> bool:
    """Tell whether the reader may change or remove a member: what befalls owners, owners decide."""
    return member.role != Role.OWNER or scope.get().may(Permission.ACCOUNT_MANAGE)


def _owners_only(request: HttpRequest) -> HttpResponse:
    """Lead back from what only owners may do to somebody who has become an owner meanwhile."""
    alarms.note_refusal(Forbidden(Permission.ACCOUNT_MANAGE))
    messages.error(request, _("Only an owner can change or remove an owner."))
    return redirect("accounts:overview")


@require_POST
@requires(Permission.MEMBER_MANAGE)
def withdraw(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    services.withdraw_invitation(access.get_invitation(invitation_id))
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("accounts:overview")


@requires(Permission.MEMBER_MANAGE)
@step_up
def change_role(request: HttpRequest, member_id: UUID) -> HttpResponse:
    member = access.get_member(member_id)
    if not _may_act_on(member):
        return _owners_only(request)
    form = RoleForm(kept_forms.typed(request), rights=scope.get().permissions, initial={"role": member.role})
    _note_beyond(form)
    if request.method == "POST" and form.is_valid():
        try:
            mail_limits.tell(by=_user(request).pk, now=timezone.now())
            services.change_role(member=member, role=form.cleaned_data["role"])
        except TooMuchMail as refused:
            form.add_error("role", str(refused))
            return render(request, "accounts/role.html", {"form": form, "changed": member}, status=429)
        except services.LastOwner:
            form.add_error("role", _("An account keeps at least one owner. Make somebody else an owner first."))
        else:
            messages.success(request, _("The role is changed."))
            return redirect("accounts:overview")
    return render(request, "accounts/role.html", {"form": form, "changed": member})


@requires(Permission.MEMBER_MANAGE)
@step_up
def remove(request: HttpRequest, member_id: UUID) -> HttpResponse:
    member = access.get_member(member_id)
    if not _may_act_on(member):
        return _owners_only(request)
    form = TakeOverForm(kept_forms.typed(request), successors=leaving.successors_of(member))
    if request.method == "POST" and form.is_valid():
        return _part(request, member, _("The member is removed."), successor=form.chosen)
    left = leaving.left_by(member, now=timezone.now())
    return render(request, "accounts/remove.html", {"removed": member, "left": left, "form": _asking(form, left)})


@signed_in
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the active account oneself, whatever one's role, or one that keeps one out; its last owner cannot."""
    member: Member | None = request.member  # type: ignore[attr-defined]
    closed: Member | None = getattr(request, "closed_member", None)
    if member is None and closed is None:
        raise NotFound
    if member is not None:
        form = TakeOverForm(kept_forms.typed(request), successors=leaving.successors_of(member))
        if request.method == "POST" and form.is_valid():
            return _part(request, member, _("You have left the account."), successor=form.chosen)
        left = leaving.left_by(member, now=timezone.now())
        return render(request, "accounts/leave.html", {"left": left, "form": _asking(form, left)})
    if request.method != "POST":
        return render(request, "accounts/leave.html")
    assert closed is not None
    if form_account.drawn_for(request) != closed.account_id:
        return other_account(request)
    return _part(request, closed, _("You have left the account."), part=services.leave_from_outside)


def _asking(form: TakeOverForm, left: list[leaving.Left]) -> TakeOverForm | None:
    """Ask who takes over where there is something to take over, and somebody to do so."""
    return form if form.has_successors and any(one.for_successor for one in left) else None


def _part(
    request: HttpRequest,
    member: Member,
    done: str,
    *,
    part: Callable[..., None] = services.remove_member,
    **taken_over: Member | None,
) -> HttpResponse:
    try:
        part(member=member, now=timezone.now(), **taken_over)
    except services.LastOwner:
        messages.error(request, _("An account keeps at least one owner. Make somebody else an owner first."))
        return redirect("accounts:overview")
    messages.success(request, done)
    return redirect("home")


@requires(Permission.ACCOUNT_MANAGE)
def settings(request: HttpRequest) -> HttpResponse:
    account = request.account  # type: ignore[attr-defined]
    kept = {"name": account.name, "fax_enabled": account.fax_enabled}
    form = AccountForm(kept_forms.typed(request), initial=kept)
    if request.method == "POST" and form.is_valid():
        services.change_account(account=account, **form.cleaned_data)
        messages.success(request, _("The account is saved."))
        return redirect("accounts:overview")
    return render(request, "accounts/settings.html", {"form": form})


@require_POST
@identity
def switch(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Make another of one's accounts the active one in this session, which gets a new key; and go on where one was."""
    if not services.switch_account(user=_user(request), account_id=account_id):
        raise NotFound
    act_in(request, account_id)
    page = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(page if here else "home")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
