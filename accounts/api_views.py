"""The API about whoever calls it."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.roles import KEY_SCOPES
from security import scope
from security.marks import signed_in


class MeView(APIView):
    """Who the key or session is, in which account, with which role and scopes."""

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
