"""Who asks, and in which scope: the one place where a request gets its account.

The account comes from the session's or the key's membership, never from an address, a body or a header. One transaction
spans scope, view and rendering; a refused or failed request leaves nothing behind but its refusal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected, ForeignKeyViolation
from redis import RedisError

from accounts import form_account, identify, kept_forms, sign_in_log, slots
from accounts.company import sessions as company
from accounts.lockout import client_address
from security import alarms, egress, limits, marks, scope, trail
from security.marks import Door, Mark
from security.problems import BLOCKED, CLOSING, SUSPENDED, is_api, is_soap, problem_response
from security.refusals import Blocked, EgressBlocked, Forbidden, NotFound, Suspended
from security.walls import Wall, stands

logger = logging.getLogger(__name__)
SAFE = {"GET", "HEAD", "OPTIONS"}
ACCOUNT_DOORS = {Door.SIGNED_IN, Door.REQUIRES}
KEPT_DOORS = {Door.SIGNED_IN, Door.REQUIRES, Door.STAFF}


class ScopeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match = _match(request)
        base = replace(
            scope.NOBODY,
            request_id=request.request_id,  # type: ignore[attr-defined]
            source=client_address(request),
            via=_via(request),
            endpoint=_endpoint(request, match),
            data_keys={},
            foreign=[],
        )
        request.scope_asked = base  # type: ignore[attr-defined]
        try:
            asked = request.scope_asked = self._identify(request, base)  # type: ignore[attr-defined]
            return self._serve(request, asked, match)
        except Suspended:
            if match is not None and getattr(match.func, "is_open_to_suspended", False):  # their appeal, as nobody
                identify.nobody(request)
                return self._serve(request, replace(base, data_keys={}, foreign=[]), match)
            return self._refuse(request, 403, kind=SUSPENDED, template="errors/suspended.html")
        except Blocked:
            return self._refuse_source(request)
        except EgressBlocked:
            return self._refuse(request, 500, template="500.html")
        except (IntegrityError, OperationalError) as error:
            # Views and their errors are answered within: this is the end of the transaction, at which the database asks
            # whether what was written still hangs on something.
            if isinstance(error.__cause__, DeadlockDetected):
                return self._refuse(request, 409, template="errors/crossed.html")
            if not isinstance(error.__cause__, ForeignKeyViolation):
                raise
            return self._refuse(request, 409, template="errors/overtaken.html")

    @staticmethod
    def _identify(request: HttpRequest, base: scope.Scope) -> scope.Scope:
        """Find who asks, in the identity context, and whether they may act now.

        A key is asked first: a request that shows one is never answered as somebody's session.
        """
        if is_soap(request):
            return identify.of_integrator(request, base, now=timezone.now())
        if token := identify.bearer(request):
            return identify.of_key(request, token, base, now=timezone.now())
        return identify.of_session(request, base, now=timezone.now())

    def _serve(self, request: HttpRequest, asked: scope.Scope, match: ResolverMatch | None) -> HttpResponse:
        mark = marks.mark_asked(match.func, request, match.view_name) if match else Mark(Door.PUBLIC)
        if mark is not None and mark.door in {Door.ENTRANCE, Door.IDENTITY}:
            asked = replace(asked, kind=scope.Kind.IDENTITY, account_id=None, data_keys={}, foreign=[])
        elif mark is not None and request.method not in SAFE and mark.permission and asked.may(mark.permission):
            asked = replace(asked, warrants=mark.warrants)
        request.scope_mark = mark  # type: ignore[attr-defined]
        request.scope_view = match.func if match else None  # type: ignore[attr-defined]
        request.scope_match = match  # type: ignore[attr-defined]  # for the handler (ecship.wsgi)
        with closing(limits.question(request, asked)), scope.enter(asked):
            response = self.get_response(request)
            egress.check()
            if response.status_code >= 500 or getattr(request, "is_refused", False):
                transaction.set_rollback(True)
            if getattr(request, "has_signed_out", False):
                response.headers["Clear-Site-Data"] = '"storage"'  # pages are kept nowhere, see below
            if asked.actor:
                response.headers["Cache-Control"] = "no-store, private"  # on this device too: "back" shows nothing
            return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> HttpResponse | None:
        """Ask the mark, just before the view runs."""
        user_id = scope.get().user_id
        if user_id is not None and not is_api(request):
            kept_forms.find(request, user_id=user_id, now=timezone.now())
        if not stands(Wall.MARK):
            return None
        mark: Mark | None = request.scope_mark  # type: ignore[attr-defined]
        if mark is None:
            alarms.note(kind="refused", wall=Wall.MARK)
            return self._refuse(request, 403, template="403.html")
        return self._at_door(request, mark) or self._in_its_account(request, mark)

    def _at_door(self, request: HttpRequest, mark: Mark) -> HttpResponse | None:
        active = scope.get()
        signed_in = active.user_id is not None or active.key_id is not None
        if signed_in and company.is_closed(request, mark, active.endpoint):
            return self._refuse(request, 403, template="account/company/closed.html")
        if mark.door in {Door.PUBLIC, Door.ENTRANCE}:
            return None
        if not signed_in:
            if identify.shows_key(request):  # noted here, behind the limits
                sign_in_log.note_failure("key")
            return self._sign_in_first(request)
        if mark.permission is None or active.may(mark.permission):
            return None
        if mark.door is Door.REQUIRES and getattr(request, "closed_account", None) is not None:
            return self._refuse(request, 403, template="accounts/factor_needed.html")
        if mark.door is Door.REQUIRES and active.may_by_role(mark.permission):
            account = getattr(request, "account", None)
            if account is not None and account.closing_at is not None:  # a colleague's decision, and nobody's offence
                return self._refuse(request, 403, kind=CLOSING, template="accounts/closing/read_only.html")
        alarms.note(kind="refused", wall=Wall.PERMISSION, data={"permission": mark.permission})
        trail.refused(mark.permission, ids=_named(request))
        # What only staff may use does not exist for anybody else.
        if mark.door is Door.STAFF:
            return self._refuse(request, 404, template="404.html")
        if active.account_id is None and mark.door is Door.REQUIRES:
            return self._refuse(request, 403, template="accounts/no_account.html")
        return self._refuse(request, 403, template="403.html")

    def _in_its_account(self, request: HttpRequest, mark: Mark) -> HttpResponse | None:
        """Refuse a form that was drawn for another account than the active one, and keep what it brought."""
        active = scope.get()
        if request.method in SAFE or mark.door not in ACCOUNT_DOORS or is_api(request):
            return None
        if active.account_id is None or active.key_id is not None or form_account.fits(request):
            return None
        if getattr(request, "htmx", None):
            return HttpResponse(status=409)
        return other_account(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Undo what the view had begun; note a refusal where it outlives that."""
        request.is_refused = True  # type: ignore[attr-defined]
        if isinstance(error, Forbidden | NotFound | Suspended | Blocked | EgressBlocked):
            transaction.set_rollback(True)
        alarms.note_refusal(error, ids=_named(request))
        if isinstance(error, Suspended):
            return self._refuse(request, 403, kind=SUSPENDED, template="errors/suspended.html")
        if isinstance(error, Blocked):
            return self._refuse_source(request)
        if isinstance(error, EgressBlocked):
            return self._refuse(request, 500, template="500.html")
        if isinstance(error, RedisError):
            transaction.set_rollback(True)
            logger.error("Redis is away", extra={"error": type(error).__name__})
            return self._refuse(request, 503, template="errors/unavailable.html")
        if isinstance(error.__cause__, DeadlockDetected):  # two requests waited for each other
            transaction.set_rollback(True)
            logger.warning("deadlock")
            return self._refuse(request, 409, template="errors/crossed.html")
        if isinstance(error, slots.Busy):
            transaction.set_rollback(True)
            return self._refuse(request, 503, template="errors/unavailable.html")
        if is_api(request) and isinstance(error, Http404):
            return problem_response(request, 404)
        if not isinstance(error, Http404):
            transaction.set_rollback(True)
        return None

    @staticmethod
    def _sign_in_first(request: HttpRequest) -> HttpResponse:
        if is_api(request):
            response: HttpResponse = problem_response(request, 401)
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
        if getattr(request, "htmx", None):  # a fragment: the page around it stays, with what stands in it
            return HttpResponse(status=401)
        return sign_in_first(request)

    @staticmethod
    def _refuse_source(request: HttpRequest) -> HttpResponse:
        """The same to everybody from there, whoever they are: nobody is looked up for it."""
        identify.nobody(request)
        request.is_blocked = True  # type: ignore[attr-defined]  # for the limits
        if is_api(request):
            return problem_response(request, 403, kind=BLOCKED)
        return render(request, "errors/blocked.html", {"contact_email": settings.CONTACT_EMAIL}, status=403)

    @staticmethod
    def _refuse(request: HttpRequest, status: int, *, template: str, kind: str = "about:blank") -> HttpResponse:
        if is_api(request):
            return problem_response(request, status, kind=kind)
        return render(request, template, status=status)


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Send somebody to the sign-in page, and keep what they typed, or say that it is lost."""
    if _may_be_kept(request) and kept_forms.keep(request, proven=True, now=timezone.now()):
        page = _signed_out(request)
    elif request.method in SAFE:
        page = request.get_full_path()
    else:
        messages.warning(request, _("You were signed out, so nothing was done. Sign in and do it again."))
        page = kept_forms.page_of(request)
    return kept_forms.hand_out(request, redirect_to_login(page))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is wrong: mostly its session has ended, or another one has begun meanwhile."""
    if is_api(request):
        return problem_response(request, 403)
    view = getattr(request, "scope_view", None)
    methods = marks.methods_of(view) if view is not None else None
    if methods is not None and request.method not in methods:
        return HttpResponseNotAllowed(sorted(methods))
    if not _may_be_kept(request) or not kept_forms.keep(request, proven=False, now=timezone.now()):
        return render(request, "403_csrf.html", status=403)
    if scope.get().user_id is None:
        answer = redirect_to_login(_signed_out(request))
    else:
        messages.warning(request, _("The page had been open for too long, so nothing was done. Send the form again."))
        answer = redirect(kept_forms.page_of(request))
    return kept_forms.hand_out(request, answer)


def _signed_out(request: HttpRequest) -> str:
    """Say that what was typed is kept until its author has signed in again; return the page that they go on with."""
    if kept_forms.has_words(request):
        messages.info(request, _("You were signed out. What you typed is kept for an hour: sign in and go on."))
    else:
        messages.warning(request, _("You were signed out, so nothing was done. Sign in and do it again."))
    return kept_forms.page_of(request)


def other_account(request: HttpRequest) -> HttpResponse:
    """Answer a form of another account: nothing was done, what was typed is kept, and here is the way to go on."""
    wanted = form_account.drawn_for(request)
    accounts = [item.account for item in request.memberships]  # type: ignore[attr-defined]
    context = {
        "wanted": next((account for account in accounts if account.pk == wanted), None),
        "is_kept": _may_be_kept(request) and kept_forms.keep(request, proven=True, now=timezone.now()),
        "page": kept_forms.page_of(request),
    }
    return kept_forms.hand_out(request, render(request, "accounts/other_account.html", context, status=409))


def _may_be_kept(request: HttpRequest) -> bool:
    """Tell whether a form goes to one of our own closed doors: not to a program's, nor to a page of passwords."""
    mark: Mark | None = getattr(request, "scope_mark", None)
    is_page = not is_api(request) and not getattr(request, "htmx", None)
    return is_page and mark is not None and mark.door in KEPT_DOORS


def _named(request: HttpRequest) -> list[UUID]:
    match: ResolverMatch | None = getattr(request, "scope_match", None)
    return alarms.named_in(match.kwargs) if match else []


def _via(request: HttpRequest) -> scope.Via:
    if is_soap(request):
        return scope.Via.SOAP
    return scope.Via.API if is_api(request) else scope.Via.PAGE


def _endpoint(request: HttpRequest, match: ResolverMatch | None) -> str:
    """Return what the trail calls it: the name of the address; of a call by SOAP its operation's."""
    operation = getattr(getattr(request, "soap", None), "operation", None)
    if operation is not None:
        return str(operation.endpoint)
    return match.view_name if match else ""


def _match(request: HttpRequest) -> ResolverMatch | None:
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None
