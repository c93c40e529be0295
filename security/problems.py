"""Errors of the API: RFC 9457 problem+json, for our own refusals, for the framework's and for everything in between."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import DataError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from security import alarms
from security.refusals import Blocked, Suspended

logger = logging.getLogger(__name__)
API_PATH = "/api/"
SOAP_PATHS = ("/API/services/", "/API-trial/services/")
MEDIA_TYPE = "application/problem+json"
SUSPENDED = "urn:ecship:problem:suspended"
BLOCKED = "urn:ecship:problem:blocked"
STEP_UP = "urn:ecship:problem:step-up"
FROZEN = "urn:ecship:problem:frozen"
CLOSING = "urn:ecship:problem:closing"  # the account is being deleted, and read-only
TITLES = {
    400: _("Bad request"),
    401: _("Not signed in"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Method not allowed"),
    406: _("Not acceptable"),
    408: _("Request took too long"),
    409: _("Conflict"),
    411: _("Length required"),
    412: _("Precondition failed"),
    413: _("Request body too large"),
    414: _("Address too long"),
    415: _("Unsupported media type"),
    417: _("Expectation cannot be met"),
    422: _("Cannot be processed"),
    429: _("Too many requests"),
    431: _("Header fields too large"),
    500: _("Internal error"),
    501: _("Not implemented"),
    503: _("Not available now"),
}


class InvalidBody(exceptions.APIException):
    """Something sent is wrong: each error with its place, as a JSON pointer (RFC 6901) into the body."""

    status_code = 400
    default_code = "invalid"

    def __init__(self, errors: Iterable[tuple[str, str, str]]) -> None:
        """Take pointer, code and a sentence for people of each error; "" points to the whole body."""
        super().__init__()
        self.errors = [{"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in errors]


class Conflict(exceptions.APIException):
    """The present state does not allow this."""

    status_code = 409
    default_code = "conflict"


class PreconditionFailed(exceptions.APIException):
    """Somebody changed the object since it was read."""

    status_code = 412
    default_code = "precondition_failed"


def is_api(request: HttpRequest) -> bool:
    return is_api_path(request.path_info)


def is_api_path(path: str) -> bool:
    """Tell whether a path, decoded, is for programs: the API, where `/api` itself belongs to it, and SOAP."""
    return path.startswith((API_PATH, *SOAP_PATHS)) or path == API_PATH.rstrip("/")


def is_soap(request: HttpRequest) -> bool:
    return is_soap_path(request.path_info)


def is_soap_path(path: str) -> bool:
    """Tell whether a path, decoded, is where SOAP is spoken: inside all is as for the API, until it leaves."""
    return path.startswith(SOAP_PATHS)


def problem(
    status: int,
    *,
    detail: str = "",
    kind: str = "about:blank",
    errors: list[dict[str, str]] | None = None,
    instance: str = "",
) -> dict[str, Any]:
    """Return the body of a problem; `instance` is the request's id."""
    body: dict[str, Any] = {"type": kind, "title": str(TITLES.get(status, _("Error"))), "status": status}
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


def as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Make a problem of any refusal under the API's path that is none yet: whoever wrote it, a program reads it."""
    if not is_api(request) or response.status_code < 400 or response.headers.get("Content-Type") == MEDIA_TYPE:
        return response
    with override(get_language_from_request(request)):
        response.content = problem_response(request, response.status_code).content
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Content-Length"] = str(len(response.content))
    return response


Tongue = Callable[[HttpRequest, HttpResponse], HttpResponse]
TONGUES: list[Tongue] = []  # how answers are said in SOAP; its root fills it when it loads


def in_its_tongue(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return an answer as whoever asked can read it: SOAP where they speak SOAP, else as it is."""
    if is_soap(request):
        for speak in TONGUES:
            response = speak(request, response)
    return response


def response_to(error: Exception, request: HttpRequest, *, ids: Sequence[UUID] = ()) -> HttpResponse | None:
    """Return the problem that an expected refusal is, and note it; None for any other error. `ids`: what was named."""
    status, parts = _explain(error)
    if status is None:
        return None
    alarms.note_refusal(error, ids=ids)
    response = problem_response(request, status, **parts)
    if wait := getattr(error, "wait", None):
        response.headers["Retry-After"] = str(ceil(wait))
    return response


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: turn an expected refusal into a problem and undo what the request had begun; let the rest rise."""
    status, parts = _explain(error)
    if status is None:
        return None
    request = context["request"]._request
    transaction.set_rollback(True)
    alarms.note_refusal(error, ids=alarms.named_in(context["kwargs"]))
    response = Response(
        problem(status, instance=getattr(request, "request_id", ""), **parts), status=status, content_type=MEDIA_TYPE
    )
    if wait := getattr(error, "wait", None):
        response.headers["Retry-After"] = str(ceil(wait))
    if header := getattr(error, "auth_header", None):
        response.headers["WWW-Authenticate"] = header
    return response


def _explain(error: Exception) -> tuple[int | None, dict[str, Any]]:
    if isinstance(error, Suspended):
        return 403, {"kind": SUSPENDED}
    if isinstance(error, Blocked):
        return 403, {"kind": BLOCKED}
    if isinstance(error, InvalidBody):
        return 400, {"errors": error.errors}
    if isinstance(error, exceptions.ValidationError):
        return 400, {"errors": list(_pointers(error.get_full_details()))}
    if isinstance(error, exceptions.APIException):
        return error.status_code, {"detail": str(error.detail)}
    if isinstance(error, Http404):
        return 404, {}
    if isinstance(error, PermissionDenied):
        return 403, {}
    if isinstance(error, DataError):  # the database cannot hold it, and a serializer let it pass
        logger.error("a value that cannot be stored was not refused", extra={"error": type(error).__name__})
        return 400, {}
    return None, {}


def errors_of(error: exceptions.ValidationError) -> Iterator[tuple[str, str, str]]:
    """Yield the errors of a framework's refusal as `InvalidBody` takes them."""
    for found in _pointers(error.get_full_details()):
        yield found["pointer"], found["code"], found["detail"]


def _pointers(details: Any, at: str = "") -> Iterator[dict[str, str]]:
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"pointer": at, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, value in details.items():
            yield from _pointers(value, at if name == "non_field_errors" else f"{at}/{pointed(name)}")
    elif isinstance(details, list):
        single = all(isinstance(item, dict) and set(item) == {"message", "code"} for item in details)
        for index, item in enumerate(details):
            yield from _pointers(item, at if single else f"{at}/{index}")


def pointed(name: object) -> str:
    """Return one step of a JSON pointer."""
    return str(name).replace("~", "~0").replace("/", "~1")
