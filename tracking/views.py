"""Pages: looking for items, one item's timeline, and the staff page where events are entered."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import kept_forms
from security import scope
from security.marks import public, staff
from security.permissions import Permission
from shipments import item_numbers
from tracking import access, limits, numbers, selectors, services
from tracking.forms import EventForm, SearchForm


@public
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """The search box; one number goes on to its own page, several are answered here."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return render(request, "tracking/search.html", {"form": form})
    if not form.is_valid():
        return render(request, "tracking/search.html", {"form": form}, status=400)
    typed: numbers.Typed = form.cleaned_data["numbers"]
    if len(typed.numbers) == 1 and not typed.malformed:
        return redirect("tracking:item", number=typed.numbers[0])
    verdict = limits.take(request, items=typed.count, now=timezone.now())
    if not verdict.allowed:
        return _too_many(request, verdict)
    tracks = list(selectors.tracks_of(typed.numbers).values())
    context = {"form": form, "tracks": tracks, "malformed": typed.malformed}
    return _limited(render(request, "tracking/search.html", context), verdict)


@public
@require_safe
def item(request: HttpRequest, number: str) -> HttpResponse:
    """One item's page. It tells of events alone: an item without any is the same as one that does not exist."""
    verdict = limits.take(request, now=timezone.now())
    if not verdict.allowed:
        return _too_many(request, verdict)
    written = item_numbers.normalise(number)
    if not item_numbers.is_valid(written):
        context = {"number": number[: numbers.SHOWN_LENGTH]}
        return _limited(render(request, "tracking/malformed.html", context, status=404), verdict)
    if written != number:
        return redirect("tracking:item", number=written)
    track = selectors.track_of(written)
    status = 200 if track.events else 404
    return _limited(render(request, "tracking/item.html", {"track": track}, status=status), verdict)


def _too_many(request: HttpRequest, verdict: limits.Verdict) -> HttpResponse:
    context = {"wait": limits.wait_words(verdict.retry_in)}
    return _limited(render(request, "tracking/too_many.html", context, status=429), verdict)


def _limited(response: HttpResponse, verdict: limits.Verdict) -> HttpResponse:
    """Say in the answer how much of the limit is left."""
    for name, value in verdict.headers.items():
        response.headers[name] = value
    return response


@staff(Permission.STAFF_TRACKING)
@require_http_methods(["GET", "HEAD", "POST"])
def enter_events(request: HttpRequest) -> HttpResponse:
    """Enter one event for one or many items: all of them or none."""
    access.check_may_record()
    now = timezone.now()
    data = kept_forms.typed(request)
    if data is None:
        return render(request, "tracking/staff_events.html", {"form": EventForm(initial={"at": now})})
    form = EventForm(data)
    if request.method != "POST":
        return render(request, "tracking/staff_events.html", {"form": form})
    if not (form.is_valid() and _record(request, form, now=now)):
        return render(request, "tracking/staff_events.html", {"form": form}, status=400)
    return redirect("tracking:staff-events")


def _record(request: HttpRequest, form: EventForm, *, now: datetime) -> bool:
    """Record the form's event for each of its items; put what the service refuses on the form."""
    typed = dict(form.cleaned_data)
    item_list: list[str] = typed.pop("item_number")
    try:
        told = [{**typed, "item_number": number} for number in item_list]
        results = services.record_events(told, by=scope.get().actor, now=now)
    except services.InvalidEvent as error:
        form.add_error(error.field, error.message)
        return False
    added = sum(is_new for _event, is_new in results)
    _tell(request, added=added, known=len(results) - added)
    return True


def _tell(request: HttpRequest, *, added: int, known: int) -> None:
    if added:
        message = ngettext("%(count)d event recorded.", "%(count)d events recorded.", added)
        messages.success(request, message % {"count": added})
    if known:
        message = ngettext("%(count)d event was known already.", "%(count)d events were known already.", known)
        messages.info(request, message % {"count": known})
