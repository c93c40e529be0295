"""Recording what happened to items."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta

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
CLOCK_DIFFERENCE = timedelta(hours=24)  # other posts send local time as if it were ours
REASON_FORM = re.compile(rf"[A-Za-z0-9_-]{{1,{REASON_LENGTH}}}")


class InvalidEvent(Exception):
    """An event that cannot be recorded: the field, a code for machines and a sentence for people."""

    def __init__(self, *, field: str, code: str, message: str) -> None:
        super().__init__(code)
        self.field, self.code, self.message = field, code, message


@transaction.atomic
def record_event(
    *, item_number: str, code: str, at: datetime, place: str, reason: str, by: str, now: datetime, action: str = ""
) -> tuple[Event, bool]:
    """Record an event and return it with whether it is new; the same event again changes nothing.

    `by` is a reference to who says so, such as "operator:<id>". The holder's shipment follows after the commit, on
    the security worker. Raises InvalidEvent.
    """
    event = check(item_number=item_number, code=code, at=at, place=place, reason=reason, action=action, now=now)
    with scope.warrant(Warrant.TRACKING):
        recorded, is_new = Event.objects.get_or_create(
            item_number=event.item_number,
            code=event.code,
            at=event.at,
            defaults={
                "place": event.place,
                "reason": event.reason,
                "action": event.action,
                "recorded_at": now,
                "recorded_by": by,
            },
        )
        # Sent again for an old event too: whoever repeats it may do so because the first try got lost.
        _follow(recorded.item_number, now=now)
    return recorded, is_new


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


def _follow(item_number: str, *, now: datetime) -> None:
    """Tell the security worker, as nobody: an event is a fact, whatever becomes of the right of who sent it."""
    # The row comes first: should the queue lose the message or be away, `tracking.advance_waiting` finds it.
    Unfollowed.objects.update_or_create(
        item_number=item_number, defaults={"due_at": now, "attempts": 0, "given_up_at": None}
    )
    with scope.enter(scope.Scope(kind=scope.Kind.NONE, request_id=scope.get().request_id)):
        send(tasks.advance_holder, item_number=item_number)
