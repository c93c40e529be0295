"""From a request's session or key to the scope it may have, and whether they may act now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import closing_rights, factor_rules, keys, session_limits, session_list
from accounts.company import sessions as company
from accounts.integrators import finding
from accounts.models import Member, User
from accounts.roles import RIGHTS, staff_rights
from security import live, scope
from security.compiled import Compiled
from security.permissions import Permission
from security.problems import is_api
from security.refusals import Outdated

SEEN_EVERY = timedelta(minutes=1)
USED_EVERY = timedelta(minutes=1)
ACTIVE_ACCOUNT = "account"  # in the session: other tabs and devices keep theirs


def bearer(request: HttpRequest) -> str:
    """Return the key of an API request; pages know no keys."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if is_api(request) and scheme.lower() == "bearer" else ""


def shows_key(request: HttpRequest) -> bool:
    """Tell whether a request shows a key, or in SOAP the proof of one, whether it is right or not."""
    return bool(bearer(request)) or getattr(request, "integrator_shown", None) is not None


def of_integrator(request: HttpRequest, base: scope.Scope, *, now: datetime) -> scope.Scope:
    """Return the scope of a SOAP call, where no session counts; `base` for one nobody may make. Raises Suspended."""
    nobody(request)
    shown: finding.Shown | None = getattr(request, "integrator_shown", None)
    if shown is None:
        return base
    asked, found = finding.scope_of(shown, base, now=now)
    if found is not None:
        request.account = found.account  # type: ignore[attr-defined]
        request.live = None if finding.has_new_key(found) else found.live  # type: ignore[attr-defined]
        request.api_key = found.integrator_id  # type: ignore[attr-defined]  # for the ladder: it is a key's to step up
    return asked


def nobody(request: HttpRequest) -> None:
    request.user = AnonymousUser()


def of_session(request: HttpRequest, base: scope.Scope, *, now: datetime) -> scope.Scope:
    """Return the scope of the session that came with the request; `base` for none. Raises Suspended."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        nobody(request)
        return base
    with scope.enter(replace(base, kind=scope.Kind.IDENTITY)):
        user = request.user
        if not isinstance(user, User) or not _session_lives(request, user, now=now):
            return base
        if not _belongs_here(request, user):
            logout(request)
            return base
        asked = _of_user(request, user, base, now=now)
        try:
            request.live = live.check(user.pk, epoch=asked.epoch)  # type: ignore[attr-defined]
        except Outdated:  # it ended with a suspension that is over: they sign in anew
            logout(request)
            return base
        return asked


def _memberships(user_id: UUID) -> QuerySet[Member]:
    return Member.objects.filter(user_id=user_id).select_related("account").order_by("joined_at")


_MEMBERSHIPS = Compiled(_memberships, "user_id", by_account=False)


def _of_user(request: HttpRequest, user: User, base: scope.Scope, *, now: datetime) -> scope.Scope:
    memberships = _MEMBERSHIPS.all(user_id=user.pk)
    bound = request.company_session = company.of(request)  # type: ignore[attr-defined]
    if bound is not None:
        memberships = [item for item in memberships if item.account_id == bound.account_id]
    has_shown = bound is not None and bound.has_factor
    member = factor_rules.apply(request, user, _active(request, user, memberships), now=now, has_shown=has_shown)
    request.memberships = memberships  # type: ignore[attr-defined]
    request.member, request.account = member, member.account if member else None  # type: ignore[attr-defined]
    by_role = RIGHTS[member.role] if member else frozenset()
    rights = staff_rights(user.staff_role) | (closing_rights.left_of(by_role, member.account) if member else by_role)
    return replace(
        base,
        kind=scope.Kind.ACCOUNT if member else scope.Kind.PERSON,
        account_id=member.account_id if member else None,
        user_id=user.pk,
        permissions=rights,
        role_permissions=None if rights >= by_role else by_role,
        actor=f"user:{user.pk}",
        epoch=request.session.get("epoch", 0),
    )


def _active(request: HttpRequest, user: User, memberships: list[Member]) -> Member | None:
    """Return the membership that this session acts by; a session that has none begins with the account used last."""
    of_account = {str(item.account_id): item for item in memberships}
    named = request.session.get(ACTIVE_ACCOUNT, "")
    member = of_account.get(named) or of_account.get(str(user.active_account_id)) or next(iter(memberships), None)
    if member is not None and named != str(member.account_id):
        request.session[ACTIVE_ACCOUNT] = str(member.account_id)
    return member


def of_key(request: HttpRequest, token: str, base: scope.Scope, *, now: datetime) -> scope.Scope:
    """Return the scope of a key; `base` for one that is none. Raises Suspended."""
    nobody(request)
    if found := keys.find_api_key(token, now=now, source=base.source):
        key = found.key
        request.api_key, request.account = key, key.account  # type: ignore[attr-defined]
        request.live = found.live  # type: ignore[attr-defined]
        if key.last_used_at is None or now - key.last_used_at > USED_EVERY:
            with scope.identity():
                type(key).objects.filter(pk=key.pk).update(last_used_at=now)
        return replace(
            base,
            kind=scope.Kind.ACCOUNT,
            account_id=key.account_id,
            user_id=key.created_by_id,
            key_id=key.pk,
            permissions=found.rights,
            role_permissions=found.role_rights,
            actor=f"key:{key.pk}",
            epoch=found.live.epoch,
        )
    with scope.enter(replace(base, kind=scope.Kind.IDENTITY)):
        return _of_operator(token, base, now=now)


def _of_operator(token: str, base: scope.Scope, *, now: datetime) -> scope.Scope:
    operator = keys.find_operator_key(token, now=now)
    if operator is None:
        return base
    epoch = live.state_of(operator.pk).epoch
    live.check(operator.pk, epoch=epoch)
    return replace(
        base,
        kind=scope.Kind.NONE,
        key_id=operator.pk,
        permissions=frozenset({Permission.TRACKING_WRITE}),
        actor=f"operator:{operator.pk}",
        epoch=epoch,
    )


def act_in(request: HttpRequest, account_id: UUID) -> None:
    """Make an account of the person's the active one of this session, which gets a new key."""
    request.session.cycle_key()
    request.session[ACTIVE_ACCOUNT] = str(account_id)


def _belongs_here(request: HttpRequest, user: User) -> bool:
    """Tell whether a session may be used in this process: staff in the console alone, and there after a factor."""
    if user.is_staff != settings.CONSOLE:
        return False
    return not settings.CONSOLE or any(shown["method"] == "mfa" for shown in get_authentication_records(request, user))


def _session_lives(request: HttpRequest, user: User, *, now: datetime) -> bool:
    """Tell whether the session is within its limits; note that it was seen, at most once a minute.

    Being seen puts off the idle limit only: the longest time counts from the sign-in, whatever is done meanwhile.
    """
    limits = session_limits.limits_of(request.session, user, now=now)
    if not limits.is_live:
        logout(request)
        return False
    at = int(now.timestamp())
    if at - request.session["seen"] > SEEN_EVERY.total_seconds():
        request.session["seen"] = at
        session_list.note_seen(key=request.session.session_key, address=scope.get().source, now=now)
        limits = session_limits.limits_of(request.session, user, now=now)
    request.session_limits = limits  # type: ignore[attr-defined]
    return True
