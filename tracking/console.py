"""What tracking brings into the staff console: the page where events are entered."""

from django.utils.translation import gettext_lazy as _

from security.console import registry
from security.permissions import Permission


def register() -> None:
    registry.add_addresses("tracking/", "tracking.console_urls")
    registry.add_entry(
        registry.Entry(
            _("Tracking events"), "tracking:staff-events", Permission.STAFF_TRACKING, registry.Group.POST, order=10
        )
    )
