"""The edge: what every request meets before anything knows who it is from."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

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
            response = HttpResponse("Request body too large.", status=413, content_type="text/plain")
        else:
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @staticmethod
    def _too_large(request: HttpRequest) -> bool:
        length = request.headers.get("Content-Length", "")
        return length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
