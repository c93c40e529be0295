"""What the apps bring into the staff console when they load: addresses, entries of its navigation, dashboard panels,
what a case shows.

`security` imports no app; each app calls these from its `ready`, so that whoever adds an app adds its staff pages too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from security.pages import Page
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


@dataclass(frozen=True)
class Fact:
    """One value of a row with its label; `value` is masked in a list, and whole once it was asked for."""

    label: Promise
    value: str


@dataclass(frozen=True)
class Row:
    """One thing of a customer's as a case shows it."""

    id: UUID
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Section:
    """What an app shows of an account in a case. Both functions run in the case's scope and cannot write.

    `name` is the kind under which the access log notes it; `rows` takes a cursor and returns masked rows; `one` returns
    a row as it is, or None for one that is not the account's.
    """

    name: str
    label: Promise
    rows: Callable[[str], Page[Row]]
    one: Callable[[UUID], Row | None]
    order: int = 50


@dataclass(frozen=True)
class Holder:
    """What may be said of an account without a case: nothing of people."""

    id: UUID
    facts: tuple[Fact, ...]


_entries: list[Entry] = []
_panels: list[Panel] = []
_addresses: list[tuple[str, str]] = []
_sections: dict[str, Section] = {}
_find_account: list[Callable[[UUID], Holder | None]] = []
_name_staff: list[Callable[[set[UUID]], dict[UUID, str]]] = []
_kinds: dict[str, Promise] = {}
_mask_name: list[Callable[[UUID], str]] = []


def add_addresses(prefix: str, module: str) -> None:
    """Serve the addresses of a URL module below a prefix, for example `"tracking/"`."""
    _addresses.append((prefix, module))


def add_entry(entry: Entry) -> None:
    _entries.append(entry)


def add_panel(panel: Panel) -> None:
    _panels.append(panel)


def add_section(section: Section) -> None:
    _sections[section.name] = section


def knows_accounts(*, find: Callable[[UUID], Holder | None], masked_name: Callable[[UUID], str]) -> None:
    """Say how an account is found without a case, and what its name is, masked, in one. Called once, by accounts."""
    _find_account[:], _mask_name[:] = [find], [masked_name]


def knows_staff(*, names: Callable[[set[UUID]], dict[UUID, str]]) -> None:
    """Say what members of the staff are called. Called once, by accounts."""
    _name_staff[:] = [names]


def knows_kinds(words: Mapping[str, Promise]) -> None:
    """Say in words what the access log's entries are about. Called once, by accounts."""
    _kinds.clear()
    _kinds.update(words)


def words_of_kind(kind: str) -> Promise | str:
    """Return what an entry is about, in words; a kind that has none stands for itself."""
    return _kinds.get(kind, kind)


def staff_names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return what colleagues are called, by their ids; for the pages that say who decided something."""
    wanted = {one for one in ids if one is not None}
    return _name_staff[0](wanted) if wanted else {}


def account_of(account_id: UUID) -> Holder | None:
    return _find_account[0](account_id)


def masked_account_name(account_id: UUID) -> str:
    return _mask_name[0](account_id)


def sections() -> list[Section]:
    return sorted(_sections.values(), key=lambda section: section.order)


def section(name: str) -> Section | None:
    return _sections.get(name)


def addresses() -> list[tuple[str, str]]:
    return list(_addresses)


def entries(rights: frozenset[Permission]) -> list[tuple[Group, list[Entry]]]:
    """Return the navigation of somebody with these rights, group by group."""
    allowed = sorted((entry for entry in _entries if entry.permission in rights), key=lambda entry: entry.order)
    groups = [(group, [entry for entry in allowed if entry.group == group]) for group in Group]
    return [(group, listed) for group, listed in groups if listed]


def panels(rights: frozenset[Permission]) -> list[Panel]:
    return sorted((panel for panel in _panels if panel.permission in rights), key=lambda panel: panel.order)
