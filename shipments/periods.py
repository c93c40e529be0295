"""How long shipments are kept (`security.periods`). What the post asks for are settings."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from security.periods import Part, keeps

_EXPIRE = ("shipments.expire",)

DRAFTS = keeps(
    Part.SHIPMENTS,
    _("Drafts of shipments"),
    _("Deleted, counted from the last change."),
    lambda: timedelta(days=settings.DRAFT_DAYS),
    jobs=_EXPIRE,
)
BATCHES = keeps(
    Part.SHIPMENTS,
    _("What was put together for many recipients"),
    _("Whom it is for goes when its drafts are made; the rest is deleted, counted from the last change."),
    lambda: timedelta(days=settings.DRAFT_DAYS),
    jobs=("shipments.tend_batches",),
)
LABELS = keeps(
    Part.SHIPMENTS,
    _("Labels of booked items that nobody hands in"),
    _("They end, counted from the booking, and cannot be used any more."),
    lambda: timedelta(days=settings.LABEL_VALID_DAYS),
    jobs=_EXPIRE,
)
PERSONAL_DATA = keeps(
    Part.SHIPMENTS,
    _("Names, addresses, contents in words and references of shipments"),
    _("Removed, counted from the last event of the item, its cancellation or its end."),
    lambda: timedelta(days=settings.PERSONAL_DATA_DAYS),
    jobs=_EXPIRE,
)
FACTS = keeps(
    Part.SHIPMENTS,
    _("Number, dates, weights and prices of booked items"),
    _("Kept as long as the account. They name nobody."),
)
EVENTS = keeps(
    Part.SHIPMENTS,
    _("Tracking events of an item: what happened, where and when"),
    _("Kept by the item’s number, also without the account. They name nobody."),
)
