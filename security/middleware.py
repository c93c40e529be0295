"""The edge: what every request meets before anything knows who it is from."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from uuid import uuid4

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.utils import translation
from django.utils.translation import gettext as _

from security.problems import as_problem, is_api

HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class EdgeMiddleware:
    """Gives each request an id, refuses bodies over the limit unread, adds the headers that all answers have."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid4().hex  # type: ignore[attr-defined]
        if self._too_large(request):
            with translation.override(translation.get_language_from_request(request, check_path=True)):
                words = _("The request is too large.")
            response = HttpResponse(words, status=413, content_type="text/plain; charset=utf-8")
        else:
            response = self.get_response(request)
        response = as_problem(request, response)
        response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @staticmethod
    def _too_large(request: HttpRequest) -> bool:
        length = request.headers.get("Content-Length", "")
        return length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class PolicyMiddleware(CSPMiddleware):
    """django-csp's own, which builds both policies anew for every answer. Ours is one, the same for all."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault(HEADER, _policy())
        return response


@lru_cache(maxsize=1)
def _policy() -> str:
    built: str = build_policy()
    return built


class SlashMiddleware(CommonMiddleware):
    """Django's own; but a program that forgets the last slash of a POST is told so: its body would not be sent on."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        if is_api(request) and request.method not in {"GET", "HEAD"}:
            return False
        return super().should_redirect_with_slash(request)
