"""Pages about how one signs in: one's sessions, and one's recovery codes. They take the place of allauth's."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts import factors, session_limits, session_list, strangers
from accounts.models import User
from accounts.step_up import ask_for, step_up
from security.marks import entrance, identity
from security.refusals import NotFound

CODES_OPEN = "codes_open"  # in the session: which codes it may see, and since when
CODES_OPEN_SECONDS = 600


@identity
def sessions(request: HttpRequest) -> HttpResponse:
    """List one's sessions; sent as a form, end all others.

    Ending one asks again who one is: a thief in one session could else throw its holder out of all others.
    """
    user, current = _user(request), request.session.session_key
    if request.method == "POST":
        if asked := ask_for(request, page=reverse("usersessions_list")):
            return asked
        session_list.end_all(user, but=current)
        messages.success(request, _("All other sessions are ended."))
        return redirect("usersessions_list")
    return render(
        request, "usersessions/usersession_list.html", {"sessions": session_list.listed(user, current=current)}
    )


@require_POST
@identity
def end_session(request: HttpRequest, reference: str) -> HttpResponse:
    if asked := ask_for(request, page=reverse("usersessions_list")):
        return asked
    if not session_list.end(_user(request), reference=reference):
        raise NotFound
    messages.success(request, _("The session is ended."))
    return redirect("usersessions_list")


@require_POST
@identity
def stay(request: HttpRequest) -> HttpResponse:
    """Put off the idle limit, for a page that stays open; without script the answer is a page of its own."""
    now, user = timezone.now(), _user(request)
    request.session["seen"] = int(now.timestamp())
    limits = session_limits.limits_of(request.session, user, now=now)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"idle": limits.idle_seconds, "left": limits.left_seconds})
    return render(request, "account/staying.html", {"session_limits": limits})


@sensitive_variables("token")
@entrance
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    """Say, by the link that was mailed, that a sign-in was somebody else's. Opening it does nothing yet."""
    try:
        user = strangers.holder_of(token)
    except strangers.LinkInvalid:
        return render(request, "account/not_me.html", {"invalid": True}, status=404)
    if request.method != "POST":
        return render(request, "account/not_me.html", {"of_staff": user.is_staff})
    strangers.shut_out(user)
    return render(request, "account/not_me.html", {"done": True, "of_staff": user.is_staff})


@sensitive_variables("codes")
@identity
@step_up
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """One's recovery codes: their text for ten minutes after they were made, later only which are left."""
    codes = _codes(request)
    if codes is None:
        return redirect("mfa_index")
    is_open = _open(request, codes)
    listed = factors.recovery_codes(codes, shown=is_open)
    left = sum(not code.is_used for code in listed)
    context = {"codes": listed, "is_open": is_open, "left": left, "few": left <= factors.FEW_CODES}
    return render(request, "mfa/recovery_codes/index.html", context)


@sensitive_variables("codes")
@require_safe
@identity
@step_up
def recovery_codes_file(request: HttpRequest) -> HttpResponse:
    """The codes as a file, as long as the page shows them. Raises NotFound afterwards."""
    codes = _codes(request)
    if codes is None or not _is_open(request, codes):
        raise NotFound
    context = {"codes": factors.recovery_codes(codes, shown=True), "user": request.user, "made_at": codes.created_at}
    response = render(request, "mfa/recovery_codes/file.txt", context, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="ecship-recovery-codes.txt"'
    return response


def _codes(request: HttpRequest) -> Authenticator | None:
    return Authenticator.objects.filter(user=_user(request), type=factors.Type.RECOVERY_CODES).first()


def _open(request: HttpRequest, codes: Authenticator) -> bool:
    """Open codes that nobody has seen yet for this session, and tell whether it may see them."""
    wrapped = codes.wrap()
    if not wrapped.did_view:
        wrapped.mark_as_viewed()
        request.session[CODES_OPEN] = [codes.pk, int(timezone.now().timestamp())]
    return _is_open(request, codes)


def _is_open(request: HttpRequest, codes: Authenticator) -> bool:
    of, since = request.session.get(CODES_OPEN, [None, 0])
    is_open: Any = of == codes.pk and timezone.now().timestamp() - since < CODES_OPEN_SECONDS
    return bool(is_open)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
