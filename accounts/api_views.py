"""The API about whoever calls it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors
from accounts.models import Account, Member
from accounts.roles import KEY_SCOPES, OPERATOR_SCOPE, Role
from security import scope
from security.marks import requires, signed_in
from security.models import AccessEntry, Action, Decision
from security.pages import BadCursor, address_of
from security.permissions import Permission
from security.problems import InvalidBody
from security.shapes import asks, checked


class WhoSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(allow_null=True)
    name = serializers.CharField(allow_null=True, allow_blank=True)


class WhereSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Account.Kind.choices)


class MeSerializer(serializers.Serializer[Any]):
    """Who a key or session is; without an account, `account` and `role` are null."""

    user = WhoSerializer()
    account = WhereSerializer(allow_null=True)
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True)
    scopes = serializers.ListField(
        child=serializers.CharField(),
        help_text="What is allowed: those that the role behind a key backs.",
    )


class MeView(APIView):
    """Who the key or session is, in which account, with which role and scopes."""

    @extend_schema(operation_id="me", responses=MeSerializer)
    @signed_in
    def get(self, request: Request) -> Response:
        active, key = scope.get(), getattr(request._request, "api_key", None)
        account = getattr(request._request, "account", None)
        member = _member_of(active)
        user = member.user if member else request._request.user
        return Response(
            {
                "user": {"email": getattr(user, "email", None), "name": getattr(user, "name", None)},
                "account": {"id": account.pk, "name": account.name, "kind": account.kind} if account else None,
                "role": member.role if member else None,
                "scopes": _scopes_of(active, key.scopes if key else KEY_SCOPES),
            }
        )


def _member_of(active: scope.Scope) -> Member | None:
    if active.account_id is None or active.user_id is None:
        return None
    here = Member.objects.select_related("user")
    return here.filter(account_id=active.account_id, user_id=active.user_id).first()


def _scopes_of(active: scope.Scope, named: Iterable[str]) -> list[str]:
    """Return the scopes that allow something, of those named: a key's own, or for a session those a key could have.

    A key has no more than the role of its maker, so a viewer's `shipments:write` is but `shipments:read`. An
    operator's key has the one.
    """
    if active.may(Permission.TRACKING_WRITE):
        return [OPERATOR_SCOPE]
    found: dict[str, None] = {}
    for name in named:
        reading = name.partition(":")[0] + ":read"
        beyond = KEY_SCOPES.get(name, NOTHING) - KEY_SCOPES.get(reading, NOTHING)
        if beyond & active.permissions:
            found[name] = None
        elif KEY_SCOPES.get(reading, NOTHING) & KEY_SCOPES.get(name, NOTHING) & active.permissions:
            found[reading] = None
    return sorted(found)


NOTHING: frozenset[Permission] = frozenset()


class LogQuerySerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=Action.choices, required=False)
    kind = serializers.CharField(max_length=32, allow_blank=True, required=False, default="")
    cursor = serializers.CharField(max_length=400, allow_blank=True, required=False, default="")
    page_size = serializers.IntegerField(min_value=1, max_value=100, required=False, default=25)


class ActorSerializer(serializers.Serializer[Any]):
    """Who acted: a person, a key, our staff for a ticket, the system for a job; no name for somebody who has left."""

    kind = serializers.ChoiceField(choices=["user", "key", "staff", "system"])
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField(allow_blank=True)


class LogEntrySerializer(serializers.Serializer[Any]):
    """One act on personal data; `ids` are those of a whole page."""

    at = serializers.DateTimeField()
    actor = ActorSerializer()
    action = serializers.ChoiceField(choices=Action.choices)
    kind = serializers.CharField()
    ids = serializers.ListField(child=serializers.CharField())
    decision = serializers.ChoiceField(
        choices=Decision.choices, help_text="Refused: a member or key asked for it and got nothing."
    )
    address = serializers.CharField(allow_null=True, help_text="Where it came from.")
    request = serializers.CharField(help_text="The request's id, as answers have it in X-Request-ID.")


class LogSerializer(serializers.Serializer[Any]):
    results = LogEntrySerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class AccessLogView(APIView):
    """Who read or changed what in this account. Reading it reads nobody's data, so that is not logged in its turn."""

    @extend_schema(operation_id="access_log", responses=LogSerializer)
    @asks(LogQuerySerializer)
    @requires(Permission.LOG_VIEW)
    def get(self, request: Request) -> Response:
        """Who read or changed what in this account, newest first."""
        values = checked(LogQuerySerializer, request.query_params)
        try:
            page, names = selectors.log_entries(
                action=values.get("action", ""), kind=values["kind"], cursor=values["cursor"], size=values["page_size"]
            )
        except BadCursor:
            raise InvalidBody([("/cursor", "invalid", _("Start again from the first page."))]) from None
        return Response(
            {
                "results": [_entry(entry, names) for entry in page.rows],
                "next": address_of(request, page.next),
                "previous": address_of(request, page.previous),
            }
        )


def _entry(entry: AccessEntry, names: dict[UUID | None, str]) -> dict[str, Any]:
    is_staff = selectors.by_staff(entry)
    actor_id = None if is_staff else entry.key_id or entry.user_id
    kind = "staff" if is_staff else "key" if entry.key_id else "user" if entry.user_id else "system"
    return {
        "at": entry.at,
        "actor": {"kind": kind, "id": actor_id, "name": names[entry.pk]},
        "action": entry.action,
        "kind": entry.kind,
        "ids": entry.ids,
        "decision": entry.decision,
        "address": None if is_staff else entry.source,
        "request": entry.request_id,
    }
