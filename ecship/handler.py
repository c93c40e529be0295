"""The web process's request handler."""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.urls import ResolverMatch


class Handler(WSGIHandler):
    """Django's own; the address that was resolved to find the view's mark is not resolved anew to call the view."""

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        match: ResolverMatch | None = getattr(request, "scope_match", None)
        if match is None:
            return super().resolve_request(request)
        request.resolver_match = match
        return match
