"""What the console's pages ask about ids."""

from __future__ import annotations

from uuid import UUID

from django import template
from django.urls import NoReverseMatch, reverse

register = template.Library()


@register.simple_tag
def actor_address(name: str) -> str:
    """Return the page of an actor named `user:` or `key:` and an id; "" for the system and for nobody."""
    kind, _colon, actor_id = name.partition(":")
    try:
        return reverse("console:actor", args=[kind, UUID(actor_id)]) if kind in {"user", "key"} else ""
    except (ValueError, NoReverseMatch):
        return ""
