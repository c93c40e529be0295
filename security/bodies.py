"""How long a body may be; and bodies that do not say it (`Transfer-Encoding: chunked`), for an application that asks.

Where files are uploaded, and only there, a body may be as long as a file; elsewhere it is a form or JSON.

Django reads a body without a Content-Length as an empty one: a change would then be answered as done, and a search give
out everything. So such a body is read here, up to one byte over the limit, and handed on with its length.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings

from security.problems import is_soap_path

# The addresses that take a file. Whoever adds one says so here, and bounds the file itself in its service.
UPLOADS = re.compile(r"/(?:[a-z-]{2,7}|api/v1)/address-books/[^/]{1,64}/imports/")
logger = logging.getLogger(__name__)
BROKEN = "ecship.body_is_broken"  # in the environment: its framing is wrong, so nobody knows what was meant
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


SOAP_MOST = 262_144  # bytes of an envelope; an order with all its lines has a tenth of that


def most_for(path: str) -> int:
    """Return how many bytes a body sent to a path may have."""
    if is_soap_path(path):
        return SOAP_MOST
    return settings.UPLOAD_MOST if UPLOADS.fullmatch(path) else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def measured(application: Application) -> Application:
    """Return the application with every body measured; it refuses one that is too long by its length."""

    def measuring(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.pop("HTTP_TRANSFER_ENCODING", None) is not None:
            _measure(environ, most_for(environ.get("PATH_INFO", "")))
        return application(environ, start_response)

    return measuring


def _measure(environ: dict[str, Any], most: int) -> None:
    try:
        body: bytes = environ["wsgi.input"].read(most + 1)
    except Exception as error:  # noqa: BLE001  (each server has errors of its own for what it cannot read)
        logger.warning("a body could not be read", extra={"error": type(error).__name__})
        body, environ[BROKEN] = b"", True
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
