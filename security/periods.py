"""How long the site keeps what: one typed list, which the jobs that remove things read and a public page shows.

Each app says its own (`periods.py`), beside the code that removes it: `keeps` puts it into the list. What stands here
is what people are promised, so a job never has a number of its own. `tests/site/test_retention_page.py` finds a
scheduled job or a length of time that the list does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from security import tuning

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Part(models.TextChoices):
    """The parts of the page, in their order."""

    BOOKS = "books", _("Address books")
    SHIPMENTS = "shipments", _("Shipments")
    PEOPLE = "people", _("Signing in")
    ACCOUNTS = "accounts", _("Accounts")
    TRAIL = "trail", _("Who did what")


@dataclass(frozen=True)
class Months:
    """Whole months: what is filed by the month goes by the month."""

    count: int


@dataclass(frozen=True)
class Period:
    """How long one thing is kept. `fate`: since when it counts and what is done then, as sentences.

    `lasts` is asked each time, since some are settings; None where nothing but a person ends it. `jobs`: the names of
    the scheduled tasks that carry it out.
    """

    part: Part
    what: _StrPromise
    fate: _StrPromise
    lasts: Callable[[], timedelta | Months] | None = None
    jobs: tuple[str, ...] = ()

    def length(self) -> timedelta:
        """Return the time. Raises TypeError where it is kept by the month, or has no end by itself."""
        found = self.lasts() if self.lasts else None
        if not isinstance(found, timedelta):
            raise TypeError(str(self.what))
        return found

    def months(self) -> int:
        """Return the months. Raises TypeError where it is kept otherwise."""
        found = self.lasts() if self.lasts else None
        if not isinstance(found, Months):
            raise TypeError(str(self.what))
        return found.count

    @property
    def words(self) -> str:
        """The time in words; "" where there is none."""
        found = self.lasts() if self.lasts else None
        if found is None:
            return ""
        if isinstance(found, Months):
            return ngettext("%(count)d month", "%(count)d months", found.count) % {"count": found.count}
        hours, left = divmod(int(found.total_seconds()), 3600)
        if left:
            minutes = int(found.total_seconds()) // 60
            return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
        if hours <= 24:  # an hour is said as hours, a day too: "1 day" might be any of two
            return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
        return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}


_periods: list[Period] = []


def keeps(
    part: Part,
    what: _StrPromise,
    fate: _StrPromise,
    lasts: Callable[[], timedelta | Months] | None = None,
    *,
    jobs: tuple[str, ...] = (),
) -> Period:
    """Put a period into the list, once, when its module loads, and return it."""
    period = Period(part, what, fate, lasts, jobs)
    _periods.append(period)
    return period


def everything() -> list[Period]:
    """Return the list: part by part, and in each in the order in which it was said."""
    order = list(Part)
    return sorted(_periods, key=lambda period: order.index(period.part))


def by_part() -> Iterator[tuple[str, list[Period]]]:
    """Yield each part's name with what is in it."""
    for part in Part:
        if found := [period for period in _periods if period.part == part]:
            yield str(part.label), found


# The ground floor's own ---------------------------------------------------------------------------------------

ACCESS_LOG = keeps(
    Part.TRAIL,
    _("The access log: who opened or changed personal data in an account, by numbers, with the address they came from"),
    _("Removed month by month, once all of a month is older."),
    lambda: Months(settings.TRAIL_ACCESS_MONTHS),
    jobs=("security.keep_trail",),
)
EVENTS = keeps(
    Part.TRAIL,
    _("Security events: sign-ins, refusals, alarms"),
    _("Removed month by month, once all of a month is older."),
    lambda: Months(settings.TRAIL_EVENT_MONTHS),
    jobs=("security.keep_trail",),
)
FINDINGS = keeps(
    Part.TRAIL,
    _("What looked like an attack, by numbers"),
    _("Deleted, counted from the day on which it was noticed."),
    lambda: timedelta(days=tuning.current().judging.finding_days),
    jobs=("security.forget_old_findings",),
)
STRANGE_IDS = keeps(
    Part.TRAIL,
    _("Numbers that were asked for and belong to nobody, or to somebody else"),
    _("Deleted, counted from the request."),
    lambda: timedelta(days=tuning.current().judging.strange_days),
    jobs=("security.forget_old_findings",),
)
EVIDENCE = keeps(
    Part.TRAIL,
    _("Files of evidence that our staff makes after an incident, by numbers"),
    _("Deleted, counted from the day on which it was made."),
    lambda: timedelta(days=settings.EVIDENCE_DAYS),
    jobs=("security.continue_evidence",),
)
ANSWERS = keeps(
    Part.TRAIL,
    _("Answers that a program is given again when it repeats a request"),
    _("Deleted, counted from the request."),
    lambda: timedelta(seconds=settings.IDEMPOTENCY_SECONDS),
    jobs=("shipments.expire",),
)
