"""How long tracking keeps what (`security.periods`)."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from security.periods import Part, keeps

DELIVERIES = keeps(
    Part.SHIPMENTS,
    _("What a webhook was told of shipments: numbers, states and times, and how each delivery went"),
    _("Deleted, counted from the event. It names nobody."),
    lambda: timedelta(days=30),
    jobs=("tracking.forget_deliveries",),
)
