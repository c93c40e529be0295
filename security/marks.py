"""Marks: what a page or an operation asks of whoever calls it. Without a mark it is refused.

A function view carries its mark itself; a class view carries one per method. Views that are not ours are named, each
with its mark and the reason, in `FOREIGN_VIEWS`, which the root URL configuration fills.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from django.http import HttpRequest

from security.permissions import Permission
from security.warrants import Warrant

F = TypeVar("F", bound=Callable[..., Any])


class Door(Enum):
    PUBLIC = "public"  # anybody
    ENTRANCE = "entrance"  # anybody, in the identity context: sign-in, sign-up, reset
    IDENTITY = "identity"  # whoever is signed in, in the identity context: own e-mails, password, factors, sessions
    SIGNED_IN = "signed in"  # a person or a key, with or without an account
    REQUIRES = "requires"  # a member or key whose role holds the permission
    STAFF = "staff"  # staff whose staff role holds the permission


@dataclass(frozen=True)
class Mark:
    """`warrants`: what a library's view may write, since it calls no service of ours that would take them itself."""

    door: Door
    permission: Permission | None = None
    warrants: frozenset[Warrant] = frozenset()


def _marking(mark: Mark) -> Callable[[F], F]:
    def decorate(view: F) -> F:
        view.mark = mark  # type: ignore[attr-defined]
        return view

    return decorate


def public(view: F) -> F:
    """Anybody may call this view."""
    return _marking(Mark(Door.PUBLIC))(view)


def open_to_suspended(view: F) -> F:
    """Whoever is suspended may call this view too, as nobody: public pages about their suspension."""
    view.is_open_to_suspended = True  # type: ignore[attr-defined]
    return view


def entrance(view: F) -> F:
    """Anybody may call this view; it runs in the identity context."""
    return _marking(Mark(Door.ENTRANCE))(view)


def identity(view: F) -> F:
    """Whoever is signed in may call this view; it runs in the identity context, for what reaches beyond an account."""
    return _marking(Mark(Door.IDENTITY))(view)


def signed_in(view: F) -> F:
    """Whoever is signed in may call this view."""
    return _marking(Mark(Door.SIGNED_IN))(view)


def requires(permission: Permission) -> Callable[[F], F]:
    """Members and keys which hold the permission in the active account may call this view."""
    return _marking(Mark(Door.REQUIRES, permission))


def staff(permission: Permission) -> Callable[[F], F]:
    """Staff who hold the permission may call this view."""
    return _marking(Mark(Door.STAFF, permission))


@dataclass(frozen=True)
class ForeignView:
    """A view of a library: which ones (by the start of the URL name), under which mark, and why."""

    names: tuple[str, ...]
    mark: Mark
    reason: str


FOREIGN_VIEWS: list[ForeignView] = []
# Whose answer to OPTIONS names an address's methods and nothing else (DRF's by `security.wire.NoMetadata`).
FRAMEWORKS = {"django.views.generic.base", "rest_framework.views"}


def methods_of(view: Callable[..., Any]) -> frozenset[str] | None:
    """Return the methods that a view takes; None where it does not say.

    A function says so by Django's `require_http_methods` and its kin, which keep their list in a closure alone.
    """
    if (owner := getattr(view, "view_class", None)) is not None:
        return frozenset(name.upper() for name in owner.http_method_names if hasattr(owner, name))
    inner: Any = view
    while inner is not None:
        names = getattr(getattr(inner, "__code__", None), "co_freevars", ())
        if "request_method_list" in names:
            return frozenset(inner.__closure__[names.index("request_method_list")].cell_contents)
        inner = getattr(inner, "__wrapped__", None)
    return None


def mark_asked(view: Callable[..., Any], request: HttpRequest, url_name: str = "") -> Mark | None:
    """Find the mark of what a request asks of a view; None means refused.

    Where one address is that of many operations its class says which mark is asked (`mark_for`): a POST to it never
    goes by the mark of the address.
    """
    chosen = getattr(getattr(view, "view_class", None), "mark_for", None)
    if chosen is not None and request.method == "POST":
        mark: Mark | None = chosen(request)
        return mark
    return mark_of(view, request.method or "GET", url_name)


def mark_of(view: Callable[..., Any], method: str, url_name: str = "") -> Mark | None:
    """Find a view's mark for an HTTP method; None means refused."""
    if mark := getattr(view, "mark", None):
        return mark if isinstance(mark, Mark) else None
    owner = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if owner is not None:
        actions: dict[str, str] = getattr(view, "actions", None) or {}
        name = actions.get(method.lower(), method.lower())
        if method != "HEAD" and not (method.lower() in owner.http_method_names and hasattr(owner, name)):
            return Mark(Door.PUBLIC)  # nothing there to protect: the class answers 405
        if method == "OPTIONS" and owner.options.__module__ in FRAMEWORKS:
            return Mark(Door.PUBLIC)
        handler = getattr(owner, name, None) or (getattr(owner, "get", None) if method == "HEAD" else None)
        if mark := getattr(handler, "mark", None):
            return mark if isinstance(mark, Mark) else None
    for entry in FOREIGN_VIEWS:
        if url_name.startswith(entry.names):
            return entry.mark
    return None
