"""How a member of staff begins: a password, an authenticator app, recovery codes, by a link that works once."""

from __future__ import annotations

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import clear_totp_secret
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import staff
from accounts.forms import EnrolForm
from security.marks import entrance


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
