"""What somebody signed in does for themselves: their name and language, and opening an account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import identify, own_data, services
from accounts.forms import OpenForm, PersonForm
from accounts.models import Member, User
from accounts.step_up import ask_for
from security.marks import identity


@identity
def you(request: HttpRequest) -> HttpResponse:
    """One's own settings: name and language here, and the way to all that belongs to signing in."""
    user = _user(request)
    form = PersonForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        services.change_person(user=user, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Your settings are saved."))
            return redirect(reverse("accounts:you"))
    return render(request, "accounts/you.html", {"form": form, "joined": _just_joined(request)})


def _just_joined(request: HttpRequest) -> Member | None:
    """Return the membership that a page named, to offer switching to it; None where it is not theirs or active."""
    others = [item for item in request.memberships if item != request.member]  # type: ignore[attr-defined]
    return next((item for item in others if str(item.account_id) == request.GET.get("joined")), None)


@identity
@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """Give out what is held of whoever asks, as JSON; who has to show who they are comes back to their settings."""
    if (asked := ask_for(request, page=reverse("accounts:you"))) is not None:
        return asked
    response = HttpResponse(own_data.of(_user(request)), content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@identity
def open_account(request: HttpRequest) -> HttpResponse:
    """Open an account, the first or a further one, and work in it."""
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = services.open_further_account(user=_user(request), **form.cleaned_data)
        except services.TooManyAccounts:
            form.add_error(None, _("You own as many accounts as one person can have here."))
        else:
            identify.act_in(request, account.pk)
            messages.success(request, _("The account is open. You are working in it now."))
            return redirect("accounts:overview")
    return render(request, "accounts/open.html", {"form": form})


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
