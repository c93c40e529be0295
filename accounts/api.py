"""How DRF learns who asks: from the scope that the middleware has found, with CSRF for sessions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from accounts.identify import bearer
from security import scope


class ScopeAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        inner: HttpRequest = request._request
        active = scope.get()
        if active.key_id is None and active.user_id is None:
            if bearer(inner):
                raise exceptions.AuthenticationFailed
            return None
        if active.key_id is None:
            self._check_csrf(inner)
        return inner.user, getattr(inner, "api_key", None)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    @staticmethod
    def _check_csrf(request: HttpRequest) -> None:
        check = CSRFCheck(lambda _request: HttpResponse())
        check.process_request(request)
        if check.process_view(request, lambda *_: HttpResponse(), (), {}):
            raise exceptions.PermissionDenied(_("A browser session needs the header X-CSRFToken for this."))
