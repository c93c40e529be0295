"""What an API key may do, in words."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise

from accounts.roles import SCOPE_WORDS

register = template.Library()


@register.filter
def scope_words(name: str) -> str | Promise:
    """Return what a scope allows; one that is unknown here by its name."""
    return SCOPE_WORDS.get(name, name)
