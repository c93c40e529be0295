"""Reads the envelope of a call before anybody asks who calls: what is shown of them stands in it."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ecship.soap.calls import Call, read_call
from ecship.soap.envelope import Malformed
from security.detection import observing
from security.problems import is_soap


class EnvelopeMiddleware:
    """Stands inside detection, which hears of what was sent, and outside the scope, which comes from what was shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_soap(request) and request.method == "POST":
            _read(request)
        return self.get_response(request)


def _read(request: HttpRequest) -> None:
    try:
        call = read_call(request.path_info.rpartition("/")[2], request.body)
    except Malformed:  # counted and refused like anything else: the view says so
        return
    request.soap = call  # type: ignore[attr-defined]
    request.integrator_shown = call.shown  # type: ignore[attr-defined]
    request.named_values = call.named  # type: ignore[attr-defined]
    observing.note_body(json.dumps(call.fields).encode())
    if call.operation is not None and call.operation.changes:
        _do_once(request, call)


def _do_once(request: HttpRequest, call: Call) -> None:
    """Let a change be done once (`security.idempotency`), by a name that the call itself gives."""
    request.idempotency_key, request.asked_exactly = call.once()  # type: ignore[attr-defined]
