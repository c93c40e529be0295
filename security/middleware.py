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
from django.utils.translation import gettext_lazy as _

from security import bodies
from security.problems import as_problem, in_its_tongue, is_api, problem_response

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FAULTS = {
    400: _("The body of the request is broken."),
    411: _("Say how long the body of the request is."),
    413: _("The request is too large."),
    415: _("Send the body of the request unpacked, without a Content-Encoding."),
}


class EdgeMiddleware:
    """Gives each request an id, refuses bodies that it will not read, adds the headers that all answers have."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid4().hex  # type: ignore[attr-defined]
        if settings.SECURE_SSL_REDIRECT and is_api(request) and not request.is_secure():
            response = _in_the_clear(request)
        else:
            fault = _fault(request)
            if not fault:
                _take_upload(request)
            response = _refused(request, fault) if fault else self.get_response(request)
        response = in_its_tongue(request, as_problem(request, response))
        response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault(HEADER, _policy())
        return response


def _fault(request: HttpRequest) -> int:
    """Return the status that refuses a body (broken, too large, of a length nobody said, packed); 0 for a good one."""
    length = request.headers.get("Content-Length", "")
    if request.META.get(bodies.BROKEN):
        return 400
    if length.isdecimal() and int(length) > bodies.most_for(request.path_info):
        return 413
    # Django takes a body without a length for none, and would do what was asked with nothing. `bodies` measures it.
    if "Transfer-Encoding" in request.headers:
        return 411
    return 0 if request.headers.get("Content-Encoding", "").strip().lower() in {"", "identity"} else 415


def _take_upload(request: HttpRequest) -> None:
    """Take the body of an upload to the API as it is: Django would refuse to hand out one that a form may not have."""
    if is_api(request) and bodies.UPLOADS.fullmatch(request.path_info):
        request._body = request.read()


def _in_the_clear(request: HttpRequest) -> HttpResponse:
    """Refuse a program that asks without TLS. Were it led to HTTPS, nobody would notice what it goes on sending."""
    with translation.override(translation.get_language_from_request(request)):
        detail = _("Use https://. A key that was sent without it may have been read: end it, and make another one.")
        return problem_response(request, 403, detail=str(detail))


def _refused(request: HttpRequest, status: int) -> HttpResponse:
    with translation.override(translation.get_language_from_request(request, check_path=True)):
        response: HttpResponse
        if is_api(request):
            response = problem_response(request, status, detail=str(FAULTS[status]))
        else:
            response = HttpResponse(str(FAULTS[status]), status=status, content_type="text/plain; charset=utf-8")
    if status == 415:
        response.headers["Accept-Encoding"] = "identity"  # RFC 9110, 15.5.16
    return response


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

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_moved = not is_api(request) or request.method in {"GET", "HEAD"}
        if is_moved or response.status_code != 404 or not super().should_redirect_with_slash(request):
            return super().process_response(request, response)
        with translation.override(translation.get_language_from_request(request)):
            return problem_response(request, 404, detail=str(_("The address needs a slash at its end.")))
