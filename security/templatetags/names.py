"""A name in a page's sentence: `{% blocktranslate with name=account.name|alone %}`."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def alone(name: object) -> SafeString:
    """Return a name whose direction is its own: it cannot turn the sentence round that it stands in."""
    return format_html("<bdi>{}</bdi>", name)
