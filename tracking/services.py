"""Recording what happened to items."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from security import scope
from security.tasks import send
from security.warrants import Warrant
from shipments import item_numbers
from tracking import tasks
from tracking.events import ACTION_ALLOWED, REASON_NEEDED, Action, Code
from tracking.models import PLACE_LENGTH, REASON_LENGTH, Event, Unfollowed

FIRST_AT = datetime(2000, 1, 1, tzinfo=UTC)
FOLLOWED_TOGETHER = 50  # items in one task: a few messages for 500 events, and none that holds its rows for long
CLOCK_DIFFERENCE = timedelta(hours=24)  # other posts send local time as if it were ours
REASON_FORM = re.compile(rf"[A-Za-z0-9_-]{{1,{REASON_LENGTH}}}")


class InvalidEvent(Exception):
    """An event that cannot be recorded: the field, a code for machines and a sentence for people.

    Of several events that were sent together, `index` says which it is, from 0.
    """

    def __init__(self, *, field: str, code: str, message: str) -> None:
        super().__init__(code)
        self.field, self.code, self.message = field, code, message
        self.index = 0


def record_event(*, by: str, now: datetime, **told: Any) -> tuple[Event, bool]:
    """Record one event, as `record_events` does. Raises InvalidEvent."""
    return record_events([told], by=by, now=now)[0]


@transaction.atomic
def record_events(told: Sequence[Mapping[str, Any]], *, by: str, now: datetime) -> list[tuple[Event, bool]]:
    """Record events, all of them or none; return each with whether it is new. The same event again changes nothing.

    Each of `told` has item_number, code, at, place, reason, and action where there is one. `by` is a reference to who
    says so, such as "operator:<id>". The holders' shipments follow after the commit, on the security worker. The
    number of statements does not grow with the events. Raises InvalidEvent for the first that is wrong.
    """
    asked = _all_checked(told, by=by, now=now)
    # The first of each kind is written. In one order for everybody: two who send the same events wait for each other,
    # never both.
    written = {_key(event): event for event in reversed(asked)}
    with scope.warrant(Warrant.TRACKING):
        Event.objects.bulk_create([written[key] for key in sorted(written)], ignore_conflicts=True)
        kept = _kept(written)
        # Sent again for an old event too: whoever repeats it may do so because the first try got lost.
        _follow({event.item_number for event in asked}, now=now)
    return [(kept[_key(event)], kept[_key(event)].pk == event.pk) for event in asked]


def _all_checked(told: Sequence[Mapping[str, Any]], *, by: str, now: datetime) -> list[Event]:
    asked = []
    for index, values in enumerate(told):
        try:
            event = check(now=now, **values)
        except InvalidEvent as error:
            error.index = index
            raise
        event.recorded_at, event.recorded_by = now, by
        asked.append(event)
    return asked


def _key(event: Event) -> tuple[str, str, datetime]:
    """What makes an event the same as another."""
    return event.item_number, event.code, event.at


def _kept(written: Iterable[tuple[str, str, datetime]]) -> dict[tuple[str, str, datetime], Event]:
    """Return the events of these keys as the table has them: ours, or those that somebody recorded before."""
    numbers, codes, moments = (sorted(set(parts)) for parts in zip(*written, strict=True))
    found = Event.objects.filter(item_number__in=numbers, code__in=codes, at__in=moments)
    return {_key(event): event for event in found}


def check(
    *, item_number: str, code: str, at: datetime, place: str, reason: str, now: datetime, action: str = ""
) -> Event:
    """Return the event that would be recorded, unsaved. Raises InvalidEvent."""
    event = Event(
        item_number=checked_number(item_number),
        code=_checked_code(code),
        at=_checked_at(at, now=now),
        place=_checked_place(place),
        reason=reason.strip(),
        action=action.strip(),
    )
    _check_reason(event)
    return event


def checked_number(text: str) -> str:
    """Return an item number in its written form. Raises InvalidEvent."""
    number = item_numbers.normalise(text)
    if not item_numbers.is_valid(number):
        raise InvalidEvent(
            field="item_number", code="item_number", message=_("Enter an item number such as RB123456785HK.")
        )
    return number


def _checked_code(code: str) -> str:
    if code not in Code.values:
        raise InvalidEvent(field="code", code="event_code", message=_("Choose an event of the list."))
    return code


def _checked_at(at: datetime, *, now: datetime) -> datetime:
    if not FIRST_AT <= at <= now + CLOCK_DIFFERENCE:
        raise InvalidEvent(field="at", code="event_time", message=_("Enter a date and time that is not in the future."))
    return at.astimezone(UTC)


def _checked_place(place: str) -> str:
    words = " ".join(place.split())
    if len(words) > PLACE_LENGTH:
        message = ngettext(
            "The office must have %(limit)d character or fewer.",
            "The office must have %(limit)d characters or fewer.",
            PLACE_LENGTH,
        )
        raise InvalidEvent(field="place", code="max_length", message=message % {"limit": PLACE_LENGTH})
    if any(unicodedata.category(letter).startswith("C") for letter in words):
        raise InvalidEvent(field="place", code="invalid", message=_("Enter the name or the code of an office."))
    return words


def _check_reason(event: Event) -> None:
    if not event.reason and event.code in REASON_NEEDED:
        raise InvalidEvent(field="reason", code="required", message=_("Choose a reason: this event needs one."))
    if event.reason and not REASON_FORM.fullmatch(event.reason):
        raise InvalidEvent(
            field="reason", code="invalid", message=_("Enter the reason as a code of letters and digits.")
        )
    if event.action and (event.action not in Action.values or event.code not in ACTION_ALLOWED):
        message = _("Choose what happens next only for a delivery that was not successful.")
        raise InvalidEvent(field="action", code="invalid", message=message)


def _follow(item_numbers: set[str], *, now: datetime) -> None:
    """Tell the security worker, as nobody: an event is a fact, whatever becomes of the right of who sent it."""
    numbers = sorted(item_numbers)
    # The rows come first: should the queue lose a message or be away, `tracking.advance_waiting` finds them.
    Unfollowed.objects.bulk_create(
        [Unfollowed(item_number=number, due_at=now, attempts=0, given_up_at=None) for number in numbers],
        update_conflicts=True,
        unique_fields=["item_number"],
        update_fields=["due_at", "attempts", "given_up_at"],
    )
    with scope.enter(scope.Scope(kind=scope.Kind.NONE, request_id=scope.get().request_id)):
        if len(numbers) == 1:
            send(tasks.advance_holder, item_number=numbers[0])
        else:
            for start in range(0, len(numbers), FOLLOWED_TOGETHER):
                send(tasks.advance_holders, item_numbers=numbers[start : start + FOLLOWED_TOGETHER])
