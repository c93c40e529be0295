"""Bodies that do not say how long they are (`Transfer-Encoding: chunked`), for an application that must know it.

Django reads a body without a Content-Length as an empty one: a change would then be answered as done, and a search give
out everything. So such a body is read here, up to one byte over the limit, and handed on with its length.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

logger = logging.getLogger(__name__)
BROKEN = "ecship.body_is_broken"  # in the environment: its framing is wrong, so nobody knows what was meant
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def measured(application: Application, *, most: int) -> Application:
    """Return the application with every body measured; it refuses one of more than `most` bytes by its length."""

    def measuring(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.pop("HTTP_TRANSFER_ENCODING", None) is not None:
            _measure(environ, most)
        return application(environ, start_response)

    return measuring


def _measure(environ: dict[str, Any], most: int) -> None:
    try:
        body: bytes = environ["wsgi.input"].read(most + 1)
    except Exception as error:  # noqa: BLE001  (each server has errors of its own for what it cannot read)
        logger.warning("a body could not be read", extra={"error": type(error).__name__})
        body, environ[BROKEN] = b"", True
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
