"""Keys found by their hash, and pages by cursor."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from bench.bare.models import Key


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        key = Key.objects.filter(key_hash=sha256(token.encode()).digest()).first()
        if key is None:
            raise exceptions.AuthenticationFailed
        return key, key


class Pages(CursorPagination):
    ordering = ("-created_at", "-id")
