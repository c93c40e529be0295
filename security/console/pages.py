"""The console's own entries of its navigation."""

from django.utils.translation import gettext_lazy as _

from security.console import registry
from security.console.registry import Entry, Group
from security.permissions import Permission


def register() -> None:
    registry.add_entry(Entry(_("Dashboard"), "console:dashboard", Permission.STAFF_CONSOLE, Group.WATCH, order=0))
    registry.add_entry(Entry(_("My cases"), "console:cases", Permission.STAFF_CASE, Group.ACCOUNTS, order=12))
    registry.add_entry(Entry(_("All cases"), "console:all-cases", Permission.STAFF_AUDIT, Group.ACCOUNTS, order=14))
    registry.add_entry(Entry(_("Trail"), "console:audit", Permission.STAFF_AUDIT, Group.WATCH, order=5))
