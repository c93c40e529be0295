"""From what the site answers inside (JSON, or a problem) to what SOAP clients can read.

A business error is an answer with a status that is not 0 and words in errMessage, at HTTP's 200: known clients do not
catch faults. A fault is for what is no call: broken XML, and what is refused before anybody reads it.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _

from ecship.soap import writing
from ecship.soap.calls import Call
from security.problems import BLOCKED, CLOSING, FROZEN, MEDIA_TYPE, STEP_UP, SUSPENDED

MALFORMED = "urn:ecship:problem:malformed-xml"
UNKNOWN_OPERATION = "urn:ecship:problem:unknown-operation"
KINDS = {SUSPENDED: 2, BLOCKED: 3, CLOSING: 4, STEP_UP: 5, FROZEN: 6, UNKNOWN_OPERATION: 20}
STATUSES = {400: 10, 401: 1, 403: 7, 404: 11, 409: 12, 422: 12, 429: 13, 503: 14}
OTHER = 99
NOT_KEPT = {"content-type", "content-length", "www-authenticate", "etag", "location"}


def speak(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the answer as SOAP; a description of a service is left as it is."""
    if response.headers.get("Content-Type", "").startswith("text/xml"):
        return response
    call: Call | None = getattr(request, "soap", None)
    with override(get_language_from_request(request)):
        values = _values(response)
        if call is None:
            spoken = _fault(values, response.status_code)
        else:
            body = writing.answer(call, _answered(values) if response.status_code >= 400 else {**values, **GOOD})
            spoken = HttpResponse(body, content_type=writing.MEDIA_TYPE)
    for name, value in response.headers.items():
        if name.lower() not in NOT_KEPT:
            spoken.headers[name] = value
    spoken.headers.setdefault("Cache-Control", "no-store, private")
    return spoken


GOOD = {"status": 0, "errMessage": ""}


def _values(response: HttpResponse) -> dict[str, Any]:
    try:
        found = json.loads(response.content)
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def _answered(problem: dict[str, Any]) -> dict[str, Any]:
    """Return status and words of a problem."""
    http = int(problem.get("status", 500))
    status = KINDS.get(problem.get("type", ""), STATUSES.get(http, OTHER))
    return {"status": status, "errMessage": _words(problem, http)}


def _words(problem: dict[str, Any], http: int) -> str:
    kind = problem.get("type", "")
    if kind == SUSPENDED:
        return _("Access is suspended. The holder was told by mail.")
    if kind == BLOCKED:
        return _("This network is blocked for a while.")
    if kind == UNKNOWN_OPERATION:
        return _("There is no such operation here.")
    if http == 401:
        return _("The integrator, its key or the user is not right, or the user has not let the integrator act.")
    if http == 404:
        return _("There is no such order or item.")
    details = [str(one["detail"]) for one in problem.get("errors", ())]
    return " ".join(details) or str(problem.get("detail") or problem.get("title") or _("Internal error"))


def _fault(problem: dict[str, Any], http: int) -> HttpResponse:
    """Answer what is no call; broken XML with HTTP's 500, as SOAP 1.1 says (section 6.2)."""
    kind = str(problem.get("type", "about:blank"))
    words = _("This is no SOAP envelope.") if kind == MALFORMED else _words(problem, http)
    code = "Server" if http >= 500 else "Client"
    status = 500 if kind == MALFORMED else http
    response = HttpResponse(writing.fault(code, words, kind), status=status, content_type=writing.MEDIA_TYPE)
    if kind == MALFORMED:  # whoever sent it is wrong, and not the server: it is no line of the errors
        response._has_been_logged = True  # type: ignore[attr-defined]
    return response


__all__ = ["MALFORMED", "MEDIA_TYPE", "UNKNOWN_OPERATION", "speak"]
