"""Which ids a request refers to: those that stand where an id is asked for, in its query, its form or its JSON.

An id in the middle of a text, or in a field for text, refers to nothing: an address, a note, a search holds whatever
somebody else has written, and nobody is framed by what they pass on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpRequest

ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE)
DRESSED = re.compile(r"^\s*(?:urn:uuid:)?\{?(.*?)\}?\s*$", re.IGNORECASE | re.DOTALL)
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# What the last word of such a field's name is, in the singular; names that no operation has are attacks that guess.
REFERENCES = frozenset(
    [
        "id",
        "pk",
        "uuid",
        "account",
        "actor",
        "book",
        "contact",
        "export",
        "from",
        "import",
        "invitation",
        "key",
        "member",
        "merge",
        "owner",
        "pair",
        "profile",
        "share",
        "shipment",
        "team",
        "to",
        "user",
    ]
)


def is_reference(name: str) -> bool:
    """Tell whether a field of this name takes an id: `contact`, `recipient[contact]`, `accountId`, `contact_ids`."""
    words = WORDS.findall(name)
    return bool(words) and words[-1].lower().removesuffix("s") in REFERENCES


def in_query(request: HttpRequest) -> Iterator[str]:
    for name, values in request.GET.lists():
        yield from _in(values, name)


def in_form(request: HttpRequest) -> Iterator[str]:
    """Yield those of a form that somebody has read already."""
    if request.method not in {"GET", "HEAD"} and hasattr(request, "_post"):
        for name, values in request.POST.lists():
            yield from _in(values, name)


def in_json(body: bytes) -> Iterator[str]:
    """Yield those of a body; what is no JSON refers to nothing."""
    with suppress(ValueError, RecursionError):
        yield from _in(json.loads(body) if body else None, "")


def id_of(value: Any) -> str | None:
    """Return the id that a whole value is, in whichever way the site takes one."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**128:
        return str(UUID(int=value))
    if isinstance(value, str) and len(value) < 64 and (found := ID.fullmatch(DRESSED.sub(r"\1", value))):
        return str(UUID(found[0]))
    return None


def _in(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _in(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _in(inner, name)
    elif is_reference(name) and (found := id_of(value)) is not None:
        yield found
