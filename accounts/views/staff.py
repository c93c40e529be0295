"""Staff pages of accounts: how staff begin, finding a customer's account, and the staff themselves."""

from __future__ import annotations

from uuid import UUID

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import clear_totp_secret
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import console, kept_forms, staff
from accounts.forms import EnrolForm, FindForm, StaffForm
from accounts.models import User
from accounts.step_up import step_up
from security import marks, scope
from security.console import registry, trail
from security.marks import entrance
from security.permissions import Permission
from security.refusals import NotFound


@entrance
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest, token: str) -> HttpResponse:
    """Looking at the link uses nothing up: programs that read mail open links."""
    now = timezone.now()
    try:
        user = staff.enrolment_of(token, now=now).user
        form = EnrolForm(request.POST or None, user=user)
        if form.is_valid():
            codes = staff.enrol(token=token, password=form.cleaned_data["password"], secret=form.secret, now=now)
            clear_totp_secret(request)
            return render(request, "accounts/staff/enrolled.html", {"codes": codes})
    except staff.EnrolmentInvalid:
        return render(request, "accounts/staff/enrol.html", {"invalid": True}, status=404)
    picture = get_adapter().build_totp_svg(get_adapter().build_totp_url(user, form.secret))
    context = {"form": form, "token": token, "person": user, "picture": picture}
    return render(request, "accounts/staff/enrol.html", context, status=400 if form.errors else 200)


@marks.staff(Permission.STAFF_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Find an account by its id, or the accounts of somebody by their whole e-mail. By POST: an e-mail is in no URL."""
    form = FindForm(kept_forms.typed(request))
    if request.method != "POST" or not form.is_valid():
        status = 400 if request.method == "POST" else 200
        return render(request, "accounts/staff/search.html", {"form": form}, status=status)
    asked: UUID | str = form.cleaned_data["q"]
    found = console.accounts_of(asked)
    return render(request, "accounts/staff/search.html", {"form": form, "found": found, "is_answer": True})


@marks.staff(Permission.STAFF_ACCOUNTS)
@require_safe
def account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """An account as it is seen without a case: its state, its members by their ids, and what happened last."""
    holder = registry.account_of(account_id)
    if holder is None:
        raise NotFound
    context = {
        "holder": holder,
        "members": console.members_of(account_id),
        **trail.lately(account_id),
    }
    return render(request, "accounts/staff/account.html", context)


@marks.staff(Permission.STAFF_PEOPLE)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Everybody on the staff, and making one more."""
    form = StaffForm(kept_forms.typed(request))
    if request.method == "POST" and form.is_valid():
        try:
            with scope.identity():
                token = staff.invite_by_colleague(now=timezone.now(), **form.cleaned_data)
        except staff.IsCustomer:
            form.add_error("email", _("A customer has this e-mail address. Staff need one of their own."))
        except staff.NeedsOperator:
            form.add_error("email", _needs_operator())
        else:
            return render(request, "accounts/staff/link.html", {"link": staff.address_of(token)})
    context = {"form": form, "people": staff.everybody()}
    return render(request, "accounts/staff/people.html", context, status=400 if request.method == "POST" else 200)


@marks.staff(Permission.STAFF_PEOPLE)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def new_link(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """A link for a colleague who has lost a password or every factor; who comes here by a step-up starts again."""
    if request.method != "POST":
        return redirect("staff:people")
    person = _colleague(user_id)
    try:
        with scope.identity():
            token = staff.invite_by_colleague(email=person.email, role=person.staff_role, now=timezone.now())
    except staff.NeedsOperator:
        messages.error(request, _needs_operator())
        return redirect("staff:people")
    return render(request, "accounts/staff/link.html", {"link": staff.address_of(token)})


@marks.staff(Permission.STAFF_PEOPLE)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """End a colleague's staff account; nobody ends their own, or the last one might go."""
    if request.method != "POST":
        return redirect("staff:people")
    person = _colleague(user_id)
    if person.pk == scope.get().user_id:
        messages.error(request, _("You cannot end your own account. Ask a colleague."))
        return redirect("staff:people")
    with scope.identity():
        staff.end(user=person)
    messages.success(request, _("The account is ended."))
    return redirect("staff:people")


def _needs_operator() -> str:
    return _("A colleague in security gets a new link from those who run the site.")


def _colleague(user_id: UUID) -> User:
    person = staff.colleague(user_id)
    if person is None:
        raise NotFound
    return person
