"""The two ends of detection at a request: what the ladder says before it, what is to be said of it afterwards."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from redis import RedisError

from security import limits, tuning
from security.detection import freeze, hooks, observing, signal, stream
from security.marks import Door, Mark
from security.models import LiveState
from security.problems import FROZEN, STEP_UP, is_api, problem_response
from security.walls import Watch, stands

State = LiveState.State


class SignalMiddleware:
    """Outside of the scope: when all is done, hands one signal to the stream, which costs the request no waiting."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not stands(Watch.DETECTION):
            return self.get_response(request)
        tuning.refresh()
        with observing.observed() as seen:
            response = self.get_response(request)
        stream.STREAM.put(signal.of_request(request, response, seen, now=timezone.now()))
        return response


class LadderMiddleware:
    """Inside the scope: slows down, asks who is there, or keeps a frozen feature to what is needed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        mark: Mark | None = getattr(request, "scope_mark", None)
        if mark is None or mark.door in {Door.PUBLIC, Door.ENTRANCE} or not stands(Watch.DETECTION):
            return self.get_response(request)
        refusal = self._throttled(request) or self._step_up(request, mark)
        if refusal is None and mark.door is Door.REQUIRES:
            refusal = self._unwatched(request) or self._frozen(request)
        if refusal is not None:
            transaction.set_rollback(True)
            return refusal
        return self.get_response(request)

    @staticmethod
    def _throttled(request: HttpRequest) -> HttpResponse | None:
        live = _running(request)
        if live is None or live.state not in {State.THROTTLED, State.STEP_UP}:
            return None
        try:
            (verdict,) = limits.ask([(limits.throttled(), str(live.actor_id))], now=timezone.now())
        except RedisError:
            return _refuse(request, 503, "errors/unavailable.html")
        if verdict.allowed:
            return None
        detail = _("Wait as long as Retry-After says, and ask again.")
        response = _refuse(request, 429, "429.html", detail=detail, wait=limits.wait_words(verdict.retry_in))
        for name, value in verdict.headers.items():  # what refuses, not what the limits further out would let pass
            response.headers[name] = value
        return response

    @staticmethod
    def _step_up(request: HttpRequest, mark: Mark) -> HttpResponse | None:
        live = _running(request)
        if live is None or live.state != State.STEP_UP or mark.door is Door.IDENTITY:
            return None
        if not is_api(request):
            return hooks.step_up(request, live.changed_at)
        if getattr(request, "api_key", None) is not None:
            # Whoever makes a key shows who they are: that is a key's way to do so, and a stolen one stays shut.
            detail = _("This key is paused for a day. Make a new one on the site, and end this one.")
        elif hooks.step_up(request, live.changed_at) is None:
            return None
        else:
            detail = _("Sign in on the site and show who you are.")
        return problem_response(request, 403, kind=STEP_UP, detail=detail)

    @staticmethod
    def _unwatched(request: HttpRequest) -> HttpResponse | None:
        """While nothing can be counted personal data is read on for a minute, and then no more."""
        if not stream.STREAM.is_away_long:
            return None
        return _refuse(request, 503, "errors/unavailable.html", detail=_("Try again in a few seconds."))

    @staticmethod
    def _frozen(request: HttpRequest) -> HttpResponse | None:
        if not freeze.holds(request):
            return None
        response = _refuse(
            request,
            503,
            "errors/frozen.html",
            kind=FROZEN,
            detail=_("Lists, searches and exports are paused while we look into something. Single entries work."),
        )
        response.headers["Retry-After"] = "600"
        return response


def _running(request: HttpRequest) -> LiveState | None:
    """Return the live state of whoever asks, where it slows them down now."""
    live: LiveState | None = getattr(request, "live", None)
    if live is None or live.state == State.ACTIVE or (live.until is not None and live.until <= timezone.now()):
        return None
    return live


def _refuse(
    request: HttpRequest, status: int, template: str, *, kind: str = "about:blank", detail: str = "", wait: str = ""
) -> HttpResponse:
    if is_api(request):
        return problem_response(request, status, kind=kind, detail=detail)
    return render(request, template, {"wait": wait}, status=status)
