"""What the base template asks: the language switch and the addresses that exist."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypedDict

from django import template
from django.conf import settings
from django.template import Context
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils import translation

register = template.Library()

# Written in itself, so that whoever needs a language can read its name.
NAMES = {"en": "English", "zh-hant": "繁體中文", "zh-hans": "简体中文"}
TAGS = {"en": "en", "zh-hant": "zh-Hant", "zh-hans": "zh-Hans"}


class Language(TypedDict):
    name: str
    tag: str
    address: str
    is_current: bool


@register.simple_tag
def html_lang() -> str:
    """Return the BCP 47 tag of the active language, as it is usually written."""
    code = translation.get_language() or settings.LANGUAGE_CODE
    return TAGS.get(code, code)


@register.simple_tag(takes_context=True)
def languages(context: Context) -> list[Language]:
    """Return every language with the address of this same page in it."""
    request = context.get("request")
    path = request.path if request is not None else "/"
    current = translation.get_language()
    return [
        Language(name=NAMES[code], tag=TAGS[code], address=_in_language(path, code), is_current=code == current)
        for code, _name in settings.LANGUAGES
    ]


def _in_language(path: str, code: str) -> str:
    """Return the path in a language: its first part is the language, and the rest is the same in all."""
    first, _slash, rest = path.removeprefix("/").partition("/")
    return f"/{code}/{rest}" if first in TAGS else f"/{code}/"


@register.simple_tag
def source_url() -> str:
    """Return where the source of this very site is, which its licence lets every reader ask for; "" when not given."""
    address: str = settings.SOURCE_URL
    return address


@register.simple_tag
def address_of(name: str) -> str:
    """Return the address of a page, or "" while no page has that name."""
    return _address(name, translation.get_language(), get_urlconf() or settings.ROOT_URLCONF)


@lru_cache(maxsize=512)
def _address(name: str, _language: str | None, _urlconf: str) -> str:
    """As `address_of`; the frame of each page asks for a dozen, which are the same each time."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def current_if(context: Context, *prefixes: str) -> str:
    """Return "page" when the reader is on that very address, "true" when below it, for `aria-current`."""
    request: Any = context.get("request")
    for prefix in prefixes:
        if request is None or not prefix:
            continue
        if request.path == prefix:
            return "page"
        if request.path.startswith(prefix):
            return "true"
    return ""
