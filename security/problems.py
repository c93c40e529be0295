"""Errors of the API: RFC 9457 problem+json, for our own refusals and for the framework's."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from security.refusals import Suspended

API_PATH = "/api/"
MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    412: "Precondition failed",
    413: "Request body too large",
    415: "Unsupported media type",
    422: "Cannot be processed",
    429: "Too many requests",
    500: "Internal error",
}


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API_PATH)


def problem(
    status: int,
    *,
    detail: str = "",
    kind: str = "about:blank",
    errors: list[dict[str, str]] | None = None,
    instance: str = "",
) -> dict[str, Any]:
    """Return the body of a problem; `instance` is the request's id."""
    body: dict[str, Any] = {"type": kind, "title": TITLES.get(status, "Error"), "status": status}
    if detail:
        body["detail"] = detail
    if instance:
        body["instance"] = instance
    if errors:
        body["errors"] = errors
    return body


def problem_response(request: HttpRequest, status: int, **parts: Any) -> JsonResponse:
    body = problem(status, instance=getattr(request, "request_id", ""), **parts)
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: turn an expected refusal into a problem and undo what the request had begun; let the rest rise."""
    status, parts = _explain(error)
    if status is None:
        return None
    request = context["request"]._request
    transaction.set_rollback(True)
    response = Response(
        problem(status, instance=getattr(request, "request_id", ""), **parts), status=status, content_type=MEDIA_TYPE
    )
    if isinstance(error, exceptions.APIException):
        wait = getattr(error, "wait", None)
        if wait:
            response.headers["Retry-After"] = str(int(wait))
        if header := getattr(error, "auth_header", None):
            response.headers["WWW-Authenticate"] = header
    return response


def _explain(error: Exception) -> tuple[int | None, dict[str, Any]]:
    if isinstance(error, Suspended):
        return 403, {"kind": "urn:ecship:problem:suspended"}
    if isinstance(error, exceptions.ValidationError):
        return 400, {"errors": list(_pointers(error.get_full_details()))}
    if isinstance(error, exceptions.APIException):
        return error.status_code, {"detail": str(error.detail)}
    if isinstance(error, Http404):
        return 404, {}
    if isinstance(error, PermissionDenied):
        return 403, {}
    return None, {}


def _pointers(details: Any, at: str = "") -> Any:
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"pointer": at or "/", "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, value in details.items():
            yield from _pointers(value, at if name == "non_field_errors" else f"{at}/{name}")
    elif isinstance(details, list):
        single = all(isinstance(item, dict) and set(item) == {"message", "code"} for item in details)
        for index, item in enumerate(details):
            yield from _pointers(item, at if single else f"{at}/{index}")
