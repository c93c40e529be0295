"""What the apps bring into the staff console when they load: addresses, entries of its navigation, dashboard panels.

`security` imports no app; each app calls these from its `ready`, so that whoever adds an app adds its staff pages too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from security.permissions import Permission


class Group(models.TextChoices):
    """The parts of the navigation, in their order."""

    WATCH = "watch", _("Watch")
    ACCOUNTS = "accounts", _("Accounts")
    POST = "post", _("Postal operations")


@dataclass(frozen=True)
class Entry:
    """One line of the navigation: its words, the name of its address, and the right that its page asks for."""

    label: Promise
    address: str
    permission: Permission
    group: Group
    order: int = 50


@dataclass(frozen=True)
class Panel:
    """One part of the dashboard, for those who hold the right: a template, and what fills it."""

    name: str
    permission: Permission
    template: str
    context: Callable[[datetime], dict[str, Any]]
    order: int = 50


_entries: list[Entry] = []
_panels: list[Panel] = []
_addresses: list[tuple[str, str]] = []


def add_addresses(prefix: str, module: str) -> None:
    """Serve the addresses of a URL module below a prefix, for example `"tracking/"`."""
    _addresses.append((prefix, module))


def add_entry(entry: Entry) -> None:
    _entries.append(entry)


def add_panel(panel: Panel) -> None:
    _panels.append(panel)


def addresses() -> list[tuple[str, str]]:
    return list(_addresses)


def entries(rights: frozenset[Permission]) -> list[tuple[Group, list[Entry]]]:
    """Return the navigation of somebody with these rights, group by group."""
    allowed = sorted((entry for entry in _entries if entry.permission in rights), key=lambda entry: entry.order)
    groups = [(group, [entry for entry in allowed if entry.group == group]) for group in Group]
    return [(group, listed) for group, listed in groups if listed]


def panels(rights: frozenset[Permission]) -> list[Panel]:
    return sorted((panel for panel in _panels if panel.permission in rights), key=lambda panel: panel.order)
