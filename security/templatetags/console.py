"""What the console's pages ask about ids."""

from __future__ import annotations

from uuid import UUID

from django import template
from django.urls import NoReverseMatch, reverse

from security.thresholds import Threshold

register = template.Library()


@register.filter
def named(staff_id: UUID | None, names: dict[UUID, str]) -> str:
    """Return what a colleague is called, by the names that the view looked up; the id of one who is unknown."""
    return names.get(staff_id, str(staff_id)) if staff_id else ""


@register.filter
def value_shown(threshold: Threshold, value: float | None) -> str:
    """Return a threshold's value as people read it."""
    return threshold.shown(threshold.default if value is None else value)


@register.simple_tag
def actor_address(name: str) -> str:
    """Return the page of an actor named `user:` or `key:` and an id; "" for the system and for nobody."""
    kind, _colon, actor_id = name.partition(":")
    try:
        return reverse("console:actor", args=[kind, UUID(actor_id)]) if kind in {"user", "key"} else ""
    except (ValueError, NoReverseMatch):
        return ""
