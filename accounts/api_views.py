"""The API about whoever calls it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Account
from accounts.roles import KEY_SCOPES, Role
from security import scope
from security.marks import signed_in


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
    scopes = serializers.ListField(child=serializers.CharField())


class MeView(APIView):
    """Who the key or session is, in which account, with which role and scopes."""

    @extend_schema(operation_id="me", responses=MeSerializer)
    @signed_in
    def get(self, request: Request) -> Response:
        inner, active = request._request, scope.get()
        account, key = getattr(inner, "account", None), getattr(inner, "api_key", None)
        member = getattr(inner, "member", None)
        user = key.created_by if key else inner.user
        held = key.scopes if key else [name for name, rights in KEY_SCOPES.items() if rights <= active.permissions]
        return Response(
            {
                "user": {"email": getattr(user, "email", None), "name": getattr(user, "name", None)},
                "account": {"id": account.pk, "name": account.name, "kind": account.kind} if account else None,
                "role": member.role if member else None,
                "scopes": held,
            }
        )
