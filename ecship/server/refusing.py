"""What is answered to a request that never becomes one: too slow, too large, or not HTTP. Nobody knows who asks."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from urllib.parse import unquote_to_bytes
from uuid import uuid4

from gunicorn.http import errors

STATUSES: dict[type[Exception], int] = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.ExpectationFailed: 417,
    errors.UnsupportedTransferCoding: 501,
}
HSTS = "max-age=31536000; includeSubDomains; preload"  # as Django says it for every other answer
_ORIGIN = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")  # of a target in absolute form
_PAGE = '<!doctype html><html lang="en"><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n'


def status_of(error: Exception) -> int:
    """Return the status that tells what the parser stopped at."""
    return STATUSES.get(type(error), 400)


def answer(status: int, head: bytes) -> bytes:
    """Return a whole answer, after which the connection ends: a problem for programs, a page for people.

    `head`: what came of the request, as far as it came.
    """
    from django.conf import settings

    from security.problems import MEDIA_TYPE, problem  # Django is ready by now, and was not when the worker began

    instance = uuid4().hex
    body = problem(status, instance=instance)
    if _is_api(head):
        media, content = MEDIA_TYPE, json.dumps(body).encode()
    else:
        media, content = "text/html; charset=utf-8", _PAGE.format(title=body["title"]).encode()
    fields = {
        "Content-Type": media,
        "Content-Length": str(len(content)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "same-origin",
        **({"Strict-Transport-Security": HSTS} if settings.SECURE_HSTS_SECONDS else {}),
        "X-Request-ID": instance,
        "Connection": "close",
    }
    if status in {408, 503}:
        fields["Retry-After"] = "5"
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if head.startswith(b"HEAD ") else content)


def _is_api(head: bytes) -> bool:
    from security.problems import is_api_path

    words = head.lstrip(b"\r\n").split(b"\r\n", 1)[0].split(b" ")
    target = _ORIGIN.sub(b"", words[1], count=1) if len(words) > 1 else b""
    return is_api_path(unquote_to_bytes(re.split(rb"[?#]", target, maxsplit=1)[0]).decode("latin-1"))
